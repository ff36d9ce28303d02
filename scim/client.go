package scim

import (
	"net/http"
	"strings"

	"varco/registry"
)

const invalidToken = `Bearer realm="scim", error="invalid_token"` // RFC 6750 §3.1

// authenticate finds the client whose bearer token the request carries (RFC 6750). Whatever is wrong with the token,
// the answer is the same.
func (s *server) authenticate(header http.Header, r *http.Request) (registry.Client, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || !printable(token) {
		header.Set("WWW-Authenticate", `Bearer realm="scim"`)
		return registry.Client{}, refuseStatus(http.StatusUnauthorized, "a bearer token is required")
	}
	client, err := s.reg.AuthenticateReader(r.Context(), strings.TrimSpace(token)) // a change looks again, in its transaction
	if err != nil && registry.KindOf(err) == registry.Forbidden {
		header.Set("WWW-Authenticate", invalidToken)
		return registry.Client{}, refuseStatus(http.StatusUnauthorized, "the bearer token is not valid")
	}
	return client, err
}

// printable holds a token to the characters of RFC 6750 §2.1 and more, but to no others.
func printable(token string) bool {
	return !strings.ContainsFunc(token, func(r rune) bool { return r < ' ' || r > '~' })
}
