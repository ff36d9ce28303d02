package registry_test

import (
	"slices"
	"testing"
	"time"

	"varco/registry"
)

// leave are the three ways an employment can be over.
var leave = map[string]func(w *world, c registry.Collaborator){
	"ended": func(w *world, c registry.Collaborator) { w.end(c.ID) },
	"end date swept": func(w *world, c registry.Collaborator) {
		w.lastDay(c)
		report, err := w.Sweep(ctx)
		w.needs(err)
		if report.Closed != 1 {
			w.t.Fatalf("swept %+v", report)
		}
	},
	"end date passed, no sweep": func(w *world, c registry.Collaborator) { w.lastDay(c) },
}

// lastDay makes today the last day of somebody and lets it pass.
func (w *world) lastDay(c registry.Collaborator) {
	w.t.Helper()
	today := registry.DayOf(w.Now())
	w.mustChange(c.ID, func(d *registry.Draft) { d.End = today.End() })
	w.clock.advance(today.End().Sub(w.Now()))
}

func rehire(d *registry.Draft) { d.Active = true }

// Whatever way somebody left, no grant and no session comes back with them.
func TestRehire(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		for name, leaves := range leave {
			d := draft(personCode(), "co-sare-gestione@group")
			d.Start = day("2020-01-01").Start()
			w.enter(d.FiscalCode)
			c := w.hireDraft(d)
			s := w.lateSession(d.FiscalCode)
			leaves(w, c)
			w.clock.advance(time.Hour)
			w.remember()

			back := w.mustChange(c.ID, rehire)
			if back.ID != c.ID || back.Status(w.Now()) != registry.StatusActive || back.Grants != nil {
				t.Errorf("%s: %s is %s with %q", name, back.ID, back.Status(w.Now()), named(back.Grants))
			}
			if w.effective(c.ID) != nil || w.holds(s) || w.choices(d.FiscalCode) != nil {
				t.Errorf("%s: came back: grants %q, session %v, choices %q", name, w.effective(c.ID), w.holds(s), w.choices(d.FiscalCode))
			}
			e := w.entry(registry.ActRehire)
			if unswept := name == "end date passed, no sweep"; (outcome(e) == "WITHIN_TERM") != unswept {
				t.Errorf("%s: the entry holds the outcome %q", name, outcome(e))
			}
			wantPeriods(t, w, c.ID, d.Start)
			if report, err := w.Sweep(ctx); err != nil || report.Closed != 0 {
				t.Errorf("%s: a sweep afterwards: %+v, %v", name, report, err)
			}
		}
	})
}

// lateSession is a session of the next evening, which would outlive midnight.
func (w *world) lateSession(code registry.FiscalCode) registry.Session {
	w.t.Helper()
	midnight := registry.DayOf(w.Now()).Add(1).End()
	w.clock.advance(midnight.Sub(w.Now()) - 2*time.Hour)
	return w.session(code, string(meccanica))
}

// wantPeriods tests that a period of long ago was closed and one of today opened.
func wantPeriods(t *testing.T, w *world, id registry.CollaboratorID, start time.Time) {
	t.Helper()
	periods, err := w.periods(w.hr, w.company.ID, id)
	w.needs(err)
	if len(periods) != 2 {
		t.Fatalf("periods %+v, want two", periods)
	}
	old, now := periods[0], periods[1]
	if !old.Start.Equal(start) || old.ClosedAt.IsZero() || old.CloseReason != registry.EndTermination {
		t.Errorf("the old period is %+v", old)
	}
	if !now.Start.Equal(registry.DayOf(w.Now()).Start()) || !now.End.IsZero() || !now.ClosedAt.IsZero() {
		t.Errorf("the new period is %+v", now)
	}
}

// The same profile granted anew is another grant: the old session stays over.
func TestRehireWithTheSameGrant(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		for name, leaves := range leave {
			code := personCode()
			c := w.worker(code, "co-sare-gestione@group")
			s := w.lateSession(code)
			leaves(w, c)
			back := w.mustChange(c.ID, func(d *registry.Draft) { rehire(d); d.Entitlements = entitlements("co-sare-gestione@group") })
			if len(back.Grants) != 1 || back.Grants[0].ID == c.Grants[0].ID || len(w.effective(c.ID)) != 1 {
				t.Errorf("%s: grants %+v, effective %q", name, back.Grants, w.effective(c.ID))
			}
			if w.holds(s) {
				t.Errorf("%s: the old session came back", name)
			}
			if fresh := w.session(code, string(meccanica)); !w.holds(fresh) {
				t.Errorf("%s: a new session does not hold", name)
			}
		}
	})
}

func TestRehireDates(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini)
		w.end(c.ID)
		w.clock.advance(48 * time.Hour)
		_, _, err := w.change(c.ID, func(d *registry.Draft) { rehire(d); d.End = day("2027-05-20").End() })
		refused(t, err, registry.Invalid, "employment.endDate: lies in the past, which contradicts active true")
		_, _, err = w.change(c.ID, func(d *registry.Draft) {
			rehire(d)
			d.Start, d.End = day("2027-08-01").Start(), day("2027-07-01").End()
		})
		refused(t, err, registry.Invalid, "employment.endDate: lies before employment.startDate")
		back := w.mustChange(c.ID, func(d *registry.Draft) {
			rehire(d)
			d.Start, d.End = day("2027-06-01").Start(), day("2027-12-31").End()
		})
		if back.Status(w.Now()) != registry.StatusScheduled || !back.Employment.EndKnownAt.Equal(w.Now()) || !back.Employment.OpenedAt.Equal(w.Now()) {
			t.Errorf("%s, %+v", back.Status(w.Now()), back.Employment)
		}
	})
}

// The term for the first access begins anew with the new period.
func TestRehireOfSomebodyWhoNeverEntered(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.hire(collaudini, "co-sare-gestione@group")
		w.clock.advance(31 * 24 * time.Hour)
		back := w.mustChange(c.ID, rehire)
		if back.Status(w.Now()) != registry.StatusPendingFirstAccess || back.Grants != nil {
			t.Errorf("%s with %q", back.Status(w.Now()), named(back.Grants))
		}
		periods, err := w.periods(w.hr, w.company.ID, c.ID)
		w.needs(err)
		if len(periods) != 2 || periods[0].CloseReason != registry.EndPreregExpired {
			t.Errorf("periods %+v", periods)
		}
		w.clock.advance(29 * 24 * time.Hour)
		w.enter(collaudini)
		w.clock.advance(365 * 24 * time.Hour)
		if got := w.read(c.ID).Status(w.Now()); got != registry.StatusActive {
			t.Errorf("entered within the new term: %s", got)
		}
	})
}

func TestRehireTogether(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group")
		w.end(c.ID)
		w.clock.advance(time.Hour)
		w.remember()
		if errs := together(8, func(int) error { _, _, err := w.change(c.ID, rehire); return err }); len(errs) > 0 {
			t.Errorf("refused: %v", errs)
		}
		w.wantTrail("collaborator.rehire DONE")
		periods, err := w.periods(w.hr, w.company.ID, c.ID)
		if err != nil || len(periods) != 2 {
			t.Errorf("%d periods, %v", len(periods), err)
		}
	})
}

func TestRehireSeveralTimes(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini)
		var opened []time.Time
		for range 3 {
			w.end(c.ID)
			w.clock.advance(24 * time.Hour)
			opened = append(opened, w.mustChange(c.ID, rehire).Employment.OpenedAt)
		}
		periods, err := w.periods(w.hr, w.company.ID, c.ID)
		w.needs(err)
		var got []time.Time
		for _, p := range periods[1:] {
			got = append(got, p.OpenedAt)
		}
		if !slices.EqualFunc(got, opened, time.Time.Equal) {
			t.Errorf("periods opened at %v, want %v", got, opened)
		}
	})
}
