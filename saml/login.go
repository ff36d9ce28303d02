package saml

import (
	"cmp"
	"math/rand/v2"
	"net/http"
	"net/url"

	"varco/registry"
)

// showProviders lists the identity providers, each time in another order.
func (s *Server) showProviders(w http.ResponseWriter, r *http.Request) error {
	var page LoginPage
	for _, p := range s.config.Providers {
		page.Providers = append(page.Providers, ProviderLink{Name: p.Name, URL: pathSPIDLogin + "?idp=" + url.QueryEscape(p.EntityID)})
	}
	rand.Shuffle(len(page.Providers), func(i, j int) {
		page.Providers[i], page.Providers[j] = page.Providers[j], page.Providers[i]
	})
	if r.URL.Query().Has("uscita") {
		page.Note = "L'accesso è stato chiuso."
	}
	s.pages.Page(w, r, http.StatusOK, "login", page)
	return nil
}

// startLogin sends the browser to an identity provider, and remembers the request and
// whose browser it is.
func (s *Server) startLogin(w http.ResponseWriter, r *http.Request) error {
	entityID, err := field(r, "idp")
	if err != nil {
		return err
	}
	provider, err := s.provider(cmp.Or(r.URL.Query().Get("idp"), entityID))
	if err != nil {
		return err
	}
	visit, err := s.visit(w, r)
	if err != nil {
		return err
	}
	level := max(s.config.MinLevel, Level(visit.MinLevel))
	req := s.sp.NewLoginRequest(provider, level, s.reg.Now())
	if _, err := s.reg.AskIdentity(r.Context(), visit, req.ID, provider.EntityID, int(level)); err != nil {
		return err
	}
	return s.send(w, r, req)
}

// visit is the browser's open visit, or a new one of somebody who comes to Varco itself.
func (s *Server) visit(w http.ResponseWriter, r *http.Request) (registry.Visit, error) {
	visit, err := s.reg.VisitOf(r.Context(), secretOf(r, cookieVisit))
	if err == nil || registry.KindOf(err) != registry.NotFound {
		return visit, err
	}
	visit, secret, err := s.reg.StartVisit(r.Context(), registry.Ask{ForceLogin: true})
	if err != nil {
		return visit, err
	}
	s.setVisit(w, secret)
	return visit, nil
}

func (s *Server) send(w http.ResponseWriter, r *http.Request, req LoginRequest) error {
	if req.ByForm() {
		page, err := s.sp.PostForm(req)
		if err != nil {
			return err
		}
		s.pages.Page(w, r, http.StatusOK, "post", page)
		return nil
	}
	to, err := s.sp.RedirectURL(req)
	if err != nil {
		return err
	}
	status := http.StatusFound // AgID's checkers know no other after a GET
	if r.Method == http.MethodPost {
		status = http.StatusSeeOther
	}
	http.Redirect(w, r, to, status)
	return nil
}

// takeAnswer is the assertion consumer service: what an identity provider says comes
// in here and nowhere else.
func (s *Server) takeAnswer(w http.ResponseWriter, r *http.Request) error {
	message, err := field(r, "SAMLResponse")
	if err != nil {
		return err
	}
	arrival, err := s.arrival(r, message)
	if err != nil {
		return err
	}
	in, err := s.reg.Enter(r.Context(), arrival)
	if err != nil {
		return err
	}
	s.setVisit(w, in.VisitCookie)
	s.setLogin(w, in.LoginCookie)
	http.Redirect(w, r, pathChoose, http.StatusSeeOther)
	return nil
}

// arrival checks the answer against the request it claims to answer. The keys are
// those of the provider that the request went to, whoever the answer says it is from.
func (s *Server) arrival(r *http.Request, message string) (registry.Arrival, error) {
	response, err := ReadResponse(message)
	if err != nil {
		return registry.Arrival{}, err
	}
	pending, err := s.reg.PendingRequest(r.Context(), response.InResponseTo)
	if registry.KindOf(err) == registry.NotFound && err != nil {
		return registry.Arrival{}, refuse(18, ruleUnasked, "answers no request that was sent and still waits")
	}
	if err != nil {
		return registry.Arrival{}, err
	}
	provider, err := s.provider(pending.IdP)
	if err != nil {
		return registry.Arrival{}, err
	}
	want := s.sp.Expectation(pending.ID, provider, Level(pending.Level), pending.IssuedAt)
	assertion, err := response.Check(want, s.reg.Now())
	if err != nil {
		return registry.Arrival{}, err
	}
	identity, err := IdentityOf(assertion)
	if err != nil {
		return registry.Arrival{}, err
	}
	code, err := registry.ParseFiscalCode(identity.FiscalCode)
	if err != nil {
		return registry.Arrival{}, err
	}
	return registry.Arrival{
		LoginRequest: pending.ID, VisitCookie: secretOf(r, cookieVisit),
		Issuer: assertion.Issuer, AssertionID: assertion.ID, AssertionUntil: assertion.NotOnOrAfter.Add(skew),
		Scheme: "SPID", Level: int(assertion.Level), Class: assertion.ClassRef, SpidCode: identity.SpidCode,
		Person: registry.Person{
			FiscalCode: code, GivenName: identity.Name, FamilyName: identity.FamilyName, DateOfBirth: identity.DateOfBirth,
			PlaceOfBirth: identity.PlaceOfBirth, Gender: identity.Gender, Email: identity.Email,
		},
		Request: s.reference(r.Context()),
	}, nil
}
