package registry_test

import (
	"testing"
	"time"

	"varco/registry"
)

func TestVisitCookiesRotate(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		a := w.arrive(collaudini, registry.Ask{Application: application, ReplyTo: "https://sare.example/acs", RelayState: "r", MinLevel: 2})
		before, err := w.VisitOf(ctx, a.VisitCookie)
		w.needs(err)
		_, err = w.DoorOf(ctx, a.VisitCookie, everything)
		refused(t, err, registry.NotFound, "nobody has entered yet")
		in, err := w.Enter(ctx, a)
		w.needs(err)
		if in.VisitCookie == a.VisitCookie || in.LoginCookie == in.VisitCookie {
			t.Error("a cookie from before the login is still in use")
		}
		_, err = w.VisitOf(ctx, a.VisitCookie)
		refused(t, err, registry.NotFound, "start again from the application")
		after, err := w.VisitOf(ctx, in.VisitCookie)
		if err != nil || after.ID != before.ID || after.LoginID != in.Login.ID || after.RelayState != "r" || after.ReplyTo != "https://sare.example/acs" {
			t.Errorf("the visit is %+v, %v", after, err)
		}
		for _, cookie := range []string{"", in.LoginCookie, "made up"} {
			_, err = w.VisitOf(ctx, cookie)
			refused(t, err, registry.NotFound, "start again from the application")
		}
	})
}

func TestVisitExpires(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		a := w.arrive(collaudini, registry.Ask{Application: application})
		w.clock.advance(10*time.Minute - time.Microsecond)
		_, err := w.PendingRequest(ctx, a.LoginRequest)
		w.needs(err)
		w.clock.advance(time.Microsecond)
		_, err = w.PendingRequest(ctx, a.LoginRequest)
		refused(t, err, registry.NotFound, "the request has expired")
		_, err = w.Enter(ctx, a)
		refused(t, err, registry.Conflict, "the answer was already used, came too late, or nobody asked for it")
		w.clock.advance(20*time.Minute - time.Microsecond)
		w.needs(second(w.VisitOf(ctx, a.VisitCookie)))
		w.clock.advance(time.Microsecond)
		_, err = w.VisitOf(ctx, a.VisitCookie)
		refused(t, err, registry.NotFound, "the visit has expired")
		w.clock.advance(time.Microsecond)
		w.needs(second(w.Sweep(ctx))) // forgets it
		_, err = w.PendingRequest(ctx, a.LoginRequest)
		refused(t, err, registry.NotFound, "not found")
	})
}

// Who has logged in once need not prove it again, where that is enough.
func TestVisitWithALiveLogin(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		in := w.enter(collaudini) // at level 2
		recognised := func(ask registry.Ask) bool {
			ask.Application = application
			visit, cookie, err := w.StartVisit(ctx, ask)
			w.needs(err)
			_, err = w.DoorOf(ctx, cookie, everything)
			if (err == nil) != (visit.LoginID != "") {
				t.Errorf("login %q, door %v", visit.LoginID, err)
			}
			return visit.LoginID == in.Login.ID
		}
		for name, tc := range map[string]struct {
			ask  registry.Ask
			want bool
		}{
			"level enough":    {registry.Ask{LoginCookie: in.LoginCookie, MinLevel: 2}, true},
			"lower level":     {registry.Ask{LoginCookie: in.LoginCookie, MinLevel: 1}, true},
			"higher level":    {registry.Ask{LoginCookie: in.LoginCookie, MinLevel: 3}, false},
			"forced":          {registry.Ask{LoginCookie: in.LoginCookie, MinLevel: 2, ForceLogin: true}, false},
			"no cookie":       {registry.Ask{MinLevel: 1}, false},
			"made-up cookie":  {registry.Ask{LoginCookie: "made up"}, false},
			"another purpose": {registry.Ask{LoginCookie: in.VisitCookie}, false},
		} {
			if got := recognised(tc.ask); got != tc.want {
				t.Errorf("%s: recognised %v", name, got)
			}
		}
		w.clock.advance(8*time.Hour - time.Microsecond)
		if !recognised(registry.Ask{LoginCookie: in.LoginCookie}) {
			t.Error("the login is over before its time")
		}
		w.clock.advance(time.Microsecond)
		if recognised(registry.Ask{LoginCookie: in.LoginCookie}) {
			t.Error("the login outlives its eight hours")
		}
	})
}

// An application's request is taken once, whoever brings it.
func TestApplicationRequestOnce(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		errs := together(16, func(int) error {
			_, _, err := w.StartVisit(ctx, registry.Ask{Application: application, RequestID: "_r1"})
			return err
		})
		if len(errs) != 15 {
			t.Errorf("%d of 16 were refused, want 15", len(errs))
		}
		for _, err := range errs {
			refused(t, err, registry.Conflict, "id: already used")
		}
		_, _, err := w.StartVisit(ctx, registry.Ask{Application: "https://other.example/metadata", RequestID: "_r1"})
		w.needs(err) // another application's ids are its own
	})
}

func TestLeave(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		w.worker(collaudini, "co-sare-gestione@group")
		in, other := w.enter(collaudini), w.session(collaudini, string(meccanica))
		chosen, err := w.Choose(ctx, in.VisitCookie, string(meccanica), everything, "")
		w.needs(err)
		w.notices()
		w.remember()
		w.needs(w.Leave(ctx, in.LoginCookie, "request-4"))
		e := w.only()
		if e.Act != registry.ActCloseLogin || e.Target != string(in.Login.ID) || e.Actor != "PERSON:"+string(in.Person.ID) || e.Request != "request-4" {
			t.Errorf("entry %+v", e)
		}
		if w.holds(chosen.Session) || !w.holds(other) {
			t.Errorf("sessions hold: of this login %v, of another %v", w.holds(chosen.Session), w.holds(other))
		}
		wantEnded(t, w.notices(), chosen.Session)
		visit, _, err := w.StartVisit(ctx, registry.Ask{LoginCookie: in.LoginCookie})
		if err != nil || visit.LoginID != "" {
			t.Errorf("still recognised: %+v, %v", visit, err)
		}
		refused(t, w.Leave(ctx, in.LoginCookie, ""), registry.NotFound, "not logged in")
	})
}
