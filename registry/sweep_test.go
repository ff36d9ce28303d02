package registry_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"varco/registry"
)

func outcome(e registry.AuditEntry) string {
	s := ""
	for _, c := range e.Changes {
		switch c.Field {
		case "deadline":
			s += c.After
		case "deadline.lateDays":
			s += " by " + c.After
		}
	}
	return s
}

// The end date is tested by every decision; no sweep has come by in this story.
func TestEndDateWithoutSweep(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@unit:MO02", "offerte-lavoro-gestione@unit:MO02")
		w.clock.set("2027-05-28T20:00:00Z")
		before := w.session(collaudini, string(meccanica)) // when no end was known
		told := w.mustChange(c.ID, func(d *registry.Draft) { d.End = day("2027-05-28").End() })
		if got := told.Status(w.Now()); got != registry.StatusTerminating {
			t.Errorf("status %s", got)
		}
		w.clock.set("2027-05-28T21:59:59.999999Z")
		cookie := w.enter(collaudini).VisitCookie
		during := w.session(collaudini, string(meccanica))
		if !w.holds(before) || !w.holds(during) || len(w.effective(c.ID)) != 2 {
			t.Errorf("in the last instant: sessions hold %v %v, effective %q", w.holds(before), w.holds(during), w.effective(c.ID))
		}
		if want := day("2027-05-28").End(); !during.NotOnOrAfter.Equal(want) {
			t.Errorf("the session lasts to %s, want the end of the employment", during.NotOnOrAfter)
		}

		w.clock.set("2027-05-28T22:00:00Z")
		if w.holds(before) || w.holds(during) || w.effective(c.ID) != nil || w.choices(collaudini) != nil {
			t.Errorf("at the end: sessions hold %v %v, effective %q, choices %q", w.holds(before), w.holds(during), w.effective(c.ID), w.choices(collaudini))
		}
		_, err := w.Choose(ctx, cookie, string(meccanica), everything, "")
		refused(t, err, registry.Forbidden, "acting_for: no right has effect for this company")
		got := w.read(c.ID)
		if got.Status(w.Now()) != registry.StatusTerminated || !got.Employment.ClosedAt.IsZero() || len(got.Grants) != 2 {
			t.Errorf("%s, closed at %s, %d grants; want nothing recorded yet", got.Status(w.Now()), got.Employment.ClosedAt, len(got.Grants))
		}
		active := registry.Query{Company: w.company.ID, Where: registry.Compare{Field: registry.FieldActive, Op: registry.Equal, Value: true}, Limit: 10}
		if page, err := w.Collaborators(ctx, w.hr, active); err != nil || page.Total != 0 {
			t.Errorf("%d are found active, %v", page.Total, err)
		}
	})
}

func TestSweep(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@unit:MO02", "offerte-lavoro-gestione@unit:MO02")
		staying := w.worker(provini, "co-sare-gestione@group")
		s := w.session(collaudini, string(meccanica))
		w.mustChange(c.ID, func(d *registry.Draft) { d.End = day("2027-05-20").End() })
		w.clock.set("2027-05-20T22:00:00Z")
		w.clock.advance(-time.Microsecond)
		early, err := w.Sweep(ctx)
		if err != nil || early.Closed != 0 {
			t.Fatalf("before the end: %+v, %v", early, err)
		}

		w.clock.set("2027-06-30T10:00:00Z") // weeks after the fifth day: late for the sweep, not for the access
		w.remember()
		report, err := w.Sweep(ctx)
		if err != nil || report != (registry.SweepReport{Closed: 1}) {
			t.Errorf("report %+v, %v", report, err)
		}
		e := w.only()
		if e.Actor != "SYSTEM:deadline" || e.Act != registry.ActEnd || e.Target != string(c.ID) || e.Company != w.company.ID || outcome(e) != "WITHIN_TERM" {
			t.Errorf("entry %+v", e)
		}
		got := w.read(c.ID)
		if got.Grants != nil || !got.Employment.ClosedAt.Equal(w.Now()) || got.Employment.CloseReason != registry.EndTermination {
			t.Errorf("grants %q, employment %+v", named(got.Grants), got.Employment)
		}
		if w.holds(s) || len(w.effective(staying.ID)) != 1 {
			t.Errorf("session holds %v; somebody else's effective %q", w.holds(s), w.effective(staying.ID))
		}

		w.remember()
		again, err := w.Sweep(ctx)
		if err != nil || again.Closed != 0 {
			t.Errorf("a second sweep: %+v, %v", again, err)
		}
		w.wantTrail()
	})
}

// The applications are told when the sweep ends a session that has not run out.
func TestSweepTellsApplications(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group")
		w.clock.set("2027-05-20T20:00:00Z")
		s := w.session(collaudini, string(meccanica))
		w.mustChange(c.ID, func(d *registry.Draft) { d.End = day("2027-05-20").End() })
		w.clock.set("2027-05-20T22:00:01Z")
		_, err := w.Sweep(ctx)
		w.needs(err)
		wantEnded(t, w.notices(), s)
	})
}

func TestSweepsTogether(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		const leavers = 12
		for range leavers {
			d := draft(personCode())
			d.End = day("2027-05-20").End()
			w.hireDraft(d)
		}
		w.clock.set("2027-05-21T00:00:00Z")
		w.remember()
		var closed atomic.Int64
		errs := together(4, func(int) error {
			report, err := w.Sweep(ctx)
			closed.Add(int64(report.Closed))
			return err
		})
		if len(errs) > 0 || closed.Load() != leavers {
			t.Errorf("closed %d of %d, %v", closed.Load(), leavers, errs)
		}
		w.wantTrail(slices.Repeat([]string{"collaborator.end DONE"}, leavers)...)
	})
}

func TestSweepGoesOnUntilNothingIsDue(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		const leavers = 205 // more than one batch
		for range leavers {
			d := draft("")
			d.UserName, d.End = string(personCode()), day("2027-05-20").End()
			w.hireDraft(d)
		}
		w.clock.set("2027-05-21T00:00:00Z")
		if report, err := w.Sweep(ctx); err != nil || report.Closed != leavers {
			t.Errorf("closed %d of %d, %v", report.Closed, leavers, err)
		}
	})
}

// What became of the five days, when the end is told afterwards. Friday 28 May is
// the last day; 2 June is a holiday and the fifth day all the same.
func TestEndToldAfterwards(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		for _, tc := range []struct{ name, now, outcome string }{
			{"on the third day", "2027-06-01T07:00:00Z", "WITHIN_TERM"},
			{"in the last instant", "2027-06-02T21:59:59.999999Z", "WITHIN_TERM"},
			{"as the term is over", "2027-06-02T22:00:00Z", "LATE by 1"},
			{"on the seventh day", "2027-06-04T07:00:00Z", "LATE by 2"},
		} {
			code := personCode()
			d := draft(code, "co-sare-gestione@group")
			d.Start = day("2020-01-01").Start()
			w.enter(code)
			c := w.hireDraft(d)
			w.mark = instant(tc.now)
			w.clock.set(tc.now)
			s := w.session(code, string(meccanica))
			w.mustChange(c.ID, func(d *registry.Draft) { d.Active, d.End = false, day("2027-05-28").End() })
			e := w.entry(registry.ActEnd)
			if outcome(e) != tc.outcome {
				t.Errorf("%s: entry %+v, want %s", tc.name, e, tc.outcome)
			}
			if w.holds(s) || w.effective(c.ID) != nil {
				t.Errorf("%s: session holds %v, effective %q", tc.name, w.holds(s), w.effective(c.ID))
			}
			wantAlarm(t, w.notices(), c.ID, strings.HasPrefix(tc.outcome, "LATE"))
		}
	})
}

// wantAlarm tests that the agency is told of a late revocation, and only of one.
func wantAlarm(t *testing.T, notices []registry.Notice, id registry.CollaboratorID, late bool) {
	t.Helper()
	told := slices.ContainsFunc(notices, func(n registry.Notice) bool {
		return n.Kind == registry.NoticeRevocationLate && n.Recipient == "agency" && n.Subject == string(id)
	})
	if told != late {
		t.Errorf("the agency was told: %v; late: %v", told, late)
	}
}

// deadlineBook is the real store, with an eye on the deadlines written through it.
type deadlineBook struct {
	registry.Store
	written *[]registry.Deadline
}

type deadlineTx struct {
	registry.Tx
	written *[]registry.Deadline
}

func (s deadlineBook) Update(ctx context.Context, fn func(registry.Tx) error) error {
	return s.Store.Update(ctx, func(tx registry.Tx) error { return fn(deadlineTx{tx, s.written}) })
}

func (tx deadlineTx) InsertDeadline(id registry.CollaboratorID, d registry.Deadline, at time.Time) error {
	*tx.written = append(*tx.written, d)
	return tx.Tx.InsertDeadline(id, d, at)
}

// Each way an employment ends keeps what became of the five days.
func TestDeadlineIsKept(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		var written []registry.Deadline
		w.Registry = registry.New(deadlineBook{w.store, &written}, w.clock.Now, secret)
		for name, leaves := range leave {
			c := w.worker(personCode())
			leaves(w, c)
			w.mustChange(c.ID, rehire)
			if len(written) != 1 || written[0].Outcome() != registry.OutcomeWithinTerm || written[0].DoneAt.After(w.Now()) {
				t.Errorf("%s: written %+v", name, written)
			}
			written = nil
			w.clock.advance(time.Hour)
		}
	})
}

// An end date alone is enough, without active false.
func TestEndDateInThePast(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group")
		s := w.session(collaudini, string(meccanica))
		w.remember()
		w.mustChange(c.ID, func(d *registry.Draft) { d.Start, d.End = day("2020-01-01").Start(), day("2027-05-19").End() })
		if e := w.only(); e.Act != registry.ActEnd || outcome(e) != "WITHIN_TERM" {
			t.Errorf("entry %+v", e)
		}
		if w.holds(s) || w.read(c.ID).Grants != nil {
			t.Errorf("session holds %v, grants %q", w.holds(s), named(w.read(c.ID).Grants))
		}
	})
}

func TestEndDateWithdrawn(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group")
		w.mustChange(c.ID, func(d *registry.Draft) { d.End = day("2027-05-20").End() })
		w.mustChange(c.ID, func(d *registry.Draft) { d.End = time.Time{} })
		w.clock.set("2027-05-21T10:00:00Z")
		report, err := w.Sweep(ctx)
		got := w.read(c.ID)
		if err != nil || report.Closed != 0 || got.Status(w.Now()) != registry.StatusActive || !got.Employment.EndKnownAt.IsZero() {
			t.Errorf("swept %+v: %s, %+v, %v", report, got.Status(w.Now()), got.Employment, err)
		}
	})
}

// The last day can be corrected afterwards; when access ended stays what it was.
func TestCorrectLastDay(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		d := draft(collaudini, "co-sare-gestione@group")
		d.Start = day("2020-01-01").Start()
		w.enter(collaudini)
		c := w.hireDraft(d)
		w.clock.set("2027-06-04T07:00:00Z")
		w.end(c.ID)
		done := w.Now()
		w.clock.set("2027-06-10T07:00:00Z")
		w.remember()
		w.mustChange(c.ID, func(d *registry.Draft) { d.End = day("2027-05-28").End() })
		if e := w.only(); outcome(e) != "LATE by 2" || e.Act != registry.ActEnd {
			t.Errorf("entry %+v", e)
		}
		got := w.read(c.ID)
		deadline, _ := got.Employment.Deadline(w.Now())
		if !deadline.DoneAt.Equal(done) || !got.Employment.ClosedAt.Equal(done) || deadline.LastDay != day("2027-05-28") {
			t.Errorf("deadline %+v, closed at %s; access ended at %s", deadline, got.Employment.ClosedAt, done)
		}
		for words, end := range map[string]time.Time{
			"send active true to open a new period": day("2027-07-31").End(),
			"lies before employment.startDate":      day("2019-12-31").End(),
		} {
			_, _, err := w.change(c.ID, func(d *registry.Draft) { d.End = end })
			refused(t, err, registry.Invalid, words)
		}
	})
}

// Amending somebody whose end has come records the end as a sweep would.
func TestAmendAfterTheEnd(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group")
		w.mustChange(c.ID, func(d *registry.Draft) { d.End = day("2027-05-20").End() })
		w.clock.set("2027-05-25T08:00:00Z")
		w.remember()
		got := w.mustChange(c.ID, func(d *registry.Draft) { d.DisplayName = "A. C." })
		if got.Grants != nil || !got.Employment.ClosedAt.Equal(w.Now()) || got.DisplayName != "A. C." {
			t.Errorf("grants %q, employment %+v", named(got.Grants), got.Employment)
		}
		if e := w.only(); e.Act != registry.ActEnd || outcome(e) != "WITHIN_TERM" {
			t.Errorf("entry %+v", e)
		}
		_, _, err := w.change(c.ID, func(d *registry.Draft) { d.Entitlements = entitlements("co-sare-gestione@group") })
		refused(t, err, registry.Invalid, "entitlements: the employment has ended")
	})
}
