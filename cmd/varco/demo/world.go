package demo

import (
	"context"
	"fmt"
	"time"

	"varco/registry"
)

// showNewcomers is how many people without a first access a run offers.
const showNewcomers = 2

// tokenLife outlives any jump of the clock that a trial would make.
const tokenLife = 10 * 365 * 24 * time.Hour

// World is what a run of the demo has to offer.
type World struct {
	Company    registry.Company
	Units      []registry.Unit
	Token      string // SCIM bearer token of Company, every scope but admin-grant
	OtherToken string // the same for another company
	People     []Inhabitant
}

// Inhabitant is a person on offer, who does not work for the company yet.
type Inhabitant struct {
	Person
	FirstAccess bool
}

// Populate makes sure that the sample companies and people are there, hands out
// fresh tokens and says who is on offer. It may run again over a world that was
// kept. provider is the entityID under which the regulars entered.
func Populate(ctx context.Context, reg *registry.Registry, provider string) (World, error) {
	var w World
	var tokens []string
	for _, n := range companies {
		company, err := ensureCompany(ctx, reg, n)
		if err != nil {
			return w, fmt.Errorf("company %s: %w", n.Name, err)
		}
		_, token, err := reg.CreateClient(ctx, registry.SystemOperator, registry.NewClient{
			Company: company.ID, Name: "HR dimostrativo", Scopes: everyScopeButAdmin(),
			Attestation: "demo", Lifetime: tokenLife, Quota: registry.Quota{PerSecond: 1_000_000, Burst: 1_000_000},
		})
		if err != nil {
			return w, err
		}
		tokens = append(tokens, token)
		if w.Company.ID == "" {
			w.Company = company
		}
	}
	w.Token, w.OtherToken = tokens[0], tokens[1]
	var err error
	if w.Units, err = reg.Units(ctx, registry.SystemOperator, w.Company.ID); err != nil {
		return w, err
	}
	w.People, err = inhabitants(ctx, reg, w.Company.ID, provider)
	return w, err
}

func ensureCompany(ctx context.Context, reg *registry.Registry, n registry.NewCompany) (registry.Company, error) {
	company, err := reg.CompanyByCode(ctx, registry.SystemOperator, n.FiscalCode)
	if err != nil && registry.KindOf(err) == registry.NotFound {
		return reg.RegisterCompany(ctx, registry.SystemOperator, n)
	}
	return company, err
}

func everyScopeButAdmin() []registry.Scope {
	var scopes []registry.Scope
	for _, s := range registry.Scopes() {
		if s != registry.ScopeAdminGrant {
			scopes = append(scopes, s)
		}
	}
	return scopes
}

// inhabitants lets the regulars enter if they have not, and lists those who do not
// work for the company: people with a first access, then a few without.
func inhabitants(ctx context.Context, reg *registry.Registry, company registry.CompanyID, provider string) ([]Inhabitant, error) {
	for _, p := range regulars {
		if err := ensureEntered(ctx, reg, p, provider); err != nil {
			return nil, fmt.Errorf("%s %s: %w", p.GivenName, p.FamilyName, err)
		}
	}
	var entered, strangers []Inhabitant
	for _, p := range People() {
		employed, err := employs(ctx, reg, company, p)
		if err != nil {
			return nil, err
		}
		known, err := hasEntered(ctx, reg, p)
		if err != nil {
			return nil, err
		}
		switch {
		case employed:
		case known:
			entered = append(entered, Inhabitant{p, true})
		case len(strangers) < showNewcomers:
			strangers = append(strangers, Inhabitant{p, false})
		}
	}
	return append(entered, strangers...), nil
}

func employs(ctx context.Context, reg *registry.Registry, company registry.CompanyID, p Person) (bool, error) {
	page, err := reg.Collaborators(ctx, registry.SystemOperator, registry.Query{
		Company: company, Limit: 1,
		Where: registry.Compare{Field: registry.FieldFiscalCode, Op: registry.Equal, Value: string(p.FiscalCode)},
	})
	return page.Total > 0, err
}

func hasEntered(ctx context.Context, reg *registry.Registry, p Person) (bool, error) {
	known, err := reg.PersonByCode(ctx, registry.SystemOperator, p.FiscalCode)
	if err != nil && registry.KindOf(err) == registry.NotFound {
		return false, nil
	}
	return !known.FirstAccessAt.IsZero(), err
}

// ensureEntered takes a person through the door as the provider would.
func ensureEntered(ctx context.Context, reg *registry.Registry, p Person, provider string) error {
	known, err := hasEntered(ctx, reg, p)
	if err != nil || known {
		return err
	}
	visit, cookie, err := reg.StartVisit(ctx, registry.Ask{MinLevel: 2})
	if err != nil {
		return err
	}
	request := "_demo-" + string(visit.ID)
	if _, err := reg.AskIdentity(ctx, visit, request, provider, 2); err != nil {
		return err
	}
	_, err = reg.Enter(ctx, registry.Arrival{
		LoginRequest: request, VisitCookie: cookie, Issuer: provider, AssertionID: request,
		AssertionUntil: reg.Now().Add(time.Hour), Scheme: "SPID", Level: 2, Class: "https://www.spid.gov.it/SpidL2",
		Person: registry.Person{FiscalCode: p.FiscalCode, GivenName: p.GivenName, FamilyName: p.FamilyName,
			DateOfBirth: p.DateOfBirth, Gender: p.Gender},
	})
	return err
}
