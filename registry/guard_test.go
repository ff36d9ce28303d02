package registry_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"varco/registry"
)

// crew hires so many people and moves the clock on.
func (w *world) crew(n int) []registry.Collaborator {
	w.t.Helper()
	var all []registry.Collaborator
	for range n {
		all = append(all, w.hire(personCode(), "co-sare-gestione@group"))
	}
	w.clock.advance(time.Minute)
	return all
}

// crewAtTheLimit is a crew of which the client has ended the first five: one more is one too many.
func (w *world) crewAtTheLimit(n int) []registry.Collaborator {
	w.t.Helper()
	crew := w.crew(n)
	for _, c := range crew[:5] {
		w.needs(w.endAs(w.hr, c.ID))
	}
	return crew
}

func (w *world) endAs(actor registry.Actor, id registry.CollaboratorID) error {
	_, _, err := w.changeAs(actor, id, func(d *registry.Draft) { d.Active = false })
	return err
}

func (w *world) held() []registry.Hold {
	w.t.Helper()
	holds, err := w.Held(ctx, registry.SystemOperator, w.company.ID)
	w.needs(err)
	return holds
}

// wantOver compares how many of them are over now.
func (w *world) wantOver(t *testing.T, crew []registry.Collaborator, want int) {
	t.Helper()
	n := 0
	for _, c := range crew {
		if w.read(c.ID).Over(w.Now()) {
			n++
		}
	}
	if n != want {
		t.Errorf("%d of %d are over, want %d", n, len(crew), want)
	}
}

func TestGuardHoldsWhatIsTooMuch(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		crew := w.crewAtTheLimit(8)
		w.remember()
		held := crew[5]
		refused(t, w.endAs(w.hr, held.ID), registry.Conflict, "held for confirmation: more than 5 ends")
		if e := w.only(); e.Act != registry.ActHold || e.Outcome != registry.Done || e.Target != string(held.ID) {
			t.Errorf("the trail says %+v", e)
		}
		refused(t, w.endAs(w.hr, held.ID), registry.Conflict, "held for confirmation")
		refused(t, w.Delete(ctx, w.hr, w.company.ID, held.ID, nil), registry.Conflict, "held for confirmation")
		if holds := w.held(); len(holds) != 1 || holds[0].CollaboratorID != held.ID || !holds[0].RequestedAt.Equal(w.Now()) {
			t.Errorf("held: %+v", holds)
		}
		w.wantOver(t, crew, 5)
		notices, err := w.LeaseNotices(ctx, time.Minute, 100)
		w.needs(err)
		if len(notices) != 1 || notices[0].Kind != registry.NoticeEndHeld || notices[0].Recipient != "company:"+string(w.company.ID) {
			t.Errorf("notices: %+v", notices)
		}
		// One that says why is meant; others are not a client's sync.
		_, err = w.End(ctx, w.hr, w.company.ID, crew[6].ID, registry.EndMoved)
		w.needs(err)
		w.needs(w.endAs(w.officer, crew[7].ID))
		w.wantOver(t, crew, 7)
		// The hour over, the next five may go.
		w.clock.advance(time.Hour)
		w.needs(w.endAs(w.hr, held.ID))
		if holds := w.held(); len(holds) != 0 {
			t.Errorf("still held: %+v", holds)
		}
	})
}

func TestGuardCountsAFifthOfTheCompany(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		crew := w.crew(40)
		for i, c := range crew[:9] {
			err := w.endAs(w.hr, c.ID)
			if i < 8 {
				w.needs(err)
				continue
			}
			refused(t, err, registry.Conflict, "more than 8 ends")
		}
		w.wantOver(t, crew, 8)
	})
}

// The limit is a fifth of who is there now, not of who was there once.
func TestGuardFollowsACompanyThatShrinks(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		crew := w.crew(40)
		for _, c := range crew[:8] {
			w.needs(w.endAs(w.hr, c.ID))
		}
		for _, c := range crew[8:30] {
			w.needs(w.endAs(w.officer, c.ID))
		}
		w.clock.advance(2 * time.Hour)
		for _, c := range crew[30:35] {
			w.needs(w.endAs(w.hr, c.ID))
		}
		refused(t, w.endAs(w.hr, crew[35].ID), registry.Conflict, "more than 5 ends")
	})
}

// In a crowd of ends the staff is counted once a second, not for each of them.
func TestGuardCountsTheStaffOnceASecond(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		crew := w.crewAtTheLimit(7)
		refused(t, w.endAs(w.hr, crew[5].ID), registry.Conflict, "more than 5 ends")
		for range 30 {
			w.hire(personCode())
		}
		refused(t, w.endAs(w.hr, crew[6].ID), registry.Conflict, "more than 5 ends")
		w.clock.advance(time.Second)
		w.needs(w.endAs(w.hr, crew[6].ID))
	})
}

// A rehearsal is guarded as the act itself would be.
func TestGuardOfARehearsal(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		crew := w.crew(3)
		end := func(r *registry.Registry) error {
			for _, c := range crew {
				if _, err := r.End(ctx, w.hr, w.company.ID, c.ID, ""); err != nil {
					return err
				}
			}
			return nil
		}
		w.SetGuard(registry.Guard{Percent: 1, Minimum: 2})
		refused(t, w.Rehearse(ctx, end), registry.Conflict, "more than 2 ends")
		w.SetGuard(registry.Guard{Off: true})
		w.needs(w.Rehearse(ctx, end))
	})
}

// A client that says that somebody stays withdraws the end it asked for; who says something else does not.
func TestHeldEndIsWithdrawn(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		crew := w.crewAtTheLimit(6)
		held := crew[5].ID
		stays := func(d *registry.Draft) { d.Stays = true }
		change := func(actor registry.Actor, edit func(*registry.Draft)) {
			t.Helper()
			_, _, err := w.changeAs(actor, held, edit)
			w.needs(err)
		}
		refused(t, w.endAs(w.hr, held), registry.Conflict, "held for confirmation")
		change(w.hr, func(d *registry.Draft) { d.DisplayName = "x" })
		change(w.officer, stays)
		if len(w.held()) != 1 {
			t.Fatal("withdrawn by who did not ask for it")
		}
		w.remember()
		change(w.hr, stays)
		if e := w.only(); e.Act != registry.ActDismissHeld || e.Outcome != registry.Done || e.Target != string(held) || e.Actor != w.hr.String() {
			t.Errorf("the trail says %+v", e)
		}
		if c := w.read(held); len(w.held()) != 0 || !c.HeldEndAt.IsZero() {
			t.Errorf("still held: %+v", c)
		}
		w.clock.advance(10 * 24 * time.Hour)
		w.wantOver(t, crew, 5)
	})
}

func TestGuardOff(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		w.SetGuard(registry.Guard{Off: true})
		crew := w.crew(7)
		for _, c := range crew {
			w.needs(w.Rehearse(ctx, func(r *registry.Registry) error { // what would be held is told by the same guard
				_, err := r.End(ctx, w.hr, c.CompanyID, c.ID, "")
				return err
			}))
			w.needs(w.endAs(w.hr, c.ID))
		}
		w.wantOver(t, crew, 7)
	})
}

func TestGuardUnderRaces(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		crew := w.crew(16)
		var wg sync.WaitGroup
		var passed, refused atomic.Int32
		for _, c := range crew {
			wg.Go(func() {
				for {
					switch err := w.endAs(w.hr, c.ID); {
					case err == nil:
						passed.Add(1)
					case registry.KindOf(err) == registry.Conflict:
						refused.Add(1)
					case registry.KindOf(err) == registry.Unavailable:
						continue
					default:
						t.Error(err)
					}
					return
				}
			})
		}
		wg.Wait()
		if passed.Load() != 5 || refused.Load() != 11 || len(w.held()) != 11 {
			t.Errorf("%d passed, %d refused, %d held", passed.Load(), refused.Load(), len(w.held()))
		}
		w.wantOver(t, crew, 5)
	})
}

// A hold delays nothing beyond the five days: the right is gone before they are over, whether anything runs or not,
// and what is recorded is the end that was asked for.
func TestHoldNeverOutlivesTheTerm(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		crew := w.crewAtTheLimit(6)
		refused(t, w.endAs(w.hr, crew[5].ID), registry.Conflict, "2027-05-24T22:00:00Z") // asked for on the 20th, due on the 26th at 00:00 in Rome
		w.clock.set("2027-05-24T21:59:59Z")
		w.wantOver(t, crew, 5)
		w.clock.set("2027-05-24T22:00:00Z")
		w.wantOver(t, crew, 6)
		active := registry.Compare{Field: registry.FieldActive, Op: registry.Equal, Value: true}
		page, err := w.Collaborators(ctx, w.hr, registry.Query{Company: w.company.ID, Where: active, Limit: 10})
		w.needs(err)
		if page.Total != 0 {
			t.Errorf("%d are active still", page.Total)
		}
		if n, err := w.ConfirmHeld(ctx, registry.SystemOperator, w.company.ID); err != nil || n != 0 {
			t.Errorf("confirmed %d, %v: it has taken effect", n, err)
		}
		w.clock.advance(72 * time.Hour) // the sweep comes late: nobody is late for it
		report, err := w.Sweep(ctx)
		w.needs(err)
		if report.Closed != 1 || len(w.held()) != 0 {
			t.Errorf("closed %d, held %d", report.Closed, len(w.held()))
		}
		got := w.read(crew[5].ID)
		d, known := got.Employment.Deadline(w.Now())
		if !known || d.Outcome() != registry.OutcomeWithinTerm || d.LastDay.String() != "2027-05-20" || len(got.Grants) != 0 {
			t.Errorf("deadline %+v, grants %v", d, got.Grants)
		}
		if got.Employment.CloseReason != registry.EndTermination || !got.HeldEndAt.IsZero() {
			t.Errorf("closed as %+v", got.Employment)
		}
	})
}

// An end in the past leaves less time; one whose term is as good as over is never held.
func TestHoldOfAnEndInThePast(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		crew := w.crewAtTheLimit(7)
		w.clock.advance(time.Minute)
		ended := func(c registry.Collaborator, last string) error {
			_, _, err := w.change(c.ID, func(d *registry.Draft) {
				d.Start, d.End = day("2027-01-01").Start(), day(last).End()
			})
			return err
		}
		refused(t, ended(crew[5], "2027-05-18"), registry.Conflict, "2027-05-22T22:00:00Z")
		w.needs(ended(crew[6], "2027-05-15"))
		w.wantOver(t, crew, 6)
	})
}

func TestConfirmAndDismiss(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		crew := w.crewAtTheLimit(9)
		refused(t, w.endAs(w.hr, crew[5].ID), registry.Conflict, "held")
		refused(t, w.Delete(ctx, w.hr, w.company.ID, crew[6].ID, nil), registry.Conflict, "held")
		for _, nobody := range []registry.Actor{w.hr, w.rival, {Kind: registry.ActorPerson, ID: string(crew[7].PersonID), Company: w.company.ID}} {
			if n, err := w.ConfirmHeld(ctx, nobody, w.company.ID); err == nil || n != 0 {
				t.Errorf("%s confirmed %d", nobody, n)
			}
			if n, err := w.DismissHeld(ctx, nobody, w.company.ID); err == nil || n != 0 {
				t.Errorf("%s dismissed %d", nobody, n)
			}
		}
		n, err := w.DismissHeld(ctx, w.officer, w.company.ID)
		w.needs(err)
		if n != 2 || len(w.held()) != 0 {
			t.Errorf("dismissed %d, %d are left", n, len(w.held()))
		}
		w.clock.advance(10 * time.Minute)
		refused(t, w.endAs(w.hr, crew[5].ID), registry.Conflict, "held")
		refused(t, w.Delete(ctx, w.hr, w.company.ID, crew[6].ID, nil), registry.Conflict, "held")
		w.clock.advance(time.Minute)
		n, err = w.ConfirmHeld(ctx, registry.SystemOperator, w.company.ID)
		w.needs(err)
		if n != 2 || len(w.held()) != 0 {
			t.Errorf("confirmed %d, %d are left", n, len(w.held()))
		}
		if got := w.read(crew[5].ID); !got.Over(w.Now()) || !got.Employment.End.Equal(w.Now().Add(-time.Minute)) {
			t.Errorf("ended %v", got.Employment)
		}
		if _, err := w.Collaborator(ctx, w.hr, w.company.ID, crew[6].ID); registry.KindOf(err) != registry.NotFound || err == nil {
			t.Errorf("a confirmed delete left it: %v", err)
		}
		// For an hour the feed goes through.
		w.needs(w.endAs(w.hr, crew[5].ID))
		w.needs(w.endAs(w.hr, crew[7].ID))
		w.clock.advance(59 * time.Minute)
		w.needs(w.endAs(w.hr, crew[8].ID))
	})
}

// The administrator of the whole company may judge.
func TestAdministratorConfirms(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		d := draft(collaudi, "amministratore@group")
		d.Stable = true
		hired, err := w.Hire(ctx, w.officer, w.company.ID, d)
		w.needs(err)
		w.enter(collaudi)
		w.needs(w.AcceptPolicy(ctx, hired.PersonID, w.company.ID, "r"))
		boss := registry.Actor{Kind: registry.ActorPerson, ID: string(hired.PersonID)}
		crew := w.crewAtTheLimit(6)
		refused(t, w.endAs(w.hr, crew[5].ID), registry.Conflict, "held")
		n, err := w.ConfirmHeld(ctx, boss, w.company.ID)
		w.needs(err)
		if n != 1 {
			t.Errorf("confirmed %d", n)
		}
		if _, err := w.ConfirmHeld(ctx, boss, w.elsewhere.ID); err == nil || !strings.Contains(err.Error(), "only who administers") {
			t.Errorf("elsewhere: %v", err)
		}
	})
}
