package registry

import (
	"context"
	"slices"
	"time"
)

// A client of one unit sees its company through a window: other units and whoever
// has another home are not there (REQUIREMENTS F.3). Every verb reads through
// [Registry.view] or the gate, so that none can forget it.

// view reads for an actor.
func (r *Registry) view(ctx context.Context, actor Actor, fn func(Reader) error) error {
	return r.store.View(ctx, func(rd Reader) error {
		if actor.Unit != "" {
			rd = window{rd, actor.Unit}
		}
		return fn(rd)
	})
}

// through is the transaction as the actor may see it.
func through(actor Actor, tx Tx) Tx {
	if actor.Unit == "" {
		return tx
	}
	return narrowTx{tx, window{tx, actor.Unit}}
}

// window is a Reader of one unit.
type window struct {
	Reader
	unit UnitID
}

func (w window) Unit(company CompanyID, id UnitID) (Unit, error) {
	if id != w.unit {
		return Unit{}, refuse(NotFound, "not found")
	}
	return w.Reader.Unit(company, id)
}

func (w window) Units(company CompanyID) ([]Unit, error) {
	u, err := w.Reader.Unit(company, w.unit)
	if err != nil && KindOf(err) == NotFound {
		return nil, nil
	}
	return []Unit{u}, err
}

func (w window) Collaborator(company CompanyID, id CollaboratorID) (Collaborator, error) {
	c, err := w.Reader.Collaborator(company, id)
	if err == nil && c.HomeUnit != w.unit {
		return Collaborator{}, refuse(NotFound, "not found")
	}
	return c, err
}

func (w window) Collaborators(q Query) (Page, error) {
	home := Compare{FieldGroup, Equal, string(w.unit)}
	if q.Where == nil {
		q.Where = home
	} else {
		q.Where = And{home, q.Where}
	}
	return w.Reader.Collaborators(q)
}

func (w window) Staff(company CompanyID, limit int) ([]Member, error) {
	return w.Reader.Members(company, []UnitID{w.unit}, limit)
}

func (w window) Members(company CompanyID, units []UnitID, limit int) ([]Member, error) {
	if !slices.Contains(units, w.unit) {
		return nil, nil
	}
	return w.Staff(company, limit)
}

func (w window) UnitAnd(company CompanyID, id UnitID, ids []CollaboratorID) (Unit, []Member, error) {
	if id != w.unit {
		return Unit{}, nil, refuse(NotFound, "not found")
	}
	u, members, err := w.Reader.UnitAnd(company, id, ids)
	return u, slices.DeleteFunc(members, func(m Member) bool { return m.Home != w.unit }), err
}

func (w window) Residents(id UnitID) ([]CollaboratorID, error) {
	if id != w.unit {
		return nil, nil
	}
	return w.Reader.Residents(id)
}

// narrowTx is a Tx whose reading goes through the window.
type narrowTx struct {
	Tx
	window window
}

func (t narrowTx) Unit(company CompanyID, id UnitID) (Unit, error) { return t.window.Unit(company, id) }

func (t narrowTx) Units(company CompanyID) ([]Unit, error) { return t.window.Units(company) }

func (t narrowTx) Collaborator(company CompanyID, id CollaboratorID) (Collaborator, error) {
	return t.window.Collaborator(company, id)
}

func (t narrowTx) Collaborators(q Query) (Page, error) { return t.window.Collaborators(q) }

func (t narrowTx) Staff(company CompanyID, limit int) ([]Member, error) {
	return t.window.Staff(company, limit)
}

func (t narrowTx) Members(company CompanyID, units []UnitID, limit int) ([]Member, error) {
	return t.window.Members(company, units, limit)
}

func (t narrowTx) UnitAnd(company CompanyID, id UnitID, ids []CollaboratorID) (Unit, []Member, error) {
	return t.window.UnitAnd(company, id, ids)
}

func (t narrowTx) Residents(id UnitID) ([]CollaboratorID, error) { return t.window.Residents(id) }

// MoveHome refuses: those inside are at home already, others are not there.
func (narrowTx) MoveHome(UnitID, []CollaboratorID, time.Time) error {
	return refuse(Forbidden, "members: a client of one unit moves nobody in or out")
}

// homeFor is the home unit that a client's new collaborator gets where the client
// names none: a client of one unit hires into it.
func (a *amendment) homeFor(code string) (string, error) {
	if code != "" || a.actor.Unit == "" || !a.hiring {
		return code, nil
	}
	u, err := a.tx.Unit(a.cur.CompanyID, a.actor.Unit)
	return u.Code, err
}

// staysHome refuses to let a client of one unit move anybody out of it.
func (a *amendment) staysHome() error {
	if a.actor.Unit != "" && a.next.HomeUnit != a.actor.Unit {
		return refuse(Forbidden, "department: a client of one unit moves nobody out of it")
	}
	return nil
}
