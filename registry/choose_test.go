package registry_test

import (
	"slices"
	"testing"
	"time"

	"varco/registry"
)

func releasing(profiles ...registry.ProfileCode) registry.Release {
	return func(p registry.ProfileCode) bool { return slices.Contains(profiles, p) }
}

// Offered are the companies with a grant that has effect and that this application
// may learn (L1-07).
func TestChoices(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		w.worker(collaudini, "co-sare-gestione@group", "offerte-lavoro-gestione@unit:MO02")
		d := draft(collaudini, "co-sare-visualizzazione@group", "co-sare-gestione@unit:RE01")
		d.Start = w.Now().Add(time.Hour)
		_, err := w.Hire(ctx, w.rival, w.elsewhere.ID, d)
		w.needs(err)
		for _, tc := range []struct {
			name    string
			release registry.Release
			want    map[registry.CompanyCode][]string
		}{
			{"every profile", everything, map[registry.CompanyCode][]string{meccanica: {"co-sare-gestione@group", "offerte-lavoro-gestione@unit:MO02"}}},
			{"one profile", releasing("offerte-lavoro-gestione"), map[registry.CompanyCode][]string{meccanica: {"offerte-lavoro-gestione@unit:MO02"}}},
			{"a profile not held", releasing("operatore-agenda"), nil},
			{"no profile", releasing(), nil},
			{"a profile not in effect yet", releasing("co-sare-visualizzazione"), nil},
		} {
			wantChoices(t, w, tc.name, tc.release, tc.want)
		}
		w.clock.advance(time.Hour)
		wantChoices(t, w, "both at work", releasing("co-sare-gestione"), map[registry.CompanyCode][]string{
			meccanica: {"co-sare-gestione@group"}, logistica: {"co-sare-gestione@unit:RE01"}})
	})
}

func wantChoices(t *testing.T, w *world, name string, release registry.Release, want map[registry.CompanyCode][]string) {
	t.Helper()
	door, err := w.DoorOf(ctx, w.enter(collaudini).VisitCookie, release)
	w.needs(err)
	if len(door.Choices) != len(want) {
		t.Errorf("%s: %d choices, want %d", name, len(door.Choices), len(want))
	}
	for _, c := range door.Choices {
		if got := named(c.Grants); !slices.Equal(got, want[c.Company.FiscalCode]) {
			t.Errorf("%s: %s offers %q, want %q", name, c.Company.FiscalCode, got, want[c.Company.FiscalCode])
		}
	}
}

func TestChooseCompany(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group", "offerte-lavoro-gestione@unit:MO02")
		in := w.enter(collaudini)
		w.remember()
		chosen, err := w.Choose(ctx, in.VisitCookie, string(meccanica), releasing("co-sare-gestione"), "request-3")
		w.needs(err)
		if chosen.Choice == nil || chosen.Choice.Company.ID != w.company.ID || chosen.Person.ID != in.Person.ID || chosen.Login.ID != in.Login.ID || chosen.Visit.Application != application {
			t.Errorf("chosen %+v", chosen)
		}
		s, holds, err := w.SessionHolds(ctx, application, chosen.Session.ID)
		w.needs(err)
		if !holds || s.CompanyID != w.company.ID || s.CollaboratorID != c.ID || s.PersonID != c.PersonID || s.LoginID != in.Login.ID ||
			!slices.Equal(s.Grants, []registry.GrantID{c.Grants[0].ID}) || !s.NotOnOrAfter.Equal(in.Login.ExpiresAt) {
			t.Errorf("holds %v: session %+v", holds, s)
		}
		e := w.only()
		want := []registry.Change{{Field: "application", After: application}, {Field: "actingFor", After: string(meccanica)}, {Field: "entitlements", After: "co-sare-gestione@group"}}
		if e.Act != registry.ActOpenSession || e.Company != w.company.ID || e.Person != c.PersonID || e.Target != string(s.ID) ||
			e.Actor != "PERSON:"+string(c.PersonID) || e.Request != "request-3" || !slices.Equal(e.Changes, want) {
			t.Errorf("entry %+v", e)
		}
	})
}

// As a citizen no company is named anywhere.
func TestChooseCitizen(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		w.worker(collaudini, "co-sare-gestione@group")
		s := w.session(collaudini, registry.Citizen)
		if s.CompanyID != "" || s.CollaboratorID != "" || s.Grants != nil || !w.holds(s) {
			t.Errorf("session %+v", s)
		}
		if e := w.entry(registry.ActOpenSession); e.Company != "" || !slices.Contains(e.Changes, registry.Change{Field: "actingFor", After: "citizen"}) {
			t.Errorf("entry %+v", e)
		}
	})
}

// Who came to Varco itself has entered, and there is nobody to choose for.
func TestChooseWithoutApplication(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		in, err := w.Enter(ctx, w.arrive(collaudini, registry.Ask{}))
		w.needs(err)
		_, err = w.Choose(ctx, in.VisitCookie, registry.Citizen, everything, "")
		refused(t, err, registry.Invalid, "acting_for: no application waits for the choice")
	})
}

func TestChooseRefused(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group")
		in := w.enter(collaudini)
		w.remember()
		for _, actingFor := range []string{"", string(logistica), "CITIZEN", string(w.company.ID), string(meccanica) + " "} {
			_, err := w.Choose(ctx, in.VisitCookie, actingFor, everything, "")
			refused(t, err, registry.Forbidden, "acting_for: no right has effect for this company")
		}
		w.wantTrail(slices.Repeat([]string{"session.open REFUSED"}, 5)...)
		_, err := w.Choose(ctx, in.VisitCookie, string(meccanica), releasing(), "")
		refused(t, err, registry.Forbidden, "acting_for")
		_, err = w.Choose(ctx, in.LoginCookie, string(meccanica), everything, "")
		refused(t, err, registry.NotFound, "start again")
		w.end(c.ID)
		_, err = w.Choose(ctx, in.VisitCookie, string(meccanica), everything, "")
		refused(t, err, registry.Forbidden, "acting_for")
		_, err = w.Choose(ctx, in.VisitCookie, registry.Citizen, everything, "")
		w.needs(err) // a refusal does not use the visit up
	})
}

func TestChooseBelowTheLevelAsked(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		a := w.arrive(collaudini, registry.Ask{Application: application, MinLevel: 3}) // and the provider vouched at 2
		in, err := w.Enter(ctx, a)
		w.needs(err)
		_, err = w.Choose(ctx, in.VisitCookie, registry.Citizen, everything, "")
		refused(t, err, registry.Forbidden, "the application asks for level 3")
	})
}

func TestChooseOnce(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		w.worker(collaudini, "co-sare-gestione@group")
		in := w.enter(collaudini)
		w.remember()
		errs := together(16, func(int) error {
			return second(w.Choose(ctx, in.VisitCookie, string(meccanica), everything, ""))
		})
		if len(errs) != 15 {
			t.Errorf("%d of 16 were refused, want 15", len(errs))
		}
		for _, err := range errs {
			refused(t, err, registry.NotFound, "the visit has expired or was completed")
		}
		if got := slices.DeleteFunc(w.trail(), func(s string) bool { return s != "session.open DONE" }); len(got) != 1 {
			t.Errorf("%d sessions were opened", len(got))
		}
	})
}
