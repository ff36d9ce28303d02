package saml

import (
	"cmp"
	"crypto/subtle"
	"net/http"
	"slices"

	"varco/registry"
)

// showChoices asks in whose name the person acts. It asks always, even where there is
// one answer only: nobody acts for a company unawares.
func (s *Server) showChoices(w http.ResponseWriter, r *http.Request) error {
	secret := secretOf(r, cookieVisit)
	visit, err := s.reg.VisitOf(r.Context(), secret)
	if err != nil {
		return err
	}
	if visit.LoginID == "" {
		http.Redirect(w, r, pathLogin, http.StatusSeeOther)
		return nil
	}
	door, err := s.reg.DoorOf(r.Context(), secret, s.release(visit.Application))
	if err != nil {
		return err
	}
	page := ChoicePage{
		Action: pathChoose, Flow: flowToken(secret),
		Person:  door.Person.GivenName + " " + door.Person.FamilyName,
		Choices: choices(door.Choices),
	}
	if app, ok := s.applications(visit.Application); ok {
		page.Application = app.Name
	}
	s.pages.Page(w, r, http.StatusOK, "choice", page)
	return nil
}

// choices lists the companies by name, then the citizen.
func choices(of []registry.Choice) []Choice {
	list := make([]Choice, 0, len(of)+1)
	for _, c := range of {
		code := string(c.Company.FiscalCode)
		list = append(list, Choice{Value: code, Label: c.Company.Name, Note: code})
	}
	slices.SortFunc(list, func(a, b Choice) int {
		return cmp.Or(cmp.Compare(a.Label, b.Label), cmp.Compare(a.Value, b.Value))
	})
	return append(list, Choice{Value: registry.Citizen, Label: "Cittadino"})
}

// takeChoice completes the visit: the application is told who acts for whom, with the
// rights as they are at this instant.
func (s *Server) takeChoice(w http.ResponseWriter, r *http.Request) error {
	secret := secretOf(r, cookieVisit)
	actingFor, err := chosenIn(r, secret)
	if err != nil {
		return err
	}
	visit, err := s.reg.VisitOf(r.Context(), secret)
	if err != nil {
		return err
	}
	if visit.Application == "" {
		// Nobody waits to be told: a choice opens a session of an application, and the
		// console is none.
		s.clear(w, cookieVisit)
		http.Redirect(w, r, pathHome, http.StatusSeeOther)
		return nil
	}
	req, err := s.waiting(visit)
	if err != nil {
		return err
	}
	chosen, err := s.reg.Choose(r.Context(), secret, actingFor, s.release(visit.Application), s.reference(r.Context()))
	if err != nil {
		return err
	}
	page, err := s.issuer.Answer(req, grantOf(chosen, req.Application), s.reg.Now())
	if err != nil {
		return err
	}
	s.clear(w, cookieVisit)
	s.pages.Page(w, r, http.StatusOK, "post", page)
	return nil
}

// chosenIn reads the choice from the form that was shown to this browser.
func chosenIn(r *http.Request, secret string) (string, error) {
	actingFor, err := field(r, "acting_for")
	if err != nil {
		return "", err
	}
	flow, err := field(r, "flow")
	if err != nil {
		return "", err
	}
	if subtle.ConstantTimeCompare([]byte(flow), []byte(flowToken(secret))) != 1 {
		return "", &registry.Error{Kind: registry.Forbidden, Rule: registry.RuleOtherBrowser, Msg: "flow: the form was not shown to this browser"}
	}
	if actingFor == "" {
		return "", &registry.Error{Kind: registry.Invalid, Msg: "acting_for: missing"}
	}
	return actingFor, nil
}

// waiting is the request that a visit goes back to, if its application is still
// registered and still takes answers at that address.
func (s *Server) waiting(visit registry.Visit) (Request, error) {
	app, err := s.application(visit.Application)
	if err != nil {
		return Request{}, err
	}
	if !app.takesAnswersAt(visit.ReplyTo) {
		return Request{}, &registry.Error{Kind: registry.Forbidden, Msg: "the application no longer takes answers at this address"}
	}
	return Request{
		ID: visit.AppRequestID, Application: app.Application, ConsumerURL: visit.ReplyTo, RelayState: visit.RelayState,
	}, nil
}
