package registry_test

import (
	"crypto/rand"
	"time"

	"varco/registry"
)

// arrive goes to the door as far as an identity provider's answer.
func (w *world) arrive(code registry.FiscalCode, ask registry.Ask) registry.Arrival {
	w.t.Helper()
	visit, cookie, err := w.StartVisit(ctx, ask)
	w.needs(err)
	q, err := w.AskIdentity(ctx, visit, "_"+rand.Text(), idp, 2)
	w.needs(err)
	return registry.Arrival{
		LoginRequest: q.ID, VisitCookie: cookie, Issuer: idp, AssertionID: "_" + rand.Text(),
		AssertionUntil: w.Now().Add(5 * time.Minute), Scheme: "SPID", Level: 2, Class: "https://www.spid.gov.it/SpidL2",
		SpidCode: "TEST0001", Request: "request-2",
		Person: registry.Person{FiscalCode: code, GivenName: "Prova", FamilyName: "Esempi", Email: "prova@example.it"},
	}
}

// enter lets somebody in who was sent by the application.
func (w *world) enter(code registry.FiscalCode) registry.Entered {
	w.t.Helper()
	in, err := w.Enter(ctx, w.arrive(code, registry.Ask{Application: application, MinLevel: 2}))
	w.needs(err)
	return in
}

func everything(registry.ProfileCode) bool { return true }

// session lets somebody in and opens a session for whom they act.
func (w *world) session(code registry.FiscalCode, actingFor string) registry.Session {
	w.t.Helper()
	chosen, err := w.Choose(ctx, w.enter(code).VisitCookie, actingFor, everything, "request-3")
	w.needs(err)
	return chosen.Session
}

func (w *world) holds(s registry.Session) bool {
	w.t.Helper()
	_, holds, err := w.SessionHolds(ctx, application, s.ID)
	w.needs(err)
	return holds
}

// choices are the fiscal codes of the companies that a person may act for now.
func (w *world) choices(code registry.FiscalCode) []string {
	w.t.Helper()
	door, err := w.DoorOf(ctx, w.enter(code).VisitCookie, everything)
	w.needs(err)
	var codes []string
	for _, c := range door.Choices {
		codes = append(codes, string(c.Company.FiscalCode))
	}
	return codes
}
