package registry

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"
)

// AccessLife is how long an access token lives (RFC 6749 §4.4.3). Revoking its
// client, or the secret it was got with, ends it at once: both are read with every
// request.
const AccessLife = time.Hour

// accessPrefix begins every access token. Its parts, separated by dots, are the
// client, the secret it was got with or "-", the scopes as a number, the end in
// seconds since 1970 and the keyed hash of all that. Nothing of it is kept.
const accessPrefix = "varco1."

// Evidence is an assertion that a client signed, every check of the protocol
// passed; it is good for one time.
type Evidence struct {
	ID    string // empty: the issuer gives its assertions no names
	Until time.Time
}

// ClientToAsk reads a client that wants to prove itself by other means than a
// secret. One that may not act is refused like a wrong secret.
func (r *Registry) ClientToAsk(ctx context.Context, id ClientID) (Client, error) {
	client, err := known(ctx, id, r.client)
	if err == nil && !client.admitted(r.Now()) {
		err = errToken
	}
	if err != nil {
		return Client{}, err
	}
	return client, nil
}

// OpenAccess gives a client that has proved itself an access token for some of its
// scopes; nil for all. Evidence that was used before is a Conflict.
func (r *Registry) OpenAccess(ctx context.Context, c Client, scopes []Scope, by Evidence, request string) (string, []Scope, error) {
	if scopes == nil {
		scopes = c.Scopes
	}
	until := r.Now().Add(AccessLife)
	err := r.pass(ctx, c.Actor(request), ActOpenAccess, c.CompanyID, func(tx Tx, _ time.Time, e *AuditEntry) (bool, error) {
		e.Target = string(c.ID)
		for _, s := range scopes {
			if !slices.Contains(c.Scopes, s) {
				return false, refuseRule(Invalid, RuleScope, "scope: the client does not hold %.40q", string(s))
			}
		}
		if by.ID == "" {
			return true, nil
		}
		return true, tx.InsertUsed("client:"+string(c.ID), by.ID, by.Until)
	})
	if err != nil {
		return "", nil, err
	}
	return r.access(c, scopes, until), scopes, nil
}

// RuleScope marks a refusal of the scopes that were asked for.
const RuleScope = "scope"

func (r *Registry) access(c Client, scopes []Scope, until time.Time) string {
	secret := string(c.ProvenBy)
	if secret == "" {
		secret = "-"
	}
	held := 0
	for i, s := range Scopes() {
		if slices.Contains(scopes, s) {
			held |= 1 << i
		}
	}
	body := accessPrefix + strings.Join([]string{string(c.ID), secret, strconv.Itoa(held), strconv.FormatInt(until.Unix(), 10)}, ".")
	return body + "." + r.sealOf(body)
}

func (r *Registry) sealOf(body string) string {
	return base64.RawURLEncoding.EncodeToString(r.hash("access", body))
}

// authenticateAccess reads an access token. A forged one costs no reading.
func (r *Registry) authenticateAccess(ctx context.Context, token string, read func(context.Context, ClientID) (Client, error)) (Client, error) {
	cut := strings.LastIndexByte(token, '.')
	body, seal := token[:cut], token[cut+1:]
	parts := strings.Split(body, ".")
	if len(token) > 256 || len(parts) != 5 || !hmac.Equal([]byte(seal), []byte(r.sealOf(body))) {
		return Client{}, errToken
	}
	held, _ := strconv.Atoi(parts[3]) // both are our own, or the seal is broken
	until, _ := strconv.ParseInt(parts[4], 10, 64)
	if !r.Now().Before(time.Unix(until, 0)) {
		return Client{}, errToken
	}
	client, err := known(ctx, ClientID(parts[1]), read)
	if err != nil {
		return Client{}, err
	}
	if parts[2] != "-" {
		client.ProvenBy = SecretID(parts[2])
	}
	if !client.admitted(r.Now()) || client.ProvenBy != "" && !client.living(client.ProvenBy, r.Now()) {
		return Client{}, errToken
	}
	client.Scopes = slices.DeleteFunc(Scopes(), func(s Scope) bool {
		return held&(1<<slices.Index(Scopes(), s)) == 0 || !slices.Contains(client.Scopes, s)
	})
	return client, nil
}

// living tells whether the client still has the secret.
func (c Client) living(id SecretID, now time.Time) bool {
	return slices.ContainsFunc(c.Secrets, func(s ClientSecret) bool { return s.ID == id && now.Before(s.ExpiresAt) })
}
