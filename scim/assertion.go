package scim

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"varco/registry"
)

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" // RFC 7523 §2.2
	maxAssertion  = 16 << 10                                                 // bytes
	maxKeySet     = 64 << 10                                                 // bytes
	// The end of an assertion lies at most so far ahead: of a client's own, and of another provider's, which signs
	// for an hour and a little.
	ownLife, workloadLife = 10 * time.Minute, 2 * time.Hour
	skew                  = 30 * time.Second // between its clock and ours
	keysLife              = 10 * time.Minute // of a key set that was fetched
	keysPause             = time.Minute      // between two looks for a key that was not in it
	keysRetry             = 10 * time.Second // after a set could not be fetched
)

// algorithms are all that is accepted: no HMAC, which would make a public key a secret, and not none.
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256, jose.EdDSA}

// asserted is the client that signed the assertion, or whose identity provider did (RFC 7523 §3).
func (s *server) asserted(ctx context.Context, form url.Values) (registry.Client, registry.Evidence, error) {
	none, raw := registry.Evidence{}, form.Get("client_assertion")
	if form.Get("client_assertion_type") != assertionType || len(raw) > maxAssertion {
		return registry.Client{}, none, errClient
	}
	token, err := jwt.ParseSigned(raw, algorithms)
	if err != nil || len(token.Headers) != 1 {
		return registry.Client{}, none, errClient
	}
	var claims jwt.Claims
	id := form.Get("client_id")
	if id == "" && token.UnsafeClaimsWithoutVerification(&claims) == nil {
		id = claims.Subject // whom it claims to be; its own keys decide
	}
	client, err := s.reg.ClientToAsk(ctx, registry.ClientID(id))
	if err != nil {
		if registry.KindOf(err) == registry.Forbidden {
			err = errClient
		}
		return registry.Client{}, none, err
	}
	key, err := s.keys.find(ctx, client.Proof, token.Headers[0], s.reg.Now())
	if err != nil || token.Claims(key, &claims) != nil {
		return registry.Client{}, none, errClient
	}
	evidence, err := s.evidence(client, claims)
	return client, evidence, err
}

// evidence checks what a signed assertion claims. RFC 7523 §3
func (s *server) evidence(c registry.Client, claims jwt.Claims) (registry.Evidence, error) {
	now, life := s.reg.Now(), ownLife
	issuer, subject, audiences := string(c.ID), string(c.ID), []string{s.origin + TokenPath, s.origin}
	workload := c.Proof.Issuer != ""
	if workload {
		issuer, subject, audiences, life = c.Proof.Issuer, c.Proof.Subject, []string{c.Proof.Audience}, workloadLife
	}
	addressed := slices.ContainsFunc(audiences, func(a string) bool { return a != "" && claims.Audience.Contains(a) })
	switch {
	case claims.Issuer != issuer || claims.Subject != subject || !addressed:
		return registry.Evidence{}, errClient
	case claims.Expiry == nil || !now.Add(-skew).Before(claims.Expiry.Time()) || claims.Expiry.Time().After(now.Add(life)):
		return registry.Evidence{}, errClient
	case claims.NotBefore != nil && claims.NotBefore.Time().After(now.Add(skew)),
		claims.IssuedAt != nil && claims.IssuedAt.Time().After(now.Add(skew)):
		return registry.Evidence{}, errClient
	case claims.ID == "" && !workload: // Entra ID names no assertion and sends one again until it ends
		return registry.Evidence{}, errClient
	case claims.ID == "":
		return registry.Evidence{}, nil
	}
	name := sha256.Sum256([]byte(claims.ID))
	return registry.Evidence{ID: hex.EncodeToString(name[:]), Until: claims.Expiry.Time().Add(2 * skew)}, nil
}

// ParseKeys checks a JSON Web Key Set (RFC 7517): public keys only, of the kinds whose signatures are accepted.
func ParseKeys(data []byte) (*jose.JSONWebKeySet, error) {
	var set jose.JSONWebKeySet
	if len(data) > maxKeySet {
		return nil, errors.New("keys: the set is too large")
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, errors.New("keys: not a JSON Web Key Set")
	}
	set.Keys = slices.DeleteFunc(set.Keys, func(k jose.JSONWebKey) bool { return !usable(k) })
	if len(set.Keys) == 0 {
		return nil, errors.New("keys: no public key for RS256, PS256, ES256 or EdDSA")
	}
	return &set, nil
}

func usable(k jose.JSONWebKey) bool {
	if !k.Valid() || !k.IsPublic() || k.Use != "" && k.Use != "sig" {
		return false
	}
	switch public := k.Key.(type) {
	case *rsa.PublicKey:
		return public.N.BitLen() >= 2048
	case ed25519.PublicKey:
		return true
	case *ecdsa.PublicKey:
		return public.Curve == elliptic.P256()
	default:
		return false
	}
}

// keyring fetches key sets and keeps them for a while.
type keyring struct {
	client *http.Client
	mu     sync.Mutex
	sets   map[string]*fetched
}

// fetched is a key set by its address. Whoever needs it while it is fetched waits: strangers cause fetches.
type fetched struct {
	mu    sync.Mutex
	set   *jose.JSONWebKeySet
	at    time.Time
	tried time.Time // when it could not be fetched last
}

// newKeyring fetches over transport; nil is the default one. It follows no redirect: only the host that was configured
// is asked.
func newKeyring(transport http.RoundTripper) *keyring {
	return &keyring{sets: map[string]*fetched{}, client: &http.Client{
		Transport: transport, Timeout: 5 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("redirects are not followed") },
	}}
}

// find is the key that an assertion names, among those of the client. What the assertion itself carries or points to
// (jwk, jku, x5c, x5u) is never looked at.
func (k *keyring) find(ctx context.Context, proof registry.Proof, header jose.Header, now time.Time) (any, error) {
	set, age, err := k.set(ctx, proof, now, keysLife)
	if err != nil {
		return nil, err
	}
	key, ok := choose(set, header)
	if !ok && proof.KeyURL != "" && age >= keysPause { // the provider may have a new key
		if set, _, err = k.set(ctx, proof, now, keysPause); err != nil {
			return nil, err
		}
		key, ok = choose(set, header)
	}
	if !ok {
		return nil, errClient
	}
	return key, nil
}

// choose finds the key by its id; only a set of one key needs none.
func choose(set *jose.JSONWebKeySet, header jose.Header) (any, bool) {
	for _, key := range set.Keys {
		named := key.KeyID == header.KeyID && header.KeyID != "" || header.KeyID == "" && len(set.Keys) == 1
		if named && (key.Algorithm == "" || key.Algorithm == header.Algorithm) {
			return key.Key, true
		}
	}
	return nil, false
}

// set is the client's key set and its age.
func (k *keyring) set(ctx context.Context, proof registry.Proof, now time.Time, life time.Duration) (*jose.JSONWebKeySet, time.Duration, error) {
	if proof.KeyURL == "" {
		set, err := ParseKeys([]byte(proof.Keys))
		return set, 0, err
	}
	f := k.at(proof.KeyURL)
	f.mu.Lock()
	defer f.mu.Unlock()
	if age := now.Sub(f.at).Abs(); f.set != nil && age < life {
		return f.set, age, nil
	}
	if now.Sub(f.tried).Abs() < keysRetry {
		return nil, 0, errKeys
	}
	set, err := k.fetch(context.WithoutCancel(ctx), proof.KeyURL) // who goes away must not spoil it for who waits
	if err != nil {
		f.tried = now
		return nil, 0, err
	}
	f.set, f.at = set, now
	return set, 0, nil
}

func (k *keyring) at(address string) *fetched {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sets[address] == nil {
		k.sets[address] = &fetched{}
	}
	return k.sets[address]
}

var errKeys = errors.New("keys: could not be fetched")

func (k *keyring) fetch(ctx context.Context, address string) (*jose.JSONWebKeySet, error) {
	if !strings.HasPrefix(address, "https://") {
		return nil, errors.New("keys: only https is fetched")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	answer, err := k.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxKeySet+1))
	if err != nil || answer.StatusCode != http.StatusOK {
		return nil, errKeys
	}
	return ParseKeys(data)
}
