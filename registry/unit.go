package registry

import (
	"context"
	"strings"
	"time"
	"unicode"
)

const (
	maxUnitCode = 32
	maxUnitName = 200
)

func (n NewUnit) check() error {
	switch {
	case n.Code == "" || len(n.Code) > maxUnitCode || strings.Trim(n.Code, unitCodeLetters) != "":
		return refuse(Invalid, "unit code: must be 1 to %d of A-Z, 0-9, '-', '_', '.'", maxUnitCode)
	case strings.TrimSpace(n.Name) == "" || len(n.Name) > maxUnitName:
		return refuse(Invalid, "unit name: must be 1 to %d bytes", maxUnitName)
	case strings.ContainsFunc(n.Name, unicode.IsControl):
		return refuse(Invalid, "unit name: holds a control character")
	case len(n.ExternalID) > maxUserName:
		return refuse(Invalid, "externalId: longer than %d bytes", maxUserName)
	default:
		return nil
	}
}

const unitCodeLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

func (n NewUnit) open(company CompanyID, at time.Time) Unit {
	return Unit{ID: newID[UnitID](), CompanyID: company, Code: n.Code, Name: n.Name, ExternalID: n.ExternalID,
		CreatedAt: at, UpdatedAt: at, Version: 1}
}

// Units lists the open units of the actor's company, by code.
func (r *Registry) Units(ctx context.Context, actor Actor, company CompanyID) ([]Unit, error) {
	if err := may(actor, ActRead, company); err != nil {
		return nil, err
	}
	var units []Unit
	err := r.view(ctx, actor, func(rd Reader) (err error) {
		units, err = rd.Units(company)
		return err
	})
	return units, err
}

// Unit reads one open unit of the actor's company.
func (r *Registry) Unit(ctx context.Context, actor Actor, company CompanyID, id UnitID) (Unit, error) {
	if err := may(actor, ActRead, company); err != nil {
		return Unit{}, err
	}
	var unit Unit
	err := r.view(ctx, actor, func(rd Reader) (err error) {
		unit, err = rd.Unit(company, id)
		return err
	})
	return unit, err
}

// OpenUnit opens a unit of the company. No grant appears on it by itself.
func (r *Registry) OpenUnit(ctx context.Context, actor Actor, company CompanyID, n NewUnit, members []CollaboratorID) (Unit, error) {
	var made Unit
	err := r.pass(ctx, actor, ActOpenUnit, company, func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
		if err := n.check(); err != nil {
			return false, err
		}
		made = n.open(company, at)
		e.Target = string(made.ID)
		e.changed("code", "", made.Code)
		e.changed("name", "", made.Name)
		if err := tx.InsertUnit(made); err != nil || len(members) == 0 {
			return true, err
		}
		delta := MemberDelta{Join: members}
		_, known, err := tx.UnitAnd(company, made.ID, delta.named())
		if err != nil {
			return false, err
		}
		_, err = delta.move(tx, at, e, made, known)
		return true, err
	})
	return made, err
}

// UnitDraft is what a client wants a unit to be.
type UnitDraft struct {
	Name       string
	ExternalID string
}

// ChangeUnit renames a unit and moves collaborators in and out of it, all or
// nothing. The code never changes: entitlements are named by it. No collaborator is
// loaded for it, and what it costs does not depend on how many are in already.
func (r *Registry) ChangeUnit(ctx context.Context, actor Actor, company CompanyID, id UnitID, members MemberDelta, edit func(Unit) (UnitDraft, error)) (Unit, bool, error) {
	var unit Unit
	var changed bool
	err := r.pass(ctx, actor, ActChangeUnit, company, func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
		e.Target = string(id)
		u, known, err := tx.UnitAnd(company, id, members.named())
		if err != nil {
			return false, err
		}
		d, err := edit(u)
		if err != nil {
			return false, err
		}
		if err := (NewUnit{Code: u.Code, Name: d.Name, ExternalID: d.ExternalID}).check(); err != nil {
			return false, err
		}
		moved, err := members.move(tx, at, e, u, known)
		if err != nil {
			return false, err
		}
		unit, changed, err = u.become(tx, at, e, d)
		changed = changed || moved
		return changed, err
	})
	return unit, changed, err
}

// become writes the draft's name and external id, if they are new.
func (u Unit) become(tx Tx, at time.Time, e *AuditEntry, d UnitDraft) (Unit, bool, error) {
	if u.Name == d.Name && u.ExternalID == d.ExternalID {
		return u, false, nil
	}
	e.changed("name", u.Name, d.Name)
	e.changed("externalId", u.ExternalID, d.ExternalID)
	u.Name, u.ExternalID, u.UpdatedAt, u.Version = d.Name, d.ExternalID, at, u.Version+1
	return u, true, tx.UpdateUnit(u)
}

// CloseUnit closes a unit and ends the grants on it. The last open unit of a
// company cannot be closed (L6-06).
func (r *Registry) CloseUnit(ctx context.Context, actor Actor, company CompanyID, id UnitID, unless func(Unit) error) error {
	return r.pass(ctx, actor, ActCloseUnit, company, func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
		e.Target = string(id)
		u, err := tx.Unit(company, id)
		if err != nil {
			return false, err
		}
		if unless != nil {
			if err := unless(u); err != nil {
				return false, err
			}
		}
		units, err := tx.Units(company)
		if err != nil {
			return false, err
		}
		if len(units) == 1 {
			return false, refuse(Conflict, "a company keeps at least one unit [almeno una unità organizzativa]")
		}
		return true, closeUnit(tx, at, e, u)
	})
}

func closeUnit(tx Tx, at time.Time, e *AuditEntry, u Unit) error {
	e.Reason = string(EndUnitClosed)
	e.changed("code", u.Code, "")
	if err := tx.EndSessions(SessionMatch{Unit: u.ID}, at, EndUnitClosed); err != nil {
		return err
	}
	if err := tx.EndUnitGrants(u.ID, at, e.Actor, EndUnitClosed); err != nil {
		return err
	}
	u.ClosedAt, u.UpdatedAt, u.Version = at, at, u.Version+1
	return tx.UpdateUnit(u)
}
