package registry_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"varco/registry"
)

// full is a draft in which everything is said.
func full() registry.Draft {
	d := draft(collaudini, "co-sare-gestione@group", "offerte-lavoro-gestione@unit:MO02")
	d.ExternalID, d.DisplayName, d.GivenName, d.FamilyName = "MF1000", "Andrea Collaudini", "Andrea", "Collaudini"
	d.Card, d.HomeUnit, d.JobCode, d.Stable = []byte(`{"title":"Addetto paghe"}`), "MO02", "J7", true
	d.Start, d.End = day("2015-01-07").Start(), day("2027-12-31").End()
	d.Relationship = registry.ThirdPartyRelationship
	d.ThirdParty = registry.ThirdParty{FiscalCode: logistica, AppointmentRef: "art. 28, 2027/3"}
	d.Processing = &registry.Processing{Authorised: true, AuthorisedOn: day("2027-01-01"), DocumentRef: "prot. 12",
		Scopes: []registry.Area{"CO", "OFFERTE"}, ReviewBy: day("2028-01-01")}
	return d
}

func TestAmendNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		for _, hired := range []registry.Collaborator{w.hireDraft(full()), w.hire(provini)} {
			w.remember()
			w.clock.advance(time.Hour)
			for name, edit := range map[string]func(*registry.Draft){
				"the draft as it stands": func(*registry.Draft) {},
				"the code left out":      func(d *registry.Draft) { d.FiscalCode = "" },
				"processing left out":    func(d *registry.Draft) { d.Processing = nil },
				"a grant named twice":    func(d *registry.Draft) { d.Entitlements = append(d.Entitlements, d.Entitlements...) },
			} {
				after, changed, err := w.change(hired.ID, edit)
				if err != nil || changed || after.Version != 1 {
					t.Errorf("%s: changed %v, version %d, %v", name, changed, after.Version, err)
				}
			}
			if c := w.read(hired.ID); c.Version != 1 || !c.UpdatedAt.Equal(hired.UpdatedAt) {
				t.Errorf("version %d of %s", c.Version, c.UpdatedAt)
			}
			w.wantTrail()
		}
	})
}

// Every part of the draft, changed alone, is kept and is one change.
func TestAmendEachField(t *testing.T) {
	edits := map[string]func(*registry.Draft){
		"user name":       func(d *registry.Draft) { d.UserName = "other@example.it" },
		"user name, case": func(d *registry.Draft) { d.UserName = "Other@Example.it" },
		"external id":     func(d *registry.Draft) { d.ExternalID = "MF2000" },
		"display name":    func(d *registry.Draft) { d.DisplayName = "A. C." },
		"given name":      func(d *registry.Draft) { d.GivenName = "A." },
		"family name":     func(d *registry.Draft) { d.FamilyName = "C." },
		"card":            func(d *registry.Draft) { d.Card = []byte(`{"title":"Selezione"}`) },
		"home unit":       func(d *registry.Draft) { d.HomeUnit = "MO03" },
		"no home unit":    func(d *registry.Draft) { d.HomeUnit = "" },
		"start":           func(d *registry.Draft) { d.Start = day("2015-02-01").Start() },
		"end":             func(d *registry.Draft) { d.End = day("2028-01-31").End() },
		"no end":          func(d *registry.Draft) { d.End = time.Time{} },
		"relationship":    func(d *registry.Draft) { d.Relationship = registry.CollaboratorRelationship },
		"stable":          func(d *registry.Draft) { d.Stable = false },
		"job code":        func(d *registry.Draft) { d.JobCode = "J8" },
		"third party":     func(d *registry.Draft) { d.ThirdParty.AppointmentRef = "art. 28, 2027/4" },
		"document":        func(d *registry.Draft) { d.Processing.DocumentRef = "prot. 13" },
		"authorised on":   func(d *registry.Draft) { d.Processing.AuthorisedOn = day("2027-02-01") },
		"review":          func(d *registry.Draft) { d.Processing.ReviewBy = day("2029-01-01") },
		"every area":      func(d *registry.Draft) { d.Processing.Scopes = nil },
		"grant":           func(d *registry.Draft) { d.Entitlements = d.Entitlements[:1] },
	}
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.hireDraft(full())
		for name, edit := range edits {
			w.remember()
			after := w.mustChange(c.ID, edit)
			kept := w.read(c.ID)
			if kept.Version != c.Version+1 || after.Version != kept.Version || !kept.UpdatedAt.Equal(w.Now()) {
				t.Errorf("%s: version %d after %d", name, kept.Version, c.Version)
			}
			want := c.Draft(w.Now())
			edit(&want)
			if got := kept.Draft(w.Now()); !sameDraft(got, want) {
				t.Errorf("%s: kept %+v\nwant %+v", name, got, want)
			}
			w.wantTrail("collaborator.amend DONE")
			c = kept
		}
	})
}

// sameDraft compares two drafts, and what they point to, by how they print.
func sameDraft(a, b registry.Draft) bool {
	pa, pb := *a.Processing, *b.Processing
	a.Processing, b.Processing = nil, nil
	return fmt.Sprintf("%+v %+v", a, pa) == fmt.Sprintf("%+v %+v", b, pb)
}

func TestAmendCodeIsWrittenOnce(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.hire(esempi)
		w.enter(provini)
		for name, code := range map[string]registry.FiscalCode{"of somebody known": provini, "of a stranger": fintoni} {
			_, _, err := w.change(c.ID, func(d *registry.Draft) { d.FiscalCode = code })
			refused(t, err, registry.Invalid, "fiscalCode: cannot be changed once it is set")
			if ruleOf(err) != "mutability" {
				t.Errorf("%s: rule %q", name, ruleOf(err))
			}
		}
		w.needs(w.store.Update(ctx, func(tx registry.Tx) error { return tx.InsertPersonAlias(c.PersonID, collaudi) }))
		for name, code := range map[string]registry.FiscalCode{"a variant": esempiTwin, "an alias": collaudi} {
			after, changed, err := w.change(c.ID, func(d *registry.Draft) { d.FiscalCode = code })
			if err != nil || changed || after.Person.FiscalCode != esempi {
				t.Errorf("%s: changed %v, code %s, %v", name, changed, after.Person.FiscalCode, err)
			}
		}
	})
}

func TestAmendConflicts(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		d := draft(esempi)
		d.UserName, d.ExternalID = "m.esempi", "MF1000"
		w.hireDraft(d)
		nameless := w.hireDraft(registry.Draft{UserName: "nameless", Active: true})
		before := w.state()
		for words, edit := range map[string]func(*registry.Draft){
			"userName":   func(d *registry.Draft) { d.UserName = "M.ESEMPI" },
			"externalId": func(d *registry.Draft) { d.ExternalID = "MF1000" },
			"fiscalCode": func(d *registry.Draft) { d.FiscalCode = esempiTwin },
		} {
			_, _, err := w.change(nameless.ID, edit)
			refused(t, err, registry.Conflict, words)
			if ruleOf(err) != "uniqueness" {
				t.Errorf("%s: rule %q", words, ruleOf(err))
			}
		}
		if w.state() != before {
			t.Error("a refusal changed something")
		}
	})
}

func TestAmendGrants(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group", "offerte-lavoro-gestione@unit:MO02")
		kept := c.Grants[0].ID
		w.clock.advance(time.Hour)
		w.remember()
		w.mustChange(c.ID, func(d *registry.Draft) {
			d.Entitlements = entitlements("co-sare-gestione@group", "offerte-lavoro-gestione@unit:MO03")
		})
		if got := w.effective(c.ID); !slices.Equal(got, []string{"co-sare-gestione@group", "offerte-lavoro-gestione@unit:MO03"}) {
			t.Fatalf("effective %q", got)
		}
		if g := w.read(c.ID).Grants; g[0].ID != kept || !g[1].GrantedAt.Equal(w.Now()) {
			t.Errorf("grants %+v", g)
		}
		want := []registry.Change{
			{Field: "entitlements", Before: "offerte-lavoro-gestione@unit:MO02"},
			{Field: "entitlements", After: "offerte-lavoro-gestione@unit:MO03"},
		}
		if e := w.only(); !slices.Equal(e.Changes, want) || e.Act != registry.ActAmend || e.Person != c.PersonID {
			t.Errorf("entry %+v", e)
		}
	})
}

// All or nothing: with one part refused no other is done.
func TestAmendIsAtomic(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group")
		before := w.state()
		_, _, err := w.change(c.ID, func(d *registry.Draft) {
			d.DisplayName, d.HomeUnit = "changed", "MO01"
			d.Entitlements = entitlements("co-sare-visualizzazione@unit:MO01", "operatore-agenda@unit:MO01")
		})
		refused(t, err, registry.Forbidden, "RESERVED_PROFILE")
		if ruleOf(err) != "RESERVED_PROFILE" || w.state() != before {
			t.Errorf("rule %q; state changed: %v", ruleOf(err), w.state() != before)
		}
	})
}

func TestAmendScopes(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group")
		users := w.client(w.company, registry.ScopeUsers)
		_, _, err := w.changeAs(users, c.ID, func(d *registry.Draft) { d.Entitlements = nil })
		refused(t, err, registry.Forbidden, "lacks the scope entitlements:write")
		_, _, err = w.changeAs(users, c.ID, func(d *registry.Draft) {
			d.Entitlements = entitlements("co-sare-gestione@group", "co-sare-visualizzazione@group")
		})
		refused(t, err, registry.Forbidden, "lacks the scope entitlements:write")
		_, changed, err := w.changeAs(users, c.ID, func(d *registry.Draft) { d.DisplayName = "A. C." })
		if err != nil || !changed {
			t.Errorf("its own field: %v, %v", changed, err)
		}
		_, err = w.End(ctx, users, w.company.ID, c.ID, "") // whoever may end, ends everything
		w.needs(err)
		if got := w.read(c.ID).Grants; got != nil {
			t.Errorf("left over: %q", named(got))
		}
	})
}

// Administrators are taken the profile only by who may give it (L5-09), and lose it
// with everything else when they leave.
func TestAmendAdministrator(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		trusted := w.client(w.company, registry.Scopes()...)
		d := draft(collaudini, "amministratore@group", "co-sare-gestione@group")
		d.Stable = true
		c, err := w.Hire(ctx, trusted, w.company.ID, d)
		w.needs(err)
		keepOther := func(d *registry.Draft) { d.Entitlements = entitlements("co-sare-gestione@group") }
		_, _, err = w.change(c.ID, keepOther)
		refused(t, err, registry.Forbidden, "ADMIN_GRANT_SCOPE")
		_, _, err = w.changeAs(trusted, c.ID, keepOther)
		w.needs(err)
		if got := named(w.read(c.ID).Grants); !slices.Equal(got, []string{"co-sare-gestione@group"}) {
			t.Errorf("grants %q", got)
		}
	})
}

func TestAmendProcessingLost(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		for _, tc := range []struct {
			name string
			to   registry.Processing
			left []string
		}{
			{"no authorisation at all", registry.Processing{}, nil},
			{"for other data only", registry.Processing{Authorised: true, Scopes: []registry.Area{"CO"}}, []string{"co-sare-gestione@group"}},
		} {
			code := personCode()
			c := w.worker(code, "co-sare-gestione@group", "offerte-lavoro-gestione@unit:MO02")
			s := w.session(code, string(meccanica))
			w.mustChange(c.ID, func(d *registry.Draft) { d.Processing = &tc.to })
			if got := named(w.read(c.ID).Grants); !slices.Equal(got, tc.left) {
				t.Errorf("%s: left are %q, want %q", tc.name, got, tc.left)
			}
			if w.holds(s) {
				t.Errorf("%s: the session holds in which a lost grant was released", tc.name)
			}
			// the grants do not come back with the authorisation
			w.mustChange(c.ID, func(d *registry.Draft) { d.Processing = &registry.Processing{Authorised: true} })
			if got := w.effective(c.ID); !slices.Equal(got, tc.left) {
				t.Errorf("%s: come back: %q", tc.name, got)
			}
		}
	})
}

func TestAmendCondition(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.hire(collaudini)
		before := w.state()
		w.remember()
		stale := &registry.Error{Kind: registry.Stale, Msg: "version: no longer the current one"}
		_, changed, err := w.Amend(ctx, w.hr, w.company.ID, c.ID, func(registry.Collaborator, time.Time) (registry.Draft, error) {
			return registry.Draft{}, stale
		})
		if changed || !errors.Is(err, stale) || w.state() != before {
			t.Errorf("changed %v, %v", changed, err)
		}
		if e := w.only(); e.Outcome != registry.Refused || e.Reason != stale.Msg {
			t.Errorf("entry %+v", e)
		}
	})
}

// No change is lost when several are made at once.
func TestAmendTogether(t *testing.T) {
	profiles := []string{"co-sare-gestione@group", "co-sare-visualizzazione@group", "co-sare-gestione@unit:MO01", "co-sare-gestione@unit:MO02",
		"co-sare-gestione@unit:MO03", "offerte-lavoro-gestione@unit:MO01", "offerte-lavoro-gestione@unit:MO02", "offerte-lavoro-gestione@unit:MO03"}
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini)
		errs := together(len(profiles), func(i int) error {
			_, _, err := w.change(c.ID, func(d *registry.Draft) { d.Entitlements = append(d.Entitlements, entitlements(profiles[i])...) })
			return err
		})
		if got := w.read(c.ID); len(errs) > 0 || len(got.Grants) != len(profiles) || got.Version != int64(1+len(profiles)) {
			t.Errorf("version %d, grants %q, %v", got.Version, named(got.Grants), errs)
		}
	})
}
