package scim_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"varco/registry"
	"varco/scim"
	"varco/store"
	"varco/store/storetest"
)

const tokenURL = "https://varco.example" + scim.TokenPath

// ask sends a token request and returns its status and document.
func (w *world) ask(form url.Values, header http.Header) (int, map[string]any) {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, scim.TokenPath, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, values := range header {
		r.Header[name] = values
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	var doc map[string]any
	w.must(json.NewDecoder(recorder.Body).Decode(&doc))
	if recorder.Header().Get("Cache-Control") != "no-store" {
		w.t.Error("the answer may be stored")
	}
	return recorder.Code, doc
}

func credentials(more ...string) url.Values {
	form := url.Values{"grant_type": {"client_credentials"}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

// can is the status of a GET with a token.
func (w *world) can(token any, method, path, body string) int {
	w.tokens["access"], _ = token.(string)
	return w.do("access", method, path, body, nil).StatusCode
}

func TestTokenBySecret(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		id, whole := string(w.clients["hr"].ID), w.tokens["hr"]
		secret := whole[strings.LastIndex(whole, "_")+1:]
		status, doc := w.ask(credentials("client_id", id, "client_secret", secret), nil)
		if status != 200 || doc["token_type"] != "Bearer" || doc["expires_in"] != 3600.0 {
			t.Fatalf("%d %v", status, doc)
		}
		token := doc["access_token"]
		const made = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"made"}`
		if got := w.can(token, "POST", "/Users", made); got != 201 {
			t.Errorf("the access token: %d", got)
		}
		r := httptest.NewRequest("POST", "/", nil)
		r.SetBasicAuth(id, whole)
		status, doc = w.ask(credentials("scope", "read"), http.Header{"Authorization": r.Header["Authorization"]})
		if status != 200 || doc["scope"] != "read" {
			t.Fatalf("%d %v", status, doc)
		}
		if got := w.can(doc["access_token"], "GET", "/Users", ""); got != 200 {
			t.Errorf("narrowed, reading: %d", got)
		}
		if got := w.can(doc["access_token"], "POST", "/Users", made); got != 403 {
			t.Errorf("narrowed, writing: %d", got)
		}
		_, doc = w.ask(credentials("client_id", id, "client_secret", secret, "scope", "users:write read"), nil)
		if got := w.can(doc["access_token"], "POST", "/Users", strings.Replace(made, "made", "more", 1)); got != 201 {
			t.Errorf("narrowed to writing: %d", got)
		}
		forged := token.(string)
		for _, wrong := range []string{
			forged + "x", forged[:len(forged)-1], strings.Replace(forged, ".15.", ".31.", 1), "varco1.", "varco1", "varco1.....", strings.Repeat("varco1.", 99),
		} {
			if got := w.can(wrong, "GET", "/Users", ""); got != 401 {
				t.Errorf("%s: %d", wrong, got)
			}
		}
		w.now = w.now.Add(time.Hour - time.Second)
		if got := w.can(token, "GET", "/Users", ""); got != 200 {
			t.Errorf("after an hour less a second: %d", got)
		}
		w.now = w.now.Add(time.Second)
		if got := w.can(token, "GET", "/Users", ""); got != 401 {
			t.Errorf("after an hour: %d", got)
		}
	})
}

// Rotating and revoking end access tokens with the secret they were got with.
func TestTokenEndsWithItsSecret(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ctx, id := context.Background(), w.clients["hr"].ID
		_, doc := w.ask(credentials("client_id", string(id), "client_secret", w.tokens["hr"]), nil)
		_, fresh, err := w.reg.RotateClient(ctx, registry.SystemOperator, id, 10*time.Minute, time.Hour)
		w.must(err)
		w.now = w.now.Add(10*time.Minute - time.Second)
		for _, token := range []any{w.tokens["hr"], doc["access_token"], fresh} {
			if got := w.can(token, "GET", "/Users", ""); got != 200 {
				t.Errorf("within the overlap: %d", got)
			}
		}
		w.now = w.now.Add(time.Second)
		for token, want := range map[any]int{w.tokens["hr"]: 401, doc["access_token"]: 401, fresh: 200} {
			if got := w.can(token, "GET", "/Users", ""); got != want {
				t.Errorf("after the overlap: %d, want %d", got, want)
			}
		}
		_, doc = w.ask(credentials("client_id", string(id), "client_secret", fresh), nil)
		_, last, err := w.reg.RotateClient(ctx, registry.SystemOperator, id, 0, time.Hour)
		w.must(err)
		if got := w.can(doc["access_token"], "GET", "/Users", ""); got != 401 {
			t.Errorf("rotated without overlap: %d", got)
		}
		_, doc = w.ask(credentials("client_id", string(id), "client_secret", last), nil)
		w.must(w.reg.RevokeClient(ctx, registry.SystemOperator, id))
		if got := w.can(doc["access_token"], "GET", "/Users", ""); got != 401 {
			t.Errorf("revoked: %d", got)
		}
	})
}

func TestTokenRefused(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	id, secret := string(w.clients["hr"].ID), w.tokens["hr"]
	twice := credentials("client_id", id, "client_secret", secret)
	twice.Add("client_id", id)
	for name, tt := range map[string]struct {
		form   url.Values
		status int
		code   string
	}{
		"no grant":         {url.Values{"client_id": {id}, "client_secret": {secret}}, 400, "invalid_request"},
		"another grant":    {url.Values{"grant_type": {"password"}}, 400, "unsupported_grant_type"},
		"nobody":           {credentials(), 400, "invalid_request"},
		"two ways":         {credentials("client_id", id, "client_secret", secret, "client_assertion", "x"), 400, "invalid_request"},
		"a name twice":     {twice, 400, "invalid_request"},
		"wrong secret":     {credentials("client_id", id, "client_secret", "x"), 401, "invalid_client"},
		"no secret":        {credentials("client_id", id, "client_secret", ""), 401, "invalid_client"},
		"another's secret": {credentials("client_id", id, "client_secret", w.tokens["other"]), 401, "invalid_client"},
		"another's id":     {credentials("client_id", string(w.clients["other"].ID), "client_secret", secret), 401, "invalid_client"},
		"a scope not held": {credentials("client_id", id, "client_secret", secret, "scope", "read admin-grant"), 400, "invalid_scope"},
		"no such scope":    {credentials("client_id", id, "client_secret", secret, "scope", "root"), 400, "invalid_scope"},
		"too much":         {credentials("client_id", strings.Repeat("x", 40_000)), 413, "invalid_request"},
	} {
		if status, doc := w.ask(tt.form, nil); status != tt.status || doc["error"] != tt.code || doc["access_token"] != nil {
			t.Errorf("%s: %d %v", name, status, doc)
		}
	}
	if status, _ := w.ask(credentials("client_id", id, "client_secret", secret), http.Header{"Content-Type": {"application/json"}}); status != 400 {
		t.Errorf("as JSON: %d", status)
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, httptest.NewRequest("GET", scim.TokenPath, nil))
	if recorder.Code != 405 || recorder.Header().Get("Allow") != "POST" {
		t.Errorf("GET: %d", recorder.Code)
	}
}

// signer is a client's key.
type signer struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	name string
}

func newSigner(t *testing.T, name string) signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer{t, key, name}
}

func (s signer) set() string {
	data, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.key.Public(), KeyID: s.name, Use: "sig"}}})
	if err != nil {
		s.t.Fatal(err)
	}
	return string(data)
}

func (s signer) sign(claims any) string {
	return s.signAs(jose.ES256, s.key, &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{"kid": s.name}}, claims)
}

func (s signer) signAs(alg jose.SignatureAlgorithm, key crypto.PrivateKey, options *jose.SignerOptions, claims any) string {
	s.t.Helper()
	made, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	if err != nil {
		s.t.Fatal(err)
	}
	raw, err := jwt.Signed(made).Claims(claims).Serialize()
	if err != nil {
		s.t.Fatal(err)
	}
	return raw
}

func assertion(raw string, more ...string) url.Values {
	return credentials(append(more, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", raw)...)
}

func (w *world) keyed(proof registry.Proof) registry.Client {
	w.t.Helper()
	client, token, err := w.reg.CreateClient(context.Background(), registry.SystemOperator, registry.NewClient{
		Company: w.clients["hr"].CompanyID, Name: "keyed", Scopes: []registry.Scope{registry.ScopeRead}, Attestation: "a", Lifetime: 1e15, Proof: proof,
	})
	w.must(err)
	if token != "" {
		w.t.Error("a client with keys got a secret")
	}
	return client
}

func (w *world) claims(id, jti string) map[string]any {
	return map[string]any{
		"iss": id, "sub": id, "aud": tokenURL, "jti": jti, "exp": w.now.Add(time.Minute).Unix(), "iat": w.now.Unix(),
	}
}

func TestTokenByAssertion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		k, stranger := newSigner(t, "k1"), newSigner(t, "k1")
		client := w.keyed(registry.Proof{Keys: k.set()})
		id := string(client.ID)
		status, doc := w.ask(assertion(k.sign(w.claims(id, "first"))), nil)
		if status != 200 {
			t.Fatalf("%d %v", status, doc)
		}
		if got := w.can(doc["access_token"], "GET", "/Users", ""); got != 200 {
			t.Errorf("the access token: %d", got)
		}
		with := func(name string, value any) string {
			claims := w.claims(id, "second"+name)
			claims[name] = value
			if value == nil {
				delete(claims, name)
			}
			return k.sign(claims)
		}
		good := k.sign(w.claims(id, "third"))
		parts := strings.Split(good, ".")
		public, err := json.Marshal(k.key.Public())
		w.must(err)
		for name, raw := range map[string]string{
			"replayed":        k.sign(w.claims(id, "first")),
			"no jti":          with("jti", nil),
			"expired":         with("exp", w.now.Add(-time.Minute).Unix()),
			"no end":          with("exp", nil),
			"far future":      with("exp", w.now.Add(time.Hour).Unix()),
			"not yet":         with("nbf", w.now.Add(time.Minute).Unix()),
			"from the future": with("iat", w.now.Add(time.Minute).Unix()),
			"wrong aud":       with("aud", "https://elsewhere.example/oauth/token"),
			"wrong iss":       with("iss", "x"),
			"wrong sub":       with("sub", string(w.clients["hr"].ID)),
			"none":            "eyJhbGciOiJub25lIn0." + parts[1] + ".",
			"HS256 with the public key": k.signAs(jose.HS256, public, &jose.SignerOptions{
				ExtraHeaders: map[jose.HeaderKey]any{"kid": "k1"}}, w.claims(id, "hs")),
			"another key, same id": stranger.sign(w.claims(id, "stranger")),
			"unknown kid":          signer{t, k.key, "k2"}.sign(w.claims(id, "kid")),
			"its own key inside":   stranger.signAs(jose.ES256, stranger.key, &jose.SignerOptions{EmbedJWK: true}, w.claims(id, "jwk")),
			"jku": stranger.signAs(jose.ES256, stranger.key, &jose.SignerOptions{
				ExtraHeaders: map[jose.HeaderKey]any{"kid": "k1", "jku": "https://evil.example", "x5u": "https://evil.example"}}, w.claims(id, "jku")),
			"zipped":    encrypted(t, k, good),
			"truncated": good[:len(good)-5],
			"two parts": parts[0] + "." + parts[1],
			"too large": with("pad", strings.Repeat("x", 17<<10)),
			"empty":     "",
		} {
			if status, doc := w.ask(assertion(raw), nil); status != 401 || doc["error"] != "invalid_client" || doc["access_token"] != nil {
				t.Errorf("%s: %d %v", name, status, doc)
			}
		}
		if status, doc := w.ask(assertion(good, "client_id", string(w.clients["hr"].ID)), nil); status != 401 {
			t.Errorf("in another's name: %d %v", status, doc)
		}
		if status, doc := w.ask(assertion(good), nil); status != 200 {
			t.Errorf("the good one: %d %v", status, doc)
		}
		w.must(w.reg.RevokeClient(context.Background(), registry.SystemOperator, client.ID))
		if status, _ := w.ask(assertion(k.sign(w.claims(id, "fourth"))), nil); status != 401 {
			t.Errorf("revoked: %d", status)
		}
	})
}

// encrypted is a JWE with a compressed body.
func encrypted(t *testing.T, k signer, text string) string {
	e, err := jose.NewEncrypter(jose.A128GCM, jose.Recipient{Algorithm: jose.ECDH_ES, Key: k.key.Public()}, &jose.EncrypterOptions{Compression: jose.DEFLATE})
	if err != nil {
		t.Fatal(err)
	}
	object, err := e.Encrypt([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// One assertion opens the door once, however many come with it at a time.
func TestAssertionIsGoodOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		k := newSigner(t, "k1")
		form := assertion(k.sign(w.claims(string(w.keyed(registry.Proof{Keys: k.set()}).ID), "once")))
		var won atomic.Int32
		var all sync.WaitGroup
		for range 32 {
			all.Go(func() {
				if status, _ := w.ask(form, nil); status == 200 {
					won.Add(1)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Errorf("%d of 32 won", won.Load())
		}
	})
}

// transport answers every request itself.
type transport func(*http.Request) *http.Response

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

// Entra ID signs for its workload, names no assertion and rotates its keys.
func TestTokenByWorkload(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	k, next := newSigner(t, "k1"), newSigner(t, "k2")
	published, asked := k, 0
	redirect := false
	w.keys = transport(func(r *http.Request) *http.Response {
		asked++
		recorder := httptest.NewRecorder()
		if redirect {
			http.Redirect(recorder, r, "https://internal.example/", http.StatusFound)
		} else {
			_, _ = recorder.WriteString(published.set())
		}
		return recorder.Result()
	})
	w.serve(w.reg)
	const issuer = "https://login.microsoftonline.com/tenant/v2.0"
	client := w.keyed(registry.Proof{KeyURL: "https://login.microsoftonline.com/tenant/discovery/v2.0/keys", Issuer: issuer, Subject: "workload", Audience: "api://app"})
	claims := map[string]any{"iss": issuer, "sub": "workload", "aud": "api://app", "exp": w.now.Add(65 * time.Minute).Unix(), "nbf": w.now.Unix()}
	form := func(s signer) url.Values {
		return assertion(s.sign(claims), "client_id", string(client.ID), "scope", "scim")
	}
	for range 2 {
		if status, doc := w.ask(form(k), nil); status != 200 || doc["scope"] != "read" {
			t.Fatalf("%d %v", status, doc)
		}
	}
	if asked != 1 {
		t.Errorf("the keys were fetched %d times", asked)
	}
	published = next
	if status, _ := w.ask(form(next), nil); status != 401 {
		t.Errorf("an unknown key makes us ask again at once: %d", status)
	}
	w.now = w.now.Add(time.Minute)
	if status, _ := w.ask(form(next), nil); status != 200 || asked != 2 {
		t.Errorf("the new key: %d, %d asked", status, asked)
	}
	own := w.claims(string(client.ID), "own")
	if status, _ := w.ask(assertion(next.sign(own)), nil); status != 401 {
		t.Errorf("in its own name: %d", status)
	}
	w.now, redirect = w.now.Add(11*time.Minute), true
	if status, _ := w.ask(form(next), nil); status != 401 || asked != 3 {
		t.Errorf("redirected: %d, %d asked", status, asked)
	}
}
