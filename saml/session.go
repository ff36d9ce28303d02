package saml

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"varco/registry"
)

// sessionAnswer is the answer to a SessionCheck.
type sessionAnswer struct {
	Active       bool       `json:"active"`
	NotOnOrAfter *time.Time `json:"notOnOrAfter,omitempty"`
}

// checkSession tells an application whether a session still holds, the rights
// evaluated anew at every question. It answers JSON, refusals too.
func (s *Server) checkSession(w http.ResponseWriter, r *http.Request) {
	answer, err := s.sessionAnswer(r)
	if err == nil {
		writeJSON(w, http.StatusOK, answer)
		return
	}
	word := wordingOf(err)
	s.logRefusal(r, word.status, err)
	body := map[string]string{"error": http.StatusText(word.status), "reference": s.reference(r.Context())}
	var refusal *Refusal
	if errors.As(err, &refusal) {
		body["error"] = refusal.Error()
	}
	writeJSON(w, word.status, body)
}

func (s *Server) sessionAnswer(r *http.Request) (sessionAnswer, error) {
	ask, err := ReadSessionCheck(r.URL.RawQuery, s.applications, s.reg.Now())
	if err != nil {
		return sessionAnswer{}, err
	}
	session, holds, err := s.reg.SessionHolds(r.Context(), ask.Application, registry.SessionID(ask.SessionIndex))
	switch {
	case err != nil && registry.KindOf(err) != registry.NotFound:
		return sessionAnswer{}, err
	case err != nil || !holds:
		return sessionAnswer{}, nil
	}
	until := session.NotOnOrAfter
	return sessionAnswer{Active: true, NotOnOrAfter: &until}, nil
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}
