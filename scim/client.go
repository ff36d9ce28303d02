package scim

import (
	"crypto/sha256"
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
	from, named := s.peer(r), sha256.Sum256([]byte(token))
	if err := s.mayAsk(from, named); err != nil {
		return registry.Client{}, err
	}
	client, err := s.reg.AuthenticateReader(r.Context(), strings.TrimSpace(token)) // a change looks again, in its transaction
	switch {
	case err == nil && client.Admits(from.certificate, from.address):
		quota := s.quotaOf(client)
		s.tenants.keep(named, tenant{client.ID, quota})
		return client, s.clients.take(string(client.ID), quota)
	case err != nil && registry.KindOf(err) != registry.Forbidden:
		return registry.Client{}, err
	}
	s.tenants.forget(named)
	s.strangers.charge(from.key())
	header.Set("WWW-Authenticate", invalidToken)
	return registry.Client{}, refuseStatus(http.StatusUnauthorized, "the bearer token is not valid")
}

// mayAsk looks whether whoever sent this token before is over its quota, or else whether the address has failed too
// often; the store is not asked. Nothing is counted yet: a token that is good no more must not use up a client's quota.
func (s *server) mayAsk(from peer, token [32]byte) error {
	if known, ok := s.tenants.find(token); ok {
		return s.clients.check(string(known.id), known.quota)
	}
	return s.strangers.check(from.key(), defaultQuota)
}

// printable holds a token to the characters of RFC 6750 §2.1 and more, but to no others.
func printable(token string) bool {
	return !strings.ContainsFunc(token, func(r rune) bool { return r < ' ' || r > '~' })
}
