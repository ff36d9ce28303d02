package registry_test

import (
	"slices"
	"testing"

	"varco/registry"
)

func newTirocini() registry.NewCompany {
	return registry.NewCompany{
		FiscalCode: tirocini, Name: "Associazione Tirocini Prova", VATNumber: "91998010390",
		Types: []string{"PROMOTORE_TIROCINIO", "DATORE_PRIVATO"},
		Units: []registry.NewUnit{{Code: "RA02", Name: "Faenza"}, {Code: "RA01", Name: "Ravenna", ExternalID: "g-1"}},
		Qualifications: []registry.Qualification{
			{Kind: "PROMOTORE", From: day("2027-01-01").Start(), Until: day("2027-12-31").End()}},
	}
}

func TestRegisterCompany(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		made, err := w.RegisterCompany(ctx, w.officer, newTirocini())
		w.needs(err)
		if e := w.only(); e.Act != registry.ActRegisterCompany || e.Actor != "OFFICER:rita" || e.Company != made.ID || e.Target != string(made.ID) {
			t.Errorf("entry %+v", e)
		}
		got, err := w.CompanyByCode(ctx, w.officer, tirocini)
		w.needs(err)
		if got.ID != made.ID || got.State != registry.CompanyActive || got.Version != 1 || got.VATNumber != "91998010390" ||
			!slices.Equal(got.Types, made.Types) || !got.Qualified("PROMOTORE", day("2027-12-31").Start()) || got.Qualified("PROMOTORE", day("2027-12-31").End()) {
			t.Errorf("kept %+v", got)
		}
		units, err := w.Units(ctx, w.officer, made.ID)
		if err != nil || len(units) != 2 || units[0].Code != "RA01" || units[0].ExternalID != "g-1" || units[1].Name != "Faenza" {
			t.Errorf("units %+v, %v", units, err)
		}
	})
}

// The entry of the company in the agency's list runs out; the grants stand and
// open nothing from then on.
func TestQualificationRunsOut(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		made, err := w.RegisterCompany(ctx, w.officer, newTirocini())
		w.needs(err)
		w.enter(collaudini)
		_, err = w.Hire(ctx, w.client(made, registry.Scopes()...), made.ID, draft(collaudini, "tirocini-promotore-compilatore@unit:RA02"))
		w.needs(err)
		w.clock.set("2027-12-31T22:59:59Z")
		s := w.session(collaudini, string(tirocini))
		if !w.holds(s) {
			t.Error("no session while the qualification is in force")
		}
		w.clock.set("2027-12-31T23:00:00Z")
		if w.holds(s) || w.choices(collaudini) != nil {
			t.Errorf("session holds %v, choices %q", w.holds(s), w.choices(collaudini))
		}
	})
}

func TestRegisterCompanyRefused(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		before := w.state()
		for words, set := range map[string]func(*registry.NewCompany){
			"company fiscal code: check digit is 1, expected 0": func(n *registry.NewCompany) { n.FiscalCode = "91998010391" },
			"company fiscal code: must be 11 digits":            func(n *registry.NewCompany) { n.FiscalCode = "" },
			"name: required":                                    func(n *registry.NewCompany) { n.Name = " " },
			"types: at least one":                               func(n *registry.NewCompany) { n.Types = nil },
			`types: "BANCA" is not one of the 14 types`:         func(n *registry.NewCompany) { n.Types = []string{"DATORE_PRIVATO", "BANCA"} },
			"exclude each other":                                func(n *registry.NewCompany) { n.Types = []string{"DATORE_PUBBLICO", "DATORE_PRIVATO"} },
			"units: at least one":                               func(n *registry.NewCompany) { n.Units = nil },
			"unit code: must be":                                func(n *registry.NewCompany) { n.Units[1].Code = "ra 1" },
			"unit name: must be":                                func(n *registry.NewCompany) { n.Units[1].Name = "" },
		} {
			n := newTirocini()
			set(&n)
			_, err := w.RegisterCompany(ctx, w.officer, n)
			refused(t, err, registry.Invalid, words)
		}
		w.wantTrail(slices.Repeat([]string{"company.register REFUSED"}, 9)...)
		twice := newTirocini()
		twice.Units[1].Code = twice.Units[0].Code
		_, err := w.RegisterCompany(ctx, w.officer, twice)
		refused(t, err, registry.Conflict, "code: already an open unit of this company")
		if w.state() != before {
			t.Error("a refusal changed something")
		}
	})
}

func TestRegisterCompanyTogether(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		errs := together(20, func(int) error { return second(w.RegisterCompany(ctx, w.officer, newTirocini())) })
		if len(errs) != 19 {
			t.Errorf("%d of 20 were refused", len(errs))
		}
		for _, err := range errs {
			refused(t, err, registry.Conflict, "fiscalCode: already a company of the registry")
		}
		companies, err := w.Companies(ctx, w.officer)
		if err != nil || len(companies) != 3 {
			t.Errorf("%d companies, %v", len(companies), err)
		}
	})
}

// However a code is written, it is one company.
func TestRegisterCompanyInAnyWriting(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		n := newTirocini()
		n.FiscalCode = " smllne75s42e625k "
		made, err := w.RegisterCompany(ctx, w.officer, n)
		if err != nil || made.FiscalCode != "SMLLNE75S42E625K" {
			t.Errorf("registered as %q, %v", made.FiscalCode, err)
		}
		n.FiscalCode = "SMLLNE75S42E625K"
		_, err = w.RegisterCompany(ctx, w.officer, n)
		refused(t, err, registry.Conflict, "already a company")
	})
}

func TestFreezeCompany(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group")
		_, err := w.Hire(ctx, w.rival, w.elsewhere.ID, draft(collaudini, "co-sare-gestione@group"))
		w.needs(err)
		mine, other, citizen := w.session(collaudini, string(meccanica)), w.session(collaudini, string(logistica)), w.session(collaudini, registry.Citizen)
		w.notices()
		w.remember()
		w.needs(w.FreezeCompany(ctx, w.officer, w.company.ID))
		w.needs(w.FreezeCompany(ctx, w.officer, w.company.ID))
		w.wantTrail("company.freeze DONE")
		wantEnded(t, w.notices(), mine)
		if w.holds(mine) || !w.holds(other) || !w.holds(citizen) || w.effective(c.ID) != nil {
			t.Errorf("frozen: sessions %v %v %v, effective %q", w.holds(mine), w.holds(other), w.holds(citizen), w.effective(c.ID))
		}
		if got := w.choices(collaudini); !slices.Equal(got, []string{string(logistica)}) {
			t.Errorf("choices %q", got)
		}
		w.remember()
		w.needs(w.UnfreezeCompany(ctx, w.officer, w.company.ID))
		w.needs(w.UnfreezeCompany(ctx, w.officer, w.company.ID))
		w.wantTrail("company.unfreeze DONE")
		if len(w.effective(c.ID)) != 1 || w.holds(mine) {
			t.Errorf("unfrozen: effective %q, old session %v", w.effective(c.ID), w.holds(mine))
		}
	})
}
