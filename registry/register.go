package registry

import (
	"context"
	"slices"
	"strings"
	"time"
)

// NewCompany is what is known of a company when the agency approves it.
type NewCompany struct {
	FiscalCode     CompanyCode
	Name           string
	VATNumber      string
	Types          []string
	Qualifications []Qualification
	Units          []NewUnit // one at least (L6-06)
}

// NewUnit describes a unit to open.
type NewUnit struct {
	Code       string
	Name       string
	ExternalID string
}

// RegisterCompany records an approved company with its units, all or nothing. A
// fiscal code already there is a Conflict (L3-01).
func (r *Registry) RegisterCompany(ctx context.Context, actor Actor, n NewCompany) (Company, error) {
	var made Company
	err := r.pass(ctx, actor, ActRegisterCompany, "", func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
		if err := n.check(); err != nil {
			return false, err
		}
		made = Company{
			ID: newID[CompanyID](), FiscalCode: n.FiscalCode, Name: n.Name, VATNumber: n.VATNumber,
			Types: n.Types, Qualifications: n.Qualifications, State: CompanyActive,
			CreatedAt: at, UpdatedAt: at, Version: 1,
		}
		e.Company, e.Target = made.ID, string(made.ID)
		if err := tx.InsertCompany(made); err != nil {
			return false, err
		}
		for _, u := range n.Units {
			if err := tx.InsertUnit(u.open(made.ID, at)); err != nil {
				return false, err
			}
		}
		return true, nil
	})
	return made, err
}

// check tests every rule about the values and puts the code in its one form.
func (n *NewCompany) check() error {
	code, err := ParseCompanyCode(string(n.FiscalCode))
	if err != nil {
		return err
	}
	n.FiscalCode = code
	if strings.TrimSpace(n.Name) == "" {
		return refuse(Invalid, "name: required")
	}
	if len(n.Types) == 0 {
		return refuse(Invalid, "types: at least one [tipologia azienda] is required") // L1-01
	}
	for _, code := range n.Types {
		if !slices.ContainsFunc(catalogue.CompanyTypes, func(t CompanyType) bool { return t.Code == code }) {
			return refuse(Invalid, "types: %.40q is not one of the 14 types", code) // L3-04
		}
	}
	if slices.Contains(n.Types, "DATORE_PRIVATO") && slices.Contains(n.Types, "DATORE_PUBBLICO") {
		return refuse(Invalid, "types: DATORE_PRIVATO and DATORE_PUBBLICO exclude each other")
	}
	if len(n.Units) == 0 {
		return refuse(Invalid, "units: at least one [unità organizzativa] is required") // L6-06
	}
	for _, u := range n.Units {
		if err := u.check(); err != nil {
			return err
		}
	}
	return nil
}

// CompanyByCode finds a company; for the system and officers.
func (r *Registry) CompanyByCode(ctx context.Context, actor Actor, code CompanyCode) (Company, error) {
	var company Company
	err := r.store.View(ctx, func(rd Reader) (err error) {
		company, err = rd.CompanyByCode(code)
		return err
	})
	if err != nil {
		return Company{}, err
	}
	return company, may(actor, ActRead, company.ID)
}

// Companies lists every company; for the system and officers.
func (r *Registry) Companies(ctx context.Context, actor Actor) ([]Company, error) {
	if actor.Kind == ActorClient {
		return nil, refuse(Forbidden, "a SCIM client sees its own company only")
	}
	if err := may(actor, ActRead, ""); err != nil {
		return nil, err
	}
	var companies []Company
	err := r.store.View(ctx, func(rd Reader) (err error) {
		companies, err = rd.Companies()
		return err
	})
	return companies, err
}

// FreezeCompany suspends everything done in a company's name: its clients, its
// collaborators' grants and their sessions (L8-19). Unfreezing restores the grants.
func (r *Registry) FreezeCompany(ctx context.Context, actor Actor, id CompanyID) error {
	return r.setCompanyState(ctx, actor, ActFreezeCompany, id, CompanyFrozen)
}

// UnfreezeCompany lifts a freeze.
func (r *Registry) UnfreezeCompany(ctx context.Context, actor Actor, id CompanyID) error {
	return r.setCompanyState(ctx, actor, ActUnfreezeCompany, id, CompanyActive)
}

func (r *Registry) setCompanyState(ctx context.Context, actor Actor, act Act, id CompanyID, state CompanyState) error {
	defer r.acquainted.forget()
	return r.pass(ctx, actor, act, id, func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
		e.Target = string(id)
		c, err := tx.Company(id)
		if err != nil || c.State == state {
			return false, err
		}
		e.changed("state", string(c.State), string(state))
		c.State, c.UpdatedAt, c.Version = state, at, c.Version+1
		if err := tx.UpdateCompany(c); err != nil {
			return false, err
		}
		if state == CompanyActive {
			return true, nil
		}
		return true, tx.EndSessions(SessionMatch{Company: id}, at, EndCompanyFrozen)
	})
}
