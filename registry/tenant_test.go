package registry_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"varco/registry"
)

// Every verb that names a company answers another company's client as if nothing
// were there, whether the ids are right or made up (L6-01).
func TestTenantIsolation(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group")
		s := w.session(collaudini, string(meccanica))
		unit := w.unit("MO01")
		spy := w.client(w.elsewhere, registry.Scopes()...)
		before := w.state()
		as := func(company registry.CompanyID, id registry.CollaboratorID, u registry.UnitID) map[string]error {
			_, _, amend := w.Amend(ctx, spy, company, id, func(c registry.Collaborator, now time.Time) (registry.Draft, error) { return c.Draft(now), nil })
			_, _, change := w.ChangeUnit(ctx, spy, company, u, registry.MemberDelta{}, func(registry.Unit) (registry.UnitDraft, error) { return registry.UnitDraft{Name: "x"}, nil })
			_, _, create := w.CreateClient(ctx, spy, newClient(registry.Company{ID: company}))
			return map[string]error{
				"Hire":            second(w.Hire(ctx, spy, company, draft(provini))),
				"Amend":           amend,
				"End":             second(w.End(ctx, spy, company, id, "")),
				"Delete":          w.Delete(ctx, spy, company, id, nil),
				"Collaborator":    second(w.Collaborator(ctx, spy, company, id)),
				"Collaborators":   second(w.Collaborators(ctx, spy, registry.Query{Company: company, Limit: 10})),
				"Periods":         second(w.Periods(ctx, spy, registry.Collaborator{ID: id, CompanyID: company})),
				"Held":            second(w.Held(ctx, spy, company)),
				"ConfirmHeld":     second(w.ConfirmHeld(ctx, spy, company)),
				"DismissHeld":     second(w.DismissHeld(ctx, spy, company)),
				"Units":           second(w.Units(ctx, spy, company)),
				"Unit":            second(w.Unit(ctx, spy, company, u)),
				"Holders":         second(w.Holders(ctx, spy, company, registry.Entitlement{Profile: "co-sare-gestione"}, 10)),
				"Assign":          second(w.Assign(ctx, spy, company, registry.Entitlement{Profile: "co-sare-gestione"}, registry.MemberDelta{})),
				"Staff":           second(w.Staff(ctx, spy, company, 10)),
				"Members":         second(w.Members(ctx, spy, company, []registry.UnitID{u}, 10)),
				"OpenUnit":        second(w.OpenUnit(ctx, spy, company, registry.NewUnit{Code: "X", Name: "x"}, nil)),
				"ChangeUnit":      change,
				"CloseUnit":       w.CloseUnit(ctx, spy, company, u, nil),
				"OpenSessions":    second(w.OpenSessions(ctx, spy, company)),
				"Clients":         second(w.Clients(ctx, spy, company)),
				"CreateClient":    create,
				"FreezeCompany":   w.FreezeCompany(ctx, spy, company),
				"UnfreezeCompany": w.UnfreezeCompany(ctx, spy, company),
				"AcceptPolicy":    w.AcceptPolicy(ctx, w.person(fintoniOf(w)).ID, company, ""),
			}
		}
		wantEveryVerb(t, as("nowhere", "nobody", "nothing"))
		for verb, err := range as(w.company.ID, c.ID, unit.ID) {
			if err == nil || registry.KindOf(err) != registry.NotFound {
				t.Errorf("%s on another company: %v", verb, err)
			}
			made := as("nowhere", "nobody", "nothing")[verb]
			if made == nil || err == nil || made.Error() != err.Error() {
				t.Errorf("%s: %v where the company exists, %v where it does not", verb, err, made)
			}
		}
		if w.state() != before || !w.holds(s) {
			t.Error("something changed")
		}
	})
}

// fintoniOf is somebody who works for neither company.
func fintoniOf(w *world) registry.FiscalCode {
	w.enter(fintoni)
	return fintoni
}

// wantEveryVerb tests that no method of the registry that takes a company is missing.
func wantEveryVerb(t *testing.T, tried map[string]error) {
	t.Helper()
	typ := reflect.TypeFor[*registry.Registry]()
	for i := range typ.NumMethod() {
		m := typ.Method(i)
		for p := range m.Type.NumIn() {
			in := m.Type.In(p)
			if in != reflect.TypeFor[registry.CompanyID]() && in != reflect.TypeFor[registry.Query]() {
				continue
			}
			if _, ok := tried[m.Name]; !ok {
				t.Errorf("%s takes a company and is not tried", m.Name)
			}
		}
	}
}

// The right company with another's ids: not found either.
func TestTenantIds(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.hire(collaudini)
		unit := w.unit("MO01")
		spy, own := w.client(w.elsewhere, registry.Scopes()...), w.elsewhere.ID
		_, err := w.OpenUnit(ctx, spy, own, registry.NewUnit{Code: "RE02", Name: "x"}, nil)
		w.needs(err)
		before := w.state()
		_, _, change := w.ChangeUnit(ctx, spy, own, unit.ID, registry.MemberDelta{}, func(registry.Unit) (registry.UnitDraft, error) { return registry.UnitDraft{Name: "x"}, nil })
		for verb, err := range map[string]error{
			"Collaborator": second(w.Collaborator(ctx, spy, own, c.ID)),
			"End":          second(w.End(ctx, spy, own, c.ID, "")),
			"Delete":       w.Delete(ctx, spy, own, c.ID, nil),
			"Unit":         second(w.Unit(ctx, spy, own, unit.ID)),
			"ChangeUnit":   change,
			"CloseUnit":    w.CloseUnit(ctx, spy, own, unit.ID, nil),
			"RevokeClient": w.RevokeClient(ctx, spy, registry.ClientID(w.hr.ID)),
			"company":      second(w.CompanyByCode(ctx, spy, meccanica)),
		} {
			refused(t, err, registry.NotFound, "not found")
			if err != nil && strings.Contains(err.Error(), string(w.company.ID)) {
				t.Errorf("%s tells the id", verb)
			}
		}
		_, err = w.OpenUnit(ctx, spy, own, registry.NewUnit{Code: "RE03", Name: "x"}, []registry.CollaboratorID{c.ID})
		refused(t, err, registry.Invalid, "is no collaborator of this company")
		_, err = w.Companies(ctx, spy)
		refused(t, err, registry.Forbidden, "its own company only")
		if w.state() != before {
			t.Error("something changed")
		}
	})
}

// A company does not learn that its collaborator also works elsewhere.
func TestTenantSharesAPerson(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		mine := w.worker(collaudini, "co-sare-gestione@group")
		alone := printed(w.read(mine.ID))
		theirs, err := w.Hire(ctx, w.rival, w.elsewhere.ID, draft(collaudini, "co-sare-gestione@group"))
		w.needs(err)
		_, err = w.End(ctx, w.rival, w.elsewhere.ID, theirs.ID, "")
		w.needs(err)
		if got := printed(w.read(mine.ID)); got != alone {
			t.Errorf("what is seen changed from %s\nto %s", alone, got)
		}
	})
}
