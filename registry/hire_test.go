package registry_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"varco/registry"
)

func TestHireDefaults(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		w.hire(collaudini, "co-sare-gestione@group", "offerte-lavoro-gestione@unit:MO02")
		page, err := w.Collaborators(ctx, w.hr, registry.Query{Company: w.company.ID, Limit: 10})
		w.needs(err)
		if page.Total != 1 {
			t.Fatalf("%d collaborators, want 1", page.Total)
		}
		c := page.Items[0]
		if c.Employment.Relationship != registry.EmployeeRelationship || !c.Employment.Start.Equal(day("2027-05-20").Start()) {
			t.Errorf("employment %+v, want an employee from today on", c.Employment)
		}
		if !c.Processing.Authorised || c.Processing.DocumentRef != "authorised by contract" || c.Processing.AuthorisedOn != day("2027-05-20") {
			t.Errorf("processing %+v, want the client's attestation of today", c.Processing)
		}
		if c.Version != 1 || c.Status(w.Now()) != registry.StatusPendingFirstAccess || c.Person.FiscalCode != collaudini {
			t.Errorf("version %d, status %s, code %s", c.Version, c.Status(w.Now()), c.Person.FiscalCode)
		}
		if got := named(c.Grants); !slices.Equal(got, []string{"co-sare-gestione@group", "offerte-lavoro-gestione@unit:MO02"}) {
			t.Errorf("grants %q", got)
		}
		if g := c.Grants[0]; g.GrantedBy != w.hr.String() || !g.ValidFrom.Equal(w.Now()) {
			t.Errorf("grant %+v", g)
		}
	})
}

func TestHireIsRecordedMasked(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.hire(collaudini, "co-sare-gestione@group")
		e := w.only()
		if e.Act != registry.ActHire || e.Actor != w.hr.String() || e.Target != string(c.ID) ||
			e.Company != w.company.ID || e.Person != c.PersonID || e.Request != "request-1" {
			t.Errorf("entry %+v", e)
		}
		if !slices.Contains(e.Changes, registry.Change{Field: "entitlements", After: "co-sare-gestione@group"}) ||
			!slices.Contains(e.Changes, registry.Change{Field: "fiscalCode", After: "CLL*************"}) {
			t.Errorf("changes %+v", e.Changes)
		}
	})
}

// Pre-registration: the grants stand and open nothing before the first access.
func TestHireSomebodyWhoNeverEntered(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.hire(collaudini, "co-sare-gestione@group")
		if got := w.effective(c.ID); got != nil {
			t.Fatalf("%q have effect before the first access", got)
		}
		if got := w.choices(collaudini); !slices.Equal(got, []string{string(meccanica)}) {
			t.Errorf("after the first access the choices are %q", got)
		}
		if got := w.read(c.ID).Status(w.Now()); got != registry.StatusActive {
			t.Errorf("status %s", got)
		}
	})
}

// A code in any variant of omocodia is the same person, in every company.
func TestHireKnownPerson(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		w.enter(esempi)
		mine := w.hire(esempiTwin, "co-sare-gestione@group")
		theirs, err := w.Hire(ctx, w.rival, w.elsewhere.ID, draft(esempi, "co-sare-gestione@group"))
		w.needs(err)
		if mine.PersonID != theirs.PersonID || mine.ID == theirs.ID {
			t.Errorf("%s and %s are of the people %s and %s", mine.ID, theirs.ID, mine.PersonID, theirs.PersonID)
		}
		if got := w.effective(mine.ID); len(got) != 1 {
			t.Errorf("%q have effect, want the grant at once: the person entered before", got)
		}
	})
}

func TestHireWithoutCode(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		d := draft("", "co-sare-gestione@group")
		d.UserName = "a.collaudini"
		c := w.hireDraft(d)
		if got := c.Status(w.Now()); got != registry.StatusPendingIdentity {
			t.Fatalf("status %s", got)
		}
		w.enter(collaudini)
		bound := w.mustChange(c.ID, func(d *registry.Draft) { d.FiscalCode = collaudini })
		if bound.Status(w.Now()) != registry.StatusActive || len(w.effective(c.ID)) != 1 {
			t.Errorf("with the code: %s, effective %q", bound.Status(w.Now()), w.effective(c.ID))
		}
	})
}

func TestHireDuplicates(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		d := draft(esempi)
		d.UserName, d.ExternalID = "M.Esempi", "MF1000"
		first := w.hireDraft(d)
		for _, tc := range []struct {
			name  string
			set   func(*registry.Draft)
			words string
		}{
			{"code", func(d *registry.Draft) { d.FiscalCode = esempi }, "fiscalCode: already a collaborator of this company, with id " + string(first.ID)},
			{"variant of the code", func(d *registry.Draft) { d.FiscalCode = esempiTwin }, "with id " + string(first.ID)},
			{"user name in another case", func(d *registry.Draft) { d.UserName = "m.eSEMPI" }, "userName"},
			{"external id", func(d *registry.Draft) { d.ExternalID = "MF1000" }, "externalId"},
		} {
			other := registry.Draft{UserName: "other", ExternalID: "MF1001", FiscalCode: provini, Active: true}
			tc.set(&other)
			_, err := w.Hire(ctx, w.hr, w.company.ID, other)
			refused(t, err, registry.Conflict, tc.words)
			if ruleOf(err) != "uniqueness" {
				t.Errorf("%s: rule %q", tc.name, ruleOf(err))
			}
		}
		w.end(first.ID)
		_, err := w.Hire(ctx, w.hr, w.company.ID, draft(esempi))
		refused(t, err, registry.Conflict, "with id "+string(first.ID)) // also when inactive
		_, err = w.Hire(ctx, w.rival, w.elsewhere.ID, d)
		w.needs(err) // another company's names are its own
	})
}

func TestHireRefused(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		for _, tc := range []struct {
			name  string
			set   func(*registry.Draft)
			words string
		}{
			{"no user name", func(d *registry.Draft) { d.UserName = " " }, "userName: required"},
			{"long user name", func(d *registry.Draft) { d.UserName = strings.Repeat("u", 257) }, "userName: longer than 256 bytes"},
			{"control character", func(d *registry.Draft) { d.UserName = "a\nb" }, "userName: holds a control character"},
			{"unit of another company", func(d *registry.Draft) { d.HomeUnit = "RE01" }, `department: the company has no open unit "RE01"`},
			{"grant on a unit of another company", func(d *registry.Draft) { d.Entitlements = entitlements("co-sare-gestione@unit:RE01") }, `entitlements: the company has no open unit "RE01"`},
			{"unit profile on the company", func(d *registry.Draft) { d.Entitlements = entitlements("prospetti-cig-gestione@group") }, "prospetti-cig-gestione is not granted at level GROUP"},
			{"company profile on a unit", func(d *registry.Draft) { d.Entitlements = entitlements("tirocini-soggetto-ospitante@unit:MO01") }, "tirocini-soggetto-ospitante is not granted at level UNIT"},
			{"precondition", func(d *registry.Draft) { d.Entitlements = entitlements("tirocini-promotore-validatore@unit:MO01") }, "the company is none of PROMOTORE_TIROCINIO"},
			{"relationship", func(d *registry.Draft) { d.Relationship = "FRIEND" }, "employment.relationship"},
			{"end before start", func(d *registry.Draft) { d.Start, d.End = day("2027-07-01").Start(), day("2027-06-01").End() }, "employment.endDate: lies before employment.startDate"},
			{"area", func(d *registry.Draft) { d.Processing = &registry.Processing{Scopes: []registry.Area{"MOON"}} }, `processing.scopes: "MOON" is not an area of data`},
			{"not authorised", func(d *registry.Draft) {
				d.Processing, d.Entitlements = &registry.Processing{}, entitlements("co-sare-gestione@group")
			}, "processing.authorised: must be true"},
			{"third party", func(d *registry.Draft) {
				d.Relationship, d.Entitlements = registry.ThirdPartyRelationship, entitlements("co-sare-gestione@group")
			}, "thirdParty.appointmentRef: required"},
			{"ended already", func(d *registry.Draft) { d.Active, d.Entitlements = false, entitlements("co-sare-gestione@group") }, "entitlements: the employment has ended"},
		} {
			d := draft(collaudini)
			tc.set(&d)
			_, err := w.Hire(ctx, w.hr, w.company.ID, d)
			if err == nil || registry.KindOf(err) != registry.Invalid || !strings.Contains(err.Error(), tc.words) {
				t.Errorf("%s: %v, want %q", tc.name, err, tc.words)
			}
		}
		if page, _ := w.Collaborators(ctx, w.hr, registry.Query{Company: w.company.ID, Limit: 1}); page.Total != 0 {
			t.Errorf("%d were hired all the same", page.Total)
		}
	})
}

func TestHireAdministrator(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		d := draft(collaudini, "amministratore@group")
		d.Stable = true
		_, err := w.Hire(ctx, w.hr, w.company.ID, d)
		refused(t, err, registry.Forbidden, "ADMIN_GRANT_SCOPE")
		trusted := w.client(w.company, registry.Scopes()...)
		d.Stable = false
		_, err = w.Hire(ctx, trusted, w.company.ID, d)
		refused(t, err, registry.Invalid, "employment.stable: must be true")
		d.Stable = true
		_, err = w.Hire(ctx, trusted, w.company.ID, d)
		w.needs(err)
	})
}

func TestHireAlreadyEnded(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		d := draft(collaudini)
		d.Active = false
		c := w.hireDraft(d)
		if got := w.read(c.ID); got.Status(w.Now()) != registry.StatusTerminated || !got.Employment.End.Equal(w.Now()) {
			t.Errorf("status %s, end %s", got.Status(w.Now()), got.Employment.End)
		}
		w.wantTrail("collaborator.hire DONE")
	})
}

// Two companies that hire the same stranger at once hire one person.
func TestHireTheSameStrangerTogether(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		errs := together(2, func(i int) error {
			actor, company := w.hr, w.company.ID
			if i == 1 {
				actor, company = w.rival, w.elsewhere.ID
			}
			_, err := w.Hire(ctx, actor, company, draft(collaudini))
			return err
		})
		if len(errs) > 0 {
			t.Fatalf("refused: %v", errs)
		}
		p := w.person(collaudini)
		w.needs(w.store.View(ctx, func(rd registry.Reader) error {
			all, err := rd.CollaboratorsOf(p.ID)
			if len(all) != 2 {
				t.Errorf("the person works in %d places, want 2", len(all))
			}
			return err
		}))
	})
}

func TestHireOneCodeTogether(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		errs := together(8, func(i int) error {
			d := draft(collaudini)
			d.UserName = strings.Repeat("u", i+1)
			_, err := w.Hire(ctx, w.hr, w.company.ID, d)
			return err
		})
		if len(errs) != 7 {
			t.Fatalf("%d of 8 were refused, want 7: %v", len(errs), errs)
		}
		for _, err := range errs {
			refused(t, err, registry.Conflict, "with id ")
		}
	})
}

func TestPreregistrationExpires(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.hire(collaudini, "co-sare-gestione@group")
		w.clock.advance(30*24*time.Hour - time.Microsecond)
		if got := w.read(c.ID).Status(w.Now()); got != registry.StatusPendingFirstAccess {
			t.Errorf("in the last instant: %s", got)
		}
		w.clock.advance(time.Microsecond)
		if got := w.choices(collaudini); got != nil {
			t.Errorf("a first access after the term opens %q", got)
		}
		report, err := w.Sweep(ctx)
		w.needs(err)
		got := w.read(c.ID)
		if report.Closed != 1 || got.Status(w.Now()) != registry.StatusExpired || got.Employment.CloseReason != registry.EndPreregExpired || got.Grants != nil {
			t.Errorf("swept %+v: %s, %s, grants %q", report, got.Status(w.Now()), got.Employment.CloseReason, named(got.Grants))
		}
	})
}
