package registry_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"varco/registry"
)

// Nothing else that is wrong with a request keeps a leaver in.
func TestEndIsNeverRefusedForSomethingElse(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group")
		after := w.mustChange(c.ID, func(d *registry.Draft) {
			d.Active, d.HomeUnit = false, "GONE"
			d.Entitlements = entitlements("co-sare-gestione@group", "co-sare-gestione@unit:GONE", "operatore-agenda@group")
		})
		if !after.Over(w.Now()) || len(after.Grants) != 0 {
			t.Errorf("still there: %+v", after)
		}
	})
}

// A period opened anew keeps a first day and an end that still lie ahead.
func TestRehireKeepsDatesAhead(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		start, end := w.Now().Add(60*24*time.Hour), w.Now().Add(120*24*time.Hour)
		d := draft(personCode())
		d.Start, d.End = start, end
		c := w.hireDraft(d)
		w.clock.advance(time.Minute)
		w.mustChange(c.ID, func(d *registry.Draft) { d.Active = false })
		after := w.mustChange(c.ID, func(d *registry.Draft) { d.Active, d.End = true, end })
		if !after.Employment.Start.Equal(start) || !after.Employment.End.Equal(end) {
			t.Errorf("from %v to %v, want %v to %v", after.Employment.Start, after.Employment.End, start, end)
		}
		w.clock.advance(90 * 24 * time.Hour) // nobody came: the pre-registration has expired
		after = w.mustChange(c.ID, func(d *registry.Draft) { d.Active = true })
		if !after.Employment.End.Equal(end) {
			t.Errorf("ends %v, want %v", after.Employment.End, end)
		}
	})
}

// Who is announced ahead has the whole term from the first day of work.
func TestPreregistrationCountsFromTheFirstDay(t *testing.T) {
	start := instant("2027-08-01T00:00:00Z")
	opened := instant("2027-05-20T08:00:00Z")
	for _, tt := range []struct{ start, opened, want time.Time }{
		{start, opened, start.Add(registry.PreregistrationLife)},
		{opened.Add(-time.Hour), opened, opened.Add(registry.PreregistrationLife)},
	} {
		e := registry.Employment{Start: tt.start, OpenedAt: tt.opened}
		if got := e.FirstAccessDue(); !got.Equal(tt.want) {
			t.Errorf("from %v, opened %v: due %v, want %v", tt.start, tt.opened, got, tt.want)
		}
		c := registry.Collaborator{Employment: e}
		if c.Over(tt.want.Add(-time.Microsecond)) || !c.Over(tt.want) {
			t.Errorf("from %v: over before its term, or not then", tt.start)
		}
	}
	onEachEngine(t, func(t *testing.T, w *world) {
		d := draft(esempi)
		d.Start = start
		c := w.hireDraft(d)
		w.clock.set("2027-08-30T12:00:00Z")
		w.enter(esempi)
		w.clock.set("2027-09-20T12:00:00Z")
		if got, err := w.Sweep(ctx); err != nil || got.Closed != 0 {
			t.Errorf("sweep closed %d, %v", got.Closed, err)
		}
		if w.read(c.ID).Over(w.Now()) {
			t.Error("over, though the person entered in time")
		}
	})
}

// Connectors take somebody out of a unit after deleting them.
func TestLeaveOfSomebodyDeleted(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		unit := w.unit("MO01")
		move := func(m registry.MemberDelta, external string) error {
			_, _, err := w.ChangeUnit(ctx, w.hr, w.company.ID, unit.ID, m, func(u registry.Unit) (registry.UnitDraft, error) {
				return registry.UnitDraft{Name: u.Name, ExternalID: u.ExternalID + external}, nil
			})
			return err
		}
		gone := []registry.CollaboratorID{"somebody"}
		w.needs(move(registry.MemberDelta{Leave: gone}, ""))
		refused(t, move(registry.MemberDelta{Join: gone}, ""), registry.Invalid, "members:")
		refused(t, move(registry.MemberDelta{}, strings.Repeat("x", 257)), registry.Invalid, "externalId: longer than 256 bytes")
	})
}

// The trail says what became of the authorisation to process, not only that something did.
func TestTrailOfProcessing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini)
		w.remember()
		w.mustChange(c.ID, func(d *registry.Draft) {
			d.Processing.Scopes, d.Processing.ReviewBy = []registry.Area{"CO", "OFFERTE"}, day("2028-01-31")
			d.ThirdParty = registry.ThirdParty{FiscalCode: logistica, AppointmentRef: "art. 28, 2027/3"}
		})
		changes := w.only().Changes
		for _, want := range []registry.Change{
			{Field: "processing.scopes", After: "CO OFFERTE"}, {Field: "processing.reviewBy", After: "2028-01-31"},
			{Field: "thirdParty.fiscalCode", After: string(logistica)}, {Field: "thirdParty.appointmentRef", After: "art. 28, 2027/3"},
		} {
			if !slices.Contains(changes, want) {
				t.Errorf("%+v is not in %+v", want, changes)
			}
		}
	})
}

// However often the last day is corrected, who was late stays late.
func TestCorrectionsLaunderNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini)
		w.clock.advance(30 * 24 * time.Hour)
		end := registry.DayOf(w.Now()).Add(-10)
		w.mustChange(c.ID, func(d *registry.Draft) { d.Active, d.End = false, end.End() })
		for _, last := range []registry.Day{end.Add(-1), end.Add(-2), end} {
			w.clock.advance(time.Hour)
			after := w.mustChange(c.ID, func(d *registry.Draft) { d.End = last.End() })
			if d, _ := after.Employment.Deadline(w.Now()); d.Outcome() != registry.OutcomeLate || d.LateDays != 10-5+end.Sub(last) {
				t.Errorf("last day %v: %s by %d days", last, d.Outcome(), d.LateDays)
			}
		}
	})
}

// A pre-registration that expires before a known end has had its access ended then.
func TestDeadlineOfAnExpiredPreregistration(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		d := draft(personCode())
		d.End = w.Now().Add(90 * 24 * time.Hour)
		c := w.hireDraft(d)
		w.clock.advance(31 * 24 * time.Hour)
		if _, err := w.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if d, known := w.read(c.ID).Employment.Deadline(w.Now()); !known || d.Outcome() != registry.OutcomeWithinTerm {
			t.Errorf("deadline %+v, %s", d, d.Outcome())
		}
	})
}

// What is kept in columns of its own has a limit, and the trail repeats no code.
func TestLimitsAndMasks(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini)
		long := strings.Repeat("x", 1025)
		for field, spoil := range map[string]func(*registry.Draft){
			"externalId":                func(d *registry.Draft) { d.ExternalID = long },
			"displayName":               func(d *registry.Draft) { d.DisplayName = long },
			"name.givenName":            func(d *registry.Draft) { d.GivenName = long },
			"name.familyName":           func(d *registry.Draft) { d.FamilyName = long },
			"employment.jobCode":        func(d *registry.Draft) { d.JobCode = long },
			"thirdParty.appointmentRef": func(d *registry.Draft) { d.ThirdParty.AppointmentRef = long },
			"processing.documentRef":    func(d *registry.Draft) { d.Processing.DocumentRef = long },
		} {
			_, _, err := w.change(c.ID, spoil)
			refused(t, err, registry.Invalid, field+": longer than")
		}
		_, err := w.OpenUnit(ctx, w.hr, w.company.ID, registry.NewUnit{Code: "C1", Name: "a\nb"}, nil)
		refused(t, err, registry.Invalid, "unit name: holds a control character")

		w.remember()
		w.mustChange(c.ID, func(d *registry.Draft) { d.UserName = string(collaudini) })
		if e := w.only(); strings.Contains(printed([]registry.AuditEntry{e}), string(collaudini)) {
			t.Errorf("the trail repeats the code: %+v", e)
		}
		w.remember()
		_, err = w.Collaborator(ctx, w.hr, w.company.ID, registry.CollaboratorID(long))
		refused(t, err, registry.NotFound, "not found")
		refused(t, w.Delete(ctx, w.hr, w.company.ID, registry.CollaboratorID(long), nil), registry.NotFound, "not found")
		if e := w.only(); len(e.Target) > 64 {
			t.Errorf("%d bytes of target in the trail", len(e.Target))
		}
	})
}
