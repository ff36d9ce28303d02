package saml

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
)

// The cookies of the room. Each holds a secret whose keyed hash the registry keeps.
const (
	cookieVisit = "varco_visit" // one way through the door
	cookieLogin = "varco_login" // who has entered, until the logout
)

// setVisit binds a visit to the browser. The answer of a provider is a post from
// another site, which browsers send cookies with only if they are SameSite=None,
// and that only over https; on plain http (demo) both are the same site.
func (s *Server) setVisit(w http.ResponseWriter, secret string) {
	c := s.cookie(cookieVisit, secret)
	if c.Secure {
		c.SameSite = http.SameSiteNoneMode
	}
	http.SetCookie(w, c)
}

func (s *Server) setLogin(w http.ResponseWriter, secret string) {
	http.SetCookie(w, s.cookie(cookieLogin, secret))
}

func (s *Server) clear(w http.ResponseWriter, name string) {
	c := s.cookie(name, "")
	c.MaxAge = -1
	http.SetCookie(w, c)
}

func (s *Server) cookie(name, value string) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", HttpOnly: true,
		Secure: strings.HasPrefix(s.config.BaseURL, "https:"), SameSite: http.SameSiteLaxMode,
	}
}

// secretOf reads a cookie, "" when there is none.
func secretOf(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// flowToken proves that a form was shown to the browser that holds the visit: the
// visit's cookie alone proves nothing, since other sites' posts carry it too.
func flowToken(visit string) string {
	sum := sha256.Sum256([]byte("choice\x00" + visit))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
