package registry

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Assign grants an entitlement to those who join and revokes it from those who
// leave, all or nothing, each under the rules that [Registry.Amend] holds it to: it
// is what a client does that knows entitlements as groups only. Who holds it and
// joins, or leaves without holding it, is passed over. It reports whether anything
// changed.
func (r *Registry) Assign(ctx context.Context, actor Actor, company CompanyID, ent Entitlement, members MemberDelta) (bool, error) {
	var changed bool
	err := r.pass(ctx, actor, ActAmend, company, func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
		changed = false
		e.Target = ent.String()
		leave := members.Leave
		if members.Only {
			holders, err := holdersOf(tx, company, ent, at)
			if err != nil {
				return false, err
			}
			leave = without(holders, members.Join)
		}
		for _, step := range []struct {
			ids   []CollaboratorID
			holds bool
		}{{leave, false}, {members.Join, true}} {
			for _, id := range step.ids {
				did, err := assignment{tx, actor, at, e, company, ent}.to(id, step.holds)
				if err != nil {
					return false, err
				}
				changed = changed || did
			}
		}
		return changed, nil
	})
	return changed, err
}

// assignment is an entitlement being given or taken.
type assignment struct {
	tx      Tx
	actor   Actor
	at      time.Time
	entry   *AuditEntry
	company CompanyID
	ent     Entitlement
}

// to makes one collaborator hold the entitlement, or not, and tells whether that
// changed anything.
func (s assignment) to(id CollaboratorID, holds bool) (bool, error) {
	cur, err := s.tx.Collaborator(s.company, id)
	if err != nil && KindOf(err) == NotFound {
		if !holds { // somebody deleted holds nothing; connectors send this after the DELETE
			return false, nil
		}
		return false, refuse(Invalid, "members: %.40q is no collaborator of this company", string(id))
	}
	if err != nil {
		return false, err
	}
	draft := cur.Draft(s.at)
	if slices.Contains(draft.Entitlements, s.ent) == holds {
		return false, nil
	}
	before, after := "", s.ent.String()
	if holds {
		draft.Entitlements = append(draft.Entitlements, s.ent)
	} else {
		before, after = after, before
		draft.Entitlements = slices.DeleteFunc(draft.Entitlements, func(e Entitlement) bool { return e == s.ent })
	}
	a := &amendment{tx: s.tx, actor: s.actor, at: s.at, entry: &AuditEntry{}, cur: cur, next: cur, draft: draft}
	if err := a.plan(); err != nil {
		return false, ofMember(id, err)
	}
	s.entry.changed("members:"+string(id), before, after)
	return true, a.write()
}

// ofMember names the member in a refusal.
func ofMember(id CollaboratorID, err error) error {
	var refusal *Error
	if !errors.As(err, &refusal) {
		return err
	}
	named := *refusal
	named.Msg = "members: " + string(id) + ": " + refusal.Msg
	return &named
}

// atOnce is how many holders are read with one statement.
const atOnce = 500

func holdersOf(rd Reader, company CompanyID, ent Entitlement, at time.Time) ([]CollaboratorID, error) {
	var ids []CollaboratorID
	for {
		page, err := rd.Collaborators(holding(company, ent, at, len(ids), atOnce))
		if err != nil {
			return nil, err
		}
		for _, c := range page.Items {
			ids = append(ids, c.ID)
		}
		if len(page.Items) < atOnce {
			return ids, nil
		}
	}
}

func holding(company CompanyID, ent Entitlement, at time.Time, offset, limit int) Query {
	return Query{Company: company, Where: Compare{FieldEntitlement, Equal, ent.String()}, At: at, Offset: offset, Limit: limit, Uncounted: true}
}

// Holders lists the first collaborators of the actor's company to whom an
// entitlement is granted.
func (r *Registry) Holders(ctx context.Context, actor Actor, company CompanyID, ent Entitlement, limit int) ([]Member, error) {
	return readMembers(ctx, r, actor, company, func(rd Reader) ([]Member, error) {
		page, err := rd.Collaborators(holding(company, ent, r.Now(), 0, limit))
		var members []Member
		for _, c := range page.Items {
			name := c.DisplayName
			if name == "" {
				name = c.UserName
			}
			members = append(members, Member{ID: c.ID, Name: name, Home: c.HomeUnit})
		}
		return members, err
	})
}
