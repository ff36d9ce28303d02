package saml

import (
	"errors"
	"net/http"

	"varco/registry"
)

// takeRedirect takes an application's request by redirect. The raw query is what was
// signed, so it is read as it came.
func (s *Server) takeRedirect(w http.ResponseWriter, r *http.Request) error {
	req, err := s.issuer.ReadRedirect(r.URL.RawQuery, s.applications, s.reg.Now())
	return s.open(w, r, req, err)
}

// takePost takes an application's request by form.
func (s *Server) takePost(w http.ResponseWriter, r *http.Request) error {
	message, err := field(r, "SAMLRequest")
	if err != nil {
		return err
	}
	relayState, err := field(r, "RelayState")
	if err != nil {
		return err
	}
	req, err := s.issuer.ReadPost(message, relayState, s.applications, s.reg.Now())
	return s.open(w, r, req, err)
}

// open opens a visit for a request, or answers the application why not.
func (s *Server) open(w http.ResponseWriter, r *http.Request, req Request, err error) error {
	var refusal *Refusal
	if errors.As(err, &refusal) && refusal.Status != "" {
		page, err := s.issuer.Refuse(req, refusal.Status, refusal.Error(), s.reg.Now())
		if err != nil {
			return err
		}
		s.logRefusal(r, http.StatusOK, refusal)
		s.pages.Page(w, r, http.StatusOK, "post", page)
		return nil
	}
	if err != nil {
		return err
	}
	visit, secret, err := s.reg.StartVisit(r.Context(), registry.Ask{
		Application: req.Application.EntityID, RequestID: req.ID, ReplyTo: req.ConsumerURL, RelayState: req.RelayState,
		MinLevel: int(max(req.Level, s.config.MinLevel)), ForceLogin: req.ForceAuthn, LoginCookie: secretOf(r, cookieLogin),
	})
	if err != nil {
		return err
	}
	s.setVisit(w, secret)
	next := pathLogin
	if visit.LoginID != "" {
		next = pathChoose
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}
