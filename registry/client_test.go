package registry_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"varco/registry"
)

func newClient(of registry.Company) registry.NewClient {
	return registry.NewClient{Company: of.ID, Name: "hr", Scopes: []registry.Scope{registry.ScopeRead}, Attestation: "by contract", Lifetime: 24 * time.Hour}
}

func TestClientAuthenticates(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		made, token, err := w.CreateClient(ctx, registry.SystemOperator, newClient(w.company))
		w.needs(err)
		if e := w.only(); e.Act != registry.ActCreateClient || e.Actor != "SYSTEM:operator" || e.Target != string(made.ID) || e.Company != w.company.ID {
			t.Errorf("entry %+v", e)
		}
		got, err := w.Authenticate(ctx, token)
		w.needs(err)
		if got.ID != made.ID || got.CompanyID != w.company.ID || got.Company.FiscalCode != meccanica || got.Attestation != "by contract" ||
			!got.ExpiresAt.Equal(w.Now().Add(24*time.Hour)) || got.CreatedBy != "SYSTEM:operator" {
			t.Errorf("authenticated as %+v", got)
		}
		if actor := got.Actor("r"); !actor.Has(registry.ScopeRead) || actor.Has(registry.ScopeUsers) || actor.Company != w.company.ID {
			t.Errorf("acts as %+v", actor)
		}
	})
}

// The store holds neither the token nor its plain hash.
func TestClientTokenIsNotKept(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		_, token, err := w.CreateClient(ctx, registry.SystemOperator, newClient(w.company))
		w.needs(err)
		secret := token[strings.LastIndex(token, "_")+1:]
		for _, kept := range []string{w.state(), printed(w.entries())} {
			if strings.Contains(kept, token) || strings.Contains(kept, secret) {
				t.Error("the secret can be read")
			}
		}
		elsewhere := registry.New(w.store, w.clock.Now, []byte("another secret of thirty-two bytes"))
		_, err = elsewhere.Authenticate(ctx, token)
		refused(t, err, registry.Forbidden, "bearer token")
	})
}

func TestClientRefused(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		first, token, err := w.CreateClient(ctx, registry.SystemOperator, newClient(w.company))
		w.needs(err)
		other, otherToken, err := w.CreateClient(ctx, registry.SystemOperator, newClient(w.company))
		w.needs(err)
		if bytes.Equal(first.Secrets[0].Hash, other.Secrets[0].Hash) {
			t.Error("two clients have one hash")
		}
		secret := otherToken[strings.LastIndex(otherToken, "_")+1:]
		for name, wrong := range map[string]string{
			"empty":                     "",
			"no prefix":                 strings.TrimPrefix(token, "varco_"),
			"id alone":                  "varco_" + string(first.ID),
			"no secret":                 "varco_" + string(first.ID) + "_",
			"wrong secret":              token[:len(token)-1] + "!",
			"secret in lower case":      strings.ToLower(token),
			"cut short":                 token[:len(token)-1],
			"too long":                  token + strings.Repeat("A", 128),
			"another client's secret":   "varco_" + string(first.ID) + "_" + secret,
			"a client that is not":      "varco_aaaaaaaaaaaaaaaaaaaaaaaaaa_" + secret,
			"text no database can keep": "varco_\x00\xff_" + secret,
		} {
			if _, err := w.Authenticate(ctx, wrong); err == nil || err.Error() != "the bearer token is missing, wrong, expired or revoked" {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.needs(second(w.Authenticate(ctx, token)))
	})
}

func TestClientEnds(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		client := func() (registry.Client, string) {
			c, token, err := w.CreateClient(ctx, registry.SystemOperator, newClient(w.company))
			w.needs(err)
			return c, token
		}
		revoked, revokedToken := client()
		_, token := client()
		w.remember()
		w.needs(w.RevokeClient(ctx, w.officer, revoked.ID))
		w.needs(w.RevokeClient(ctx, w.officer, revoked.ID))
		w.wantTrail("client.revoke DONE")
		_, err := w.Authenticate(ctx, revokedToken)
		refused(t, err, registry.Forbidden, "expired or revoked")
		w.needs(second(w.Authenticate(ctx, token)))

		w.needs(w.FreezeCompany(ctx, w.officer, w.company.ID))
		_, err = w.Authenticate(ctx, token)
		refused(t, err, registry.Forbidden, "expired or revoked")
		w.needs(w.UnfreezeCompany(ctx, w.officer, w.company.ID))

		w.clock.advance(24*time.Hour - 2*time.Microsecond)
		w.needs(second(w.Authenticate(ctx, token)))
		w.clock.advance(time.Microsecond)
		_, err = w.Authenticate(ctx, token)
		refused(t, err, registry.Forbidden, "expired or revoked")
		refused(t, w.RevokeClient(ctx, w.officer, "nobody"), registry.NotFound, "not found")
	})
}

func TestNewClientRefused(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		for words, set := range map[string]func(*registry.NewClient){
			"name: required":                func(n *registry.NewClient) { n.Name = " " },
			"lifetime: must be positive":    func(n *registry.NewClient) { n.Lifetime = 0 },
			"scopes: at least one":          func(n *registry.NewClient) { n.Scopes = nil },
			`scopes: "root" is not a scope`: func(n *registry.NewClient) { n.Scopes = []registry.Scope{registry.ScopeRead, "root"} },
			"attestation: required":         func(n *registry.NewClient) { n.Attestation = "" },
		} {
			n := newClient(w.company)
			set(&n)
			_, token, err := w.CreateClient(ctx, registry.SystemOperator, n)
			refused(t, err, registry.Invalid, words)
			if token != "" {
				t.Errorf("%s: a token was given out", words)
			}
		}
		_, _, err := w.CreateClient(ctx, registry.SystemOperator, newClient(registry.Company{ID: "nobody"}))
		refused(t, err, registry.NotFound, "not found")
		_, token, err := w.CreateClient(ctx, w.hr, newClient(w.company))
		refused(t, err, registry.Forbidden, "client.create")
		if token != "" {
			t.Error("a token was given to whom it was refused")
		}
	})
}
