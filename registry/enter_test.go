package registry_test

import (
	"slices"
	"testing"
	"time"

	"varco/registry"
)

// The first access is recorded once; what the provider says is taken over each time.
func TestEnterRecordsThePerson(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		a := w.arrive(esempi, registry.Ask{})
		a.Person = registry.Person{FiscalCode: esempi, GivenName: "Marco", FamilyName: "Esempi", DateOfBirth: "1985-05-05",
			PlaceOfBirth: "F257", Gender: "M", Email: "marco@example.it", FirstAccessAt: w.Now().Add(-time.Hour), BlockedAt: w.Now()}
		in, err := w.Enter(ctx, a)
		w.needs(err)
		first := w.Now()
		if e := w.only(); e.Act != registry.ActEnter || e.Actor != "PERSON:"+string(in.Person.ID) || e.Person != in.Person.ID || e.Request != "request-2" ||
			!slices.Contains(e.Changes, registry.Change{Field: "login", After: "SPID " + idp}) {
			t.Errorf("entry %+v", e)
		}
		want := registry.Person{ID: in.Person.ID, FiscalCode: esempi, GivenName: "Marco", FamilyName: "Esempi", DateOfBirth: "1985-05-05",
			PlaceOfBirth: "F257", Gender: "M", Email: "marco@example.it", FirstAccessAt: first, CreatedAt: first}
		if got := w.person(esempi); got != want {
			t.Errorf("kept %+v\nwant %+v", got, want)
		}

		w.clock.advance(time.Hour)
		a = w.arrive(esempiTwin, registry.Ask{})
		a.Person = registry.Person{FiscalCode: esempiTwin, GivenName: "Marco Aurelio", FamilyName: "Esempi"}
		again, err := w.Enter(ctx, a)
		w.needs(err)
		got := w.person(esempi)
		if again.Person.ID != in.Person.ID || got.GivenName != "Marco Aurelio" || !got.FirstAccessAt.Equal(first) || got.Email != "marco@example.it" || got.FiscalCode != esempiTwin {
			t.Errorf("after the second access %+v", got)
		}
	})
}

func TestEnterOpensALogin(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		in := w.enter(collaudini)
		door, err := w.DoorOf(ctx, in.VisitCookie, everything)
		w.needs(err)
		l := door.Login
		if l.ID != in.Login.ID || l.PersonID != in.Person.ID || l.Scheme != "SPID" || l.IdP != idp || l.SpidCode != "TEST0001" || l.Level != 2 ||
			l.Class != "https://www.spid.gov.it/SpidL2" || !l.ExpiresAt.Equal(w.Now().Add(8*time.Hour)) || door.Person.FiscalCode != collaudini {
			t.Errorf("login %+v", l)
		}
	})
}

// Of fifty answers to one request one lets somebody in.
func TestEnterOnce(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		a := w.arrive(collaudini, registry.Ask{Application: application})
		errs := together(50, func(int) error { return second(w.Enter(ctx, a)) })
		if len(errs) != 49 {
			t.Errorf("%d of 50 were refused, want 49", len(errs))
		}
		for _, err := range errs {
			refused(t, err, registry.Conflict, "the answer was already used, came too late, or nobody asked for it")
		}
		want := slices.Repeat([]string{"person.enter REFUSED"}, 49)
		w.wantTrail(append(want, "person.enter DONE")...)
	})
}

func TestEnterRefused(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		used := w.arrive(collaudini, registry.Ask{})
		w.needs(second(w.Enter(ctx, used)))
		for name, tc := range map[string]struct {
			set   func(*registry.Arrival)
			kind  registry.Kind
			words string
		}{
			"nobody asked":         {func(a *registry.Arrival) { a.LoginRequest = "_made-up" }, registry.Conflict, "nobody asked for it"},
			"another browser":      {func(a *registry.Arrival) { a.VisitCookie = w.arrive(provini, registry.Ask{}).VisitCookie }, registry.Forbidden, "another browser"},
			"no cookie":            {func(a *registry.Arrival) { a.VisitCookie = "" }, registry.NotFound, "start again"},
			"another provider":     {func(a *registry.Arrival) { a.Issuer = "https://other.example" }, registry.Forbidden, "another browser or provider"},
			"a replayed assertion": {func(a *registry.Arrival) { a.AssertionID = used.AssertionID }, registry.Conflict, "id: already used"},
		} {
			right := w.arrive(provini, registry.Ask{})
			wrong := right
			tc.set(&wrong)
			w.remember()
			_, err := w.Enter(ctx, wrong)
			refused(t, err, tc.kind, tc.words)
			if e := w.only(); e.Outcome != registry.Refused || e.Request != "request-2" {
				t.Errorf("%s: entry %+v", name, e)
			}
			if _, err := w.DoorOf(ctx, right.VisitCookie, everything); err == nil {
				t.Errorf("%s: the door is open", name)
			}
			if _, err := w.Enter(ctx, right); err != nil {
				t.Errorf("%s: afterwards the right answer is refused: %v", name, err)
			}
		}
	})
}

// Another provider may use the same assertion id.
func TestEnterAssertionIdsAreTheProviders(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		first := w.arrive(collaudini, registry.Ask{})
		w.needs(second(w.Enter(ctx, first)))
		visit, cookie, err := w.StartVisit(ctx, registry.Ask{})
		w.needs(err)
		q, err := w.AskIdentity(ctx, visit, "_r2", "https://cie.example/metadata", 3)
		w.needs(err)
		pending, err := w.PendingRequest(ctx, q.ID)
		if err != nil || pending != q || pending.VisitID != visit.ID || pending.Level != 3 {
			t.Errorf("pending %+v, %v; asked %+v", pending, err, q)
		}
		second := first
		second.LoginRequest, second.VisitCookie, second.Issuer, second.Scheme = q.ID, cookie, q.IdP, "CIE"
		_, err = w.Enter(ctx, second)
		w.needs(err)
	})
}

// A blocked identity is refused whatever provider vouches for it (L8-16).
func TestEnterBlocked(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.hire(esempi, "co-sare-gestione@group") // never entered
		w.needs(w.Block(ctx, w.officer, esempi))
		for scheme, issuer := range map[string]string{"SPID": idp, "CIE": "https://cie.example/metadata", "CNS": "cns"} {
			visit, cookie, err := w.StartVisit(ctx, registry.Ask{Application: application})
			w.needs(err)
			q, err := w.AskIdentity(ctx, visit, "_"+scheme, issuer, 2)
			w.needs(err)
			w.remember()
			_, err = w.Enter(ctx, registry.Arrival{LoginRequest: q.ID, VisitCookie: cookie, Issuer: issuer, AssertionID: "_a" + scheme,
				AssertionUntil: w.Now().Add(time.Minute), Scheme: scheme, Level: 2, Person: registry.Person{FiscalCode: esempiTwin}})
			refused(t, err, registry.Forbidden, "utenza sospesa")
			if e := w.only(); e.Outcome != registry.Refused || e.Person != c.PersonID {
				t.Errorf("%s: entry %+v", scheme, e)
			}
		}
		if got := w.person(esempi); !got.FirstAccessAt.IsZero() || got.GivenName != "" {
			t.Errorf("the refused access left %+v", got)
		}
		w.needs(w.Unblock(ctx, w.officer, esempi))
		if got := w.choices(esempi); len(got) != 1 {
			t.Errorf("unblocked: choices %q", got)
		}
	})
}
