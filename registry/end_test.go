package registry_test

import (
	"slices"
	"testing"
	"time"

	"varco/registry"
)

func TestEndEndsEverything(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group", "offerte-lavoro-gestione@unit:MO02")
		_, err := w.Hire(ctx, w.rival, w.elsewhere.ID, draft(collaudini, "co-sare-gestione@group"))
		w.needs(err)
		first, second := w.session(collaudini, string(meccanica)), w.session(collaudini, string(meccanica))
		other, citizen := w.session(collaudini, string(logistica)), w.session(collaudini, registry.Citizen)
		w.notices()
		w.remember()

		after := w.end(c.ID)
		if after.Grants != nil || after.Status(w.Now()) != registry.StatusTerminated || after.Version != 2 {
			t.Errorf("answered with %s, version %d, grants %q", after.Status(w.Now()), after.Version, named(after.Grants))
		}
		got := w.read(c.ID)
		if got.Grants != nil || !got.Employment.End.Equal(w.Now()) || !got.Employment.ClosedAt.Equal(w.Now()) || got.Employment.CloseReason != registry.EndTermination {
			t.Errorf("kept %+v, grants %q", got.Employment, named(got.Grants))
		}
		if w.holds(first) || w.holds(second) || !w.holds(other) || !w.holds(citizen) {
			t.Errorf("sessions hold: %v %v, in another company %v, as a citizen %v", w.holds(first), w.holds(second), w.holds(other), w.holds(citizen))
		}
		e := w.only()
		if e.Act != registry.ActEnd || e.Reason != "TERMINATION" || e.Person != c.PersonID || e.Outcome != registry.Done {
			t.Errorf("entry %+v", e)
		}
		if !slices.Contains(e.Changes, registry.Change{Field: "deadline", After: "WITHIN_TERM"}) {
			t.Errorf("changes %+v, want the deadline's outcome", e.Changes)
		}
		wantEnded(t, w.notices(), first, second)
		if got := w.choices(collaudini); !slices.Equal(got, []string{string(logistica)}) {
			t.Errorf("a new login offers %q", got)
		}
	})
}

// wantEnded tests that the applications are told of exactly these sessions.
func wantEnded(t *testing.T, notices []registry.Notice, sessions ...registry.Session) {
	t.Helper()
	var got, want []string
	for _, n := range notices {
		got = append(got, string(n.Kind)+" "+n.Recipient+" "+n.Subject)
	}
	for _, s := range sessions {
		want = append(want, "SESSION_ENDED "+s.Application+" "+string(s.ID))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("notices %q, want %q", got, want)
	}
}

func TestEndTwice(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group")
		first := w.end(c.ID)
		w.remember()
		w.clock.advance(time.Hour)
		again := w.end(c.ID)
		if again.Version != first.Version || !again.Employment.End.Equal(first.Employment.End) {
			t.Errorf("the second end made version %d, end %s", again.Version, again.Employment.End)
		}
		w.wantTrail()
	})
}

// An end that is known and still ahead does not hold up one that is now.
func TestEndBeforeTheEndDate(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group")
		w.mustChange(c.ID, func(d *registry.Draft) { d.End = day("2027-12-31").End() })
		s := w.session(collaudini, string(meccanica))
		w.clock.advance(time.Minute)
		after := w.end(c.ID)
		if !after.Employment.End.Equal(w.Now()) || !after.Employment.EndKnownAt.Equal(w.Now()) || w.holds(s) || w.effective(c.ID) != nil {
			t.Errorf("employment %+v, session holds %v, effective %q", after.Employment, w.holds(s), w.effective(c.ID))
		}
	})
}

// Of many ends at once one is done and recorded; the others find nothing to do.
func TestEndTogether(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group")
		s := w.session(collaudini, string(meccanica))
		w.remember()
		errs := together(16, func(int) error {
			after, err := w.End(ctx, w.hr, w.company.ID, c.ID, "")
			if err == nil && after.Status(w.Now()) != registry.StatusTerminated {
				t.Errorf("answered with %s", after.Status(w.Now()))
			}
			return err
		})
		if len(errs) > 0 {
			t.Errorf("refused: %v", errs)
		}
		w.wantTrail("collaborator.end DONE")
		if w.holds(s) || w.read(c.ID).Version != 2 {
			t.Errorf("session holds %v, version %d", w.holds(s), w.read(c.ID).Version)
		}
	})
}

// Whatever comes first, no session survives an end.
func TestEndWhileSomebodyChooses(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		for range 5 {
			code := personCode()
			c := w.worker(code, "co-sare-gestione@group")
			cookie := w.enter(code).VisitCookie
			var chosen registry.Chosen
			together(2, func(i int) error {
				if i == 0 {
					_, err := w.End(ctx, w.hr, w.company.ID, c.ID, "")
					return err
				}
				var err error
				chosen, err = w.Choose(ctx, cookie, string(meccanica), everything, "")
				return err
			})
			if id := chosen.Session.ID; id != "" {
				_, holds, err := w.SessionHolds(ctx, application, id)
				if holds || err != nil && registry.KindOf(err) != registry.NotFound {
					t.Errorf("a session survived: %v, %v", holds, err)
				}
			}
		}
	})
}

func TestEndReasons(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		for _, reason := range []registry.EndReason{registry.EndLossOfQuality, registry.EndIncident, registry.EndMoved} {
			code := personCode()
			c := w.worker(code, "co-sare-gestione@group")
			s := w.session(code, string(meccanica))
			w.remember()
			_, err := w.End(ctx, w.hr, w.company.ID, c.ID, reason)
			w.needs(err)
			ended, _, err := w.SessionHolds(ctx, application, s.ID)
			w.needs(err)
			if e := w.only(); e.Reason != string(reason) || ended.EndReason != reason || w.read(c.ID).Employment.CloseReason != reason {
				t.Errorf("%s: entry says %s, session %s", reason, e.Reason, ended.EndReason)
			}
		}
	})
}

// Reserved profiles end with the employment, though a company cannot take them
// away alone (A-07, L6-12).
func TestEndTakesReservedProfiles(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		accredited, err := w.RegisterCompany(ctx, w.officer, registry.NewCompany{
			FiscalCode: tirocini, Name: "Ente Prova", Types: []string{"DATORE_PRIVATO"}, Units: []registry.NewUnit{{Code: "BO01", Name: "Bologna"}},
			Qualifications: []registry.Qualification{{Kind: "ACCREDITATO", From: w.Now()}}})
		w.needs(err)
		hr := w.client(accredited, registry.Scopes()...)
		w.enter(collaudini)
		c, err := w.Hire(ctx, w.officer, accredited.ID, draft(collaudini, "operatore-agenda@unit:BO01"))
		w.needs(err)
		_, _, err = w.Amend(ctx, hr, accredited.ID, c.ID, func(c registry.Collaborator, now time.Time) (registry.Draft, error) {
			d := c.Draft(now)
			d.Entitlements = nil
			return d, nil
		})
		refused(t, err, registry.Forbidden, "RESERVED_PROFILE")
		after, err := w.End(ctx, hr, accredited.ID, c.ID, "")
		if err != nil || after.Grants != nil {
			t.Errorf("after the end: grants %q, %v", named(after.Grants), err)
		}
	})
}

func TestDelete(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		d := draft(collaudini, "co-sare-gestione@group")
		d.ExternalID = "MF1000"
		w.enter(collaudini)
		c := w.hireDraft(d)
		s := w.session(collaudini, string(meccanica))
		w.remember()
		w.needs(w.Delete(ctx, w.hr, w.company.ID, c.ID, nil))
		if e := w.only(); e.Act != registry.ActDelete || e.Target != string(c.ID) || e.Person != c.PersonID {
			t.Errorf("entry %+v", e)
		}
		for name, err := range map[string]error{
			"read":   second(w.Collaborator(ctx, w.hr, w.company.ID, c.ID)),
			"end":    second(w.End(ctx, w.hr, w.company.ID, c.ID, "")),
			"delete": w.Delete(ctx, w.hr, w.company.ID, c.ID, nil),
		} {
			if err == nil || registry.KindOf(err) != registry.NotFound {
				t.Errorf("%s after the deletion: %v", name, err)
			}
		}
		if w.holds(s) || w.choices(collaudini) != nil {
			t.Errorf("session holds %v, choices %q", w.holds(s), w.choices(collaudini))
		}
		again := w.hireDraft(d)
		if again.ID == c.ID || again.PersonID != c.PersonID {
			t.Errorf("hired again as %s, person %s; before %s, %s", again.ID, again.PersonID, c.ID, c.PersonID)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestDeleteCondition(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group")
		err := w.Delete(ctx, w.hr, w.company.ID, c.ID, func(got registry.Collaborator, now time.Time) error {
			if got.Version != 1 || !now.Equal(w.Now()) {
				t.Errorf("the condition sees version %d at %s", got.Version, now)
			}
			return &registry.Error{Kind: registry.Stale, Msg: "version: no longer the current one"}
		})
		refused(t, err, registry.Stale, "version")
		if got := w.effective(c.ID); len(got) != 1 {
			t.Errorf("after the refusal %q have effect", got)
		}
	})
}

// A collaborator whose end has come can be deleted, whether or not a sweep came by.
func TestDeleteAfterTheEnd(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		swept, unswept := w.worker(collaudini), w.worker(provini, "co-sare-gestione@group")
		w.end(swept.ID)
		w.mustChange(unswept.ID, func(d *registry.Draft) { d.End = day("2027-05-21").End() })
		w.clock.set("2027-05-25T08:00:00Z")
		for _, c := range []registry.Collaborator{swept, unswept} {
			w.needs(w.Delete(ctx, w.hr, w.company.ID, c.ID, nil))
		}
		report, err := w.Sweep(ctx)
		if err != nil || report.Closed != 0 {
			t.Errorf("a sweep after the deletion: %+v, %v", report, err)
		}
	})
}
