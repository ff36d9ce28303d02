package scim

import (
	"net/http"
	"strings"

	"varco/registry"
)

// authenticate finds the client whose bearer token the request carries (RFC 6750). Whatever is wrong with the token,
// the answer is the same.
func (s *server) authenticate(header http.Header, r *http.Request) (registry.Client, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || !printable(token) {
		header.Set("WWW-Authenticate", `Bearer realm="scim"`)
		return registry.Client{}, refuseStatus(http.StatusUnauthorized, "a bearer token is required")
	}
	authenticate := s.reg.Authenticate
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		authenticate = s.reg.AuthenticateReader
	}
	client, err := authenticate(r.Context(), strings.TrimSpace(token))
	if err != nil && registry.KindOf(err) == registry.Forbidden {
		header.Set("WWW-Authenticate", `Bearer realm="scim", error="invalid_token"`)
		return registry.Client{}, refuseStatus(http.StatusUnauthorized, "the bearer token is not valid")
	}
	return client, err
}

// printable holds a token to the characters of RFC 6750 §2.1 and more, but to no others.
func printable(token string) bool {
	return !strings.ContainsFunc(token, func(r rune) bool { return r < ' ' || r > '~' })
}
