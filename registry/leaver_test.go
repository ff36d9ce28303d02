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
		start, end := w.Now().Add(60*24*time.Hour), w.Now().Add(90*24*time.Hour)
		d := draft(personCode())
		d.Start, d.End = start, end
		c := w.hireDraft(d)
		w.clock.advance(30 * 24 * time.Hour) // nobody came: the pre-registration has expired
		after := w.mustChange(c.ID, func(d *registry.Draft) { d.Active = true })
		if !after.Employment.Start.Equal(start) || !after.Employment.End.Equal(end) {
			t.Errorf("from %v to %v, want %v to %v", after.Employment.Start, after.Employment.End, start, end)
		}
	})
}

// Connectors take somebody out of a unit after deleting them.
func TestLeaveOfSomebodyDeleted(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		unit := w.unit("MO01")
		move := func(d registry.UnitDraft) error {
			_, _, err := w.ChangeUnit(ctx, w.hr, w.company.ID, unit.ID, func(u registry.Unit) (registry.UnitDraft, error) {
				d.Name, d.ExternalID = u.Name, u.ExternalID+d.ExternalID
				return d, nil
			})
			return err
		}
		gone := []registry.CollaboratorID{"somebody"}
		w.needs(move(registry.UnitDraft{Leave: gone}))
		refused(t, move(registry.UnitDraft{Join: gone}), registry.Invalid, "members:")
		refused(t, move(registry.UnitDraft{ExternalID: strings.Repeat("x", 257)}), registry.Invalid, "externalId: longer than 256 bytes")
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
