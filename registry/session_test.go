package registry_test

import (
	"testing"
	"time"

	"varco/registry"
)

// Each of these alone ends a session that holds otherwise.
func TestSessionEnds(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		w.worker(provini, "co-sare-gestione@group")
		witness := w.session(provini, string(meccanica))
		for name, tc := range map[string]struct {
			do     func(c registry.Collaborator, in registry.Entered)
			reason registry.EndReason
		}{
			"ended": {func(c registry.Collaborator, _ registry.Entered) { w.end(c.ID) }, registry.EndTermination},
			"grant revoked": {func(c registry.Collaborator, _ registry.Entered) {
				w.mustChange(c.ID, func(d *registry.Draft) { d.Entitlements = entitlements("co-sare-gestione@unit:MO01") })
			}, registry.EndRevoked},
			"processing no longer authorised": {func(c registry.Collaborator, _ registry.Entered) {
				w.mustChange(c.ID, func(d *registry.Draft) { d.Processing = &registry.Processing{} })
			}, registry.EndProcessingLost},
			"person blocked": {func(c registry.Collaborator, _ registry.Entered) {
				w.needs(w.Block(ctx, w.officer, c.Person.FiscalCode))
				w.needs(w.Unblock(ctx, w.officer, c.Person.FiscalCode))
			}, registry.EndPersonBlocked},
			"logged out": {func(_ registry.Collaborator, in registry.Entered) { w.needs(w.Leave(ctx, in.LoginCookie, "")) }, registry.EndLogout},
		} {
			code := personCode()
			c := w.worker(code, "co-sare-gestione@group", "co-sare-gestione@unit:MO01")
			in := w.enter(code)
			chosen, err := w.Choose(ctx, in.VisitCookie, string(meccanica), everything, "")
			w.needs(err)
			w.notices()
			if !w.holds(chosen.Session) {
				t.Fatalf("%s: the session does not hold before", name)
			}
			tc.do(c, in)
			s, holds, err := w.SessionHolds(ctx, application, chosen.Session.ID)
			if err != nil || holds || s.EndReason != tc.reason || !s.EndedAt.Equal(w.Now()) {
				t.Errorf("%s: holds %v, ended %s for %s, %v", name, holds, s.EndedAt, s.EndReason, err)
			}
			wantEnded(t, w.notices(), chosen.Session)
		}
		if !w.holds(witness) {
			t.Error("somebody else's session ended too")
		}
	})
}

// What time alone ends needs nobody to record it.
func TestSessionRunsOut(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		w.worker(collaudini, "co-sare-gestione@group")
		company, citizen := w.session(collaudini, string(meccanica)), w.session(collaudini, registry.Citizen)
		w.clock.advance(8*time.Hour - time.Microsecond)
		if !w.holds(company) || !w.holds(citizen) {
			t.Errorf("in the last instant: %v, as a citizen %v", w.holds(company), w.holds(citizen))
		}
		w.clock.advance(time.Microsecond)
		if w.holds(company) || w.holds(citizen) {
			t.Errorf("after eight hours: %v, as a citizen %v", w.holds(company), w.holds(citizen))
		}
	})
}

// A session stays when a grant is added, or one that was not released in it ends.
func TestSessionStays(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group", "offerte-lavoro-gestione@unit:MO02")
		chosen, err := w.Choose(ctx, w.enter(collaudini).VisitCookie, string(meccanica), releasing("co-sare-gestione"), "")
		w.needs(err)
		w.mustChange(c.ID, func(d *registry.Draft) {
			d.Entitlements = append(d.Entitlements, entitlements("co-sare-visualizzazione@group")...)
		})
		w.mustChange(c.ID, func(d *registry.Draft) { d.Entitlements = entitlements("co-sare-gestione@group") })
		w.mustChange(c.ID, func(d *registry.Draft) { d.DisplayName, d.HomeUnit = "A. C.", "MO03" })
		w.needs(w.CloseUnit(ctx, w.hr, w.company.ID, w.unit("MO02").ID, nil))
		if !w.holds(chosen.Session) {
			t.Error("the session ended")
		}
		if got := w.notices(); got != nil {
			t.Errorf("notices %+v", got)
		}
	})
}

// An application asks about its own sessions only.
func TestSessionOfAnotherApplication(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		s := w.session(collaudini, registry.Citizen)
		for _, other := range []string{"https://other.example/metadata", ""} {
			_, holds, err := w.SessionHolds(ctx, other, s.ID)
			refused(t, err, registry.NotFound, "no such session")
			if holds {
				t.Errorf("it holds for %q", other)
			}
		}
		_, _, err := w.SessionHolds(ctx, application, "made-up")
		refused(t, err, registry.NotFound, "not found")
	})
}
