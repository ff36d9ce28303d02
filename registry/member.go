package registry

import (
	"context"
	"slices"
	"time"
)

// Member is somebody in a group, as a list of members shows them: no more is read
// of them than this.
type Member struct {
	ID   CollaboratorID
	Name string // the display name or, where there is none, the user name
	Home UnitID
}

// MemberDelta is what a request does to the members of a unit. Nobody is in both
// lists.
type MemberDelta struct {
	Join, Leave []CollaboratorID
	Only        bool // who is not in Join leaves
}

// named lists everybody whom the delta names, once.
func (d MemberDelta) named() []CollaboratorID {
	ids := slices.Concat(d.Join, d.Leave)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// MemberReader reads who is in which group, without what is read with a
// collaborator.
type MemberReader interface {
	// Staff lists the collaborators of a company, oldest first.
	Staff(company CompanyID, limit int) ([]Member, error)
	// Members lists those whose home is one of these units of the company: at most
	// limit of each, oldest first.
	Members(company CompanyID, units []UnitID, limit int) ([]Member, error)
	// UnitAnd reads an open unit and, in the same statement, those among the ids who
	// are collaborators of its company, in no order.
	UnitAnd(company CompanyID, id UnitID, ids []CollaboratorID) (Unit, []Member, error)
	// Residents lists everybody whose home the unit is.
	Residents(UnitID) ([]CollaboratorID, error)
}

// MemberWriter moves collaborators, however many, with one statement.
type MemberWriter interface {
	// MoveHome makes the unit the home of these collaborators, or takes their home
	// away where it is empty, and counts up their versions.
	MoveHome(to UnitID, ids []CollaboratorID, at time.Time) error
}

// Staff lists the first collaborators of the actor's company.
func (r *Registry) Staff(ctx context.Context, actor Actor, company CompanyID, limit int) ([]Member, error) {
	return readMembers(ctx, r, actor, company, func(rd Reader) ([]Member, error) { return rd.Staff(company, limit) })
}

// Members lists the first collaborators at home in each of these units of the
// actor's company.
func (r *Registry) Members(ctx context.Context, actor Actor, company CompanyID, units []UnitID, limit int) ([]Member, error) {
	return readMembers(ctx, r, actor, company, func(rd Reader) ([]Member, error) { return rd.Members(company, units, limit) })
}

func readMembers(ctx context.Context, r *Registry, actor Actor, company CompanyID, read func(Reader) ([]Member, error)) ([]Member, error) {
	if err := may(actor, ActRead, company); err != nil {
		return nil, err
	}
	var members []Member
	err := r.view(ctx, actor, func(rd Reader) (err error) {
		members, err = read(rd)
		return err
	})
	return members, err
}

// moves is who changes home, with the home they had.
type moves struct {
	join, leave []CollaboratorID
}

// move carries the delta out on the unit. known are those whom the delta names, as
// they stand. It reports whether anybody moved; who is in already does not join,
// who is not in does not leave.
func (d MemberDelta) move(tx Tx, at time.Time, e *AuditEntry, u Unit, known []Member) (bool, error) {
	m, err := d.against(tx, e, u, known)
	if err != nil {
		return false, err
	}
	if len(m.leave) > 0 {
		if err := tx.MoveHome("", m.leave, at); err != nil {
			return false, err
		}
	}
	if len(m.join) > 0 {
		if err := tx.MoveHome(u.ID, m.join, at); err != nil {
			return false, err
		}
	}
	return len(m.leave)+len(m.join) > 0, nil
}

// against compares the delta with how things stand and notes each move in the entry.
func (d MemberDelta) against(tx Tx, e *AuditEntry, u Unit, known []Member) (moves, error) {
	var m moves
	home := make(map[CollaboratorID]UnitID, len(known))
	for _, k := range known {
		home[k.ID] = k.Home
	}
	leaving := d.Leave
	if d.Only {
		all, err := tx.Residents(u.ID)
		if err != nil {
			return m, err
		}
		for _, id := range all {
			home[id] = u.ID
		}
		leaving = without(all, d.Join)
	}
	for _, id := range leaving {
		if home[id] == u.ID { // somebody deleted is out already; connectors send this after the DELETE
			m.leave = append(m.leave, id)
			e.changed("members:"+string(id), string(u.ID), "")
		}
	}
	for _, id := range d.Join {
		from, there := home[id]
		if !there {
			return m, refuse(Invalid, "members: %.40q is no collaborator of this company", string(id))
		}
		if from != u.ID {
			m.join = append(m.join, id)
			e.changed("members:"+string(id), string(from), string(u.ID))
			home[id] = u.ID // once, however often it is named
		}
	}
	return m, nil
}

// without is the list less those of another.
func without(list, gone []CollaboratorID) []CollaboratorID {
	out := make(map[CollaboratorID]bool, len(gone))
	for _, id := range gone {
		out[id] = true
	}
	return slices.DeleteFunc(slices.Clone(list), func(id CollaboratorID) bool { return out[id] })
}
