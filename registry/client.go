package registry

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Client is an HR or identity-management system as Varco knows it [client SCIM]. It
// acts for exactly one company, or for one unit of it, or reads every company for
// the agency.
type Client struct {
	ID        ClientID
	CompanyID CompanyID // empty for the agency's
	UnitID    UnitID    // the one unit it is narrowed to; empty: the whole company
	Agency    bool      // reads every company, changes nothing
	Name      string
	Scopes    []Scope

	Strict        bool // refuses the forms that senders use beside RFC 7644
	ProfileGroups bool // shows each profile as a group, for senders that know groups only
	Quota         Quota

	Proof       Proof
	Attestation string
	CreatedAt   time.Time
	CreatedBy   string
	ExpiresAt   time.Time
	RevokedAt   time.Time

	// Read with the client, never written through it.
	Company      Company
	UnitCode     string
	UnitClosedAt time.Time
	Secrets      []ClientSecret // by creation
	ProvenBy     SecretID       // the secret it proved itself with, if one
}

// Keyed tells whether the client proves itself with signatures instead of a secret.
func (c Client) Keyed() bool { return c.Proof.Keys != "" || c.Proof.KeyURL != "" }

// Quota is how many requests a client may make; zero means the program's default.
type Quota struct {
	PerSecond int
	Burst     int // how many at once after a pause
}

// Proof is how a client proves who it is, beside its secrets.
type Proof struct {
	// Keys is a JSON Web Key Set (RFC 7517 §5); KeyURL is the https address it is
	// fetched from instead. With either the client may sign assertions (RFC 7523).
	Keys   string
	KeyURL string
	// Issuer and Subject name the workload of another identity provider whose
	// assertions stand for the client's own; Audience is what they must be for.
	Issuer   string
	Subject  string
	Audience string
	// Certificate is the SHA-256 of the one TLS certificate the client may come
	// with (RFC 8705 §3); empty: any or none.
	Certificate []byte
	Networks    []netip.Prefix // the only addresses it may come from; none: all
}

// ClientSecret is a secret of a client. The secret itself is shown once and never kept.
type ClientSecret struct {
	ID        SecretID
	ClientID  ClientID
	Hash      []byte // keyed
	CreatedAt time.Time
	CreatedBy string
	ExpiresAt time.Time
}

// ClientReader finds clients, each with its company, unit and secrets.
type ClientReader interface {
	Client(ClientID) (Client, error)
	Clients(CompanyID) ([]Client, error) // empty: the agency's
}

// ClientWriter keeps clients.
type ClientWriter interface {
	InsertClient(Client) error
	UpdateClient(Client) error
	InsertSecret(ClientSecret) error
	// ExpireSecrets lets the client's secrets end at an instant, unless they end before.
	ExpireSecrets(id ClientID, at time.Time) error
}

// NewClient is what is asked for when a client is made.
type NewClient struct {
	Company       CompanyID
	Unit          string // code of the unit it is narrowed to; empty: the whole company
	Agency        bool   // instead of a company
	Name          string
	Scopes        []Scope
	Strict        bool
	ProfileGroups bool
	Quota         Quota
	Proof         Proof
	Attestation   string // not of an agency client, which provisions nobody
	Lifetime      time.Duration
}

const (
	tokenPrefix = "varco_"
	maxQuota    = 1_000_000
)

// CreateClient makes a client and returns its bearer token, the only time it is
// seen. A client with keys gets none: there is nothing to steal.
func (r *Registry) CreateClient(ctx context.Context, actor Actor, n NewClient) (Client, string, error) {
	secret := rand.Text()
	var made Client
	err := r.pass(ctx, actor, ActCreateClient, n.Company, func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
		if err := n.check(); err != nil {
			return false, err
		}
		var err error
		if made, err = n.client(tx, actor, at); err != nil {
			return false, err
		}
		e.Target = string(made.ID)
		if err := tx.InsertClient(made); err != nil {
			return false, err
		}
		if made.Keyed() {
			return true, nil
		}
		made.Secrets = []ClientSecret{r.newClientSecret(made, actor, at, secret)}
		return true, tx.InsertSecret(made.Secrets[0])
	})
	if err != nil {
		return Client{}, "", err
	}
	if made.Keyed() {
		return made, "", nil
	}
	return made, made.token(secret), nil
}

func (c Client) token(secret string) string { return tokenPrefix + string(c.ID) + "_" + secret }

// client is what is to be kept.
func (n NewClient) client(tx Tx, actor Actor, at time.Time) (Client, error) {
	c := Client{
		ID: newID[ClientID](), CompanyID: n.Company, Agency: n.Agency, Name: n.Name, Scopes: n.Scopes,
		Strict: n.Strict, ProfileGroups: n.ProfileGroups, Quota: n.Quota, Proof: n.Proof, Attestation: n.Attestation,
		CreatedAt: at, CreatedBy: actor.String(), ExpiresAt: at.Add(n.Lifetime),
	}
	if n.Agency {
		return c, nil
	}
	var err error
	if c.Company, err = tx.Company(n.Company); err != nil || n.Unit == "" {
		return c, err
	}
	units, err := tx.Units(n.Company)
	if err != nil {
		return c, err
	}
	i := slices.IndexFunc(units, func(u Unit) bool { return u.Code == n.Unit })
	if i < 0 {
		return c, refuse(Invalid, "unit: the company has no open unit %.40q", n.Unit)
	}
	c.UnitID, c.UnitCode = units[i].ID, n.Unit
	return c, nil
}

func (r *Registry) newClientSecret(c Client, actor Actor, at time.Time, secret string) ClientSecret {
	return ClientSecret{
		ID: newID[SecretID](), ClientID: c.ID, Hash: r.hash("client", secret),
		CreatedAt: at, CreatedBy: actor.String(), ExpiresAt: c.ExpiresAt,
	}
}

// check tests that the proof can be met.
func (p Proof) check() error {
	switch {
	case p.Keys != "" && p.KeyURL != "":
		return refuse(Invalid, "keys: either the set or its address")
	case p.KeyURL != "" && !strings.HasPrefix(p.KeyURL, "https://"):
		return refuse(Invalid, "keys: the address must be https")
	case (p.Issuer != "") != (p.Subject != "") || (p.Issuer != "") != (p.Audience != ""):
		return refuse(Invalid, "issuer, subject and audience: all or none")
	case p.Issuer != "" && p.Keys == "" && p.KeyURL == "":
		return refuse(Invalid, "issuer: its keys are required")
	case len(p.Certificate) != 0 && len(p.Certificate) != sha256.Size:
		return refuse(Invalid, "certificate: must be the SHA-256 of a certificate")
	default:
		return nil
	}
}

func (n NewClient) check() error {
	if err := n.Proof.check(); err != nil {
		return err
	}
	switch {
	case n.Agency && (n.Company != "" || n.Unit != ""):
		return refuse(Invalid, "agency: a client of the agency has no company and no unit")
	case n.Agency && (len(n.Scopes) != 1 || n.Scopes[0] != ScopeRead):
		return refuse(Invalid, "scopes: a client of the agency has the scope %s only", ScopeRead)
	case n.Quota.PerSecond < 0 || n.Quota.Burst < 0 || n.Quota.PerSecond > maxQuota || n.Quota.Burst > maxQuota:
		return refuse(Invalid, "quota: must be 0 to %d requests", maxQuota)
	case strings.TrimSpace(n.Name) == "":
		return refuse(Invalid, "name: required")
	case n.Lifetime <= 0:
		return refuse(Invalid, "lifetime: must be positive")
	case len(n.Scopes) == 0:
		return refuse(Invalid, "scopes: at least one is required")
	case !n.Agency && strings.TrimSpace(n.Attestation) == "":
		return refuse(Invalid, "attestation: required")
	}
	for _, s := range n.Scopes {
		if !slices.Contains(Scopes(), s) {
			return refuse(Invalid, "scopes: %.40q is not a scope", s)
		}
	}
	return nil
}

// RevokeClient makes the client's token useless from this answer on.
func (r *Registry) RevokeClient(ctx context.Context, actor Actor, id ClientID) error {
	client, err := r.client(ctx, id)
	if err != nil {
		return err
	}
	defer r.acquainted.forget()
	return r.pass(ctx, actor, ActRevokeClient, client.CompanyID, func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
		c, err := tx.Client(id)
		if err != nil || !c.RevokedAt.IsZero() {
			return false, err
		}
		c.RevokedAt = at
		e.Target = string(id)
		return true, tx.UpdateClient(c)
	})
}

// maxOverlap is how long an old secret may live beside its successor.
const maxOverlap = 30 * 24 * time.Hour

// RotateClient gives the client a new secret, the only time it is seen. The old
// ones, and the access tokens that were got with them, hold until the overlap ends;
// none at all where it is zero.
func (r *Registry) RotateClient(ctx context.Context, actor Actor, id ClientID, overlap, life time.Duration) (Client, string, error) {
	client, err := r.client(ctx, id)
	if err != nil {
		return Client{}, "", err
	}
	secret := rand.Text()
	defer r.acquainted.forget()
	err = r.pass(ctx, actor, ActRotateClient, client.CompanyID, func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
		e.Target = string(id)
		switch {
		case overlap < 0 || overlap > maxOverlap:
			return false, refuse(Invalid, "overlap: must be 0 to %s", maxOverlap)
		case life <= overlap:
			return false, refuse(Invalid, "life: must be longer than the overlap")
		}
		if client, err = tx.Client(id); err != nil {
			return false, err
		}
		if !client.RevokedAt.IsZero() || client.Keyed() {
			return false, refuse(Conflict, "the client was revoked, or has keys instead of secrets")
		}
		if err := tx.ExpireSecrets(id, at.Add(overlap)); err != nil {
			return false, err
		}
		client.ExpiresAt = at.Add(life)
		if err := tx.UpdateClient(client); err != nil {
			return false, err
		}
		e.changed("overlap", "", overlap.String())
		return true, tx.InsertSecret(r.newClientSecret(client, actor, at, secret))
	})
	if err != nil {
		return Client{}, "", err
	}
	return client, client.token(secret), nil
}

// Clients lists the clients of a company, or the agency's where it is empty.
func (r *Registry) Clients(ctx context.Context, actor Actor, company CompanyID) ([]Client, error) {
	if err := may(actor, ActRead, company); err != nil {
		return nil, err
	}
	var clients []Client
	err := r.store.View(ctx, func(rd Reader) (err error) {
		clients, err = rd.Clients(company)
		return err
	})
	return clients, err
}

// Authenticate finds the client that a token belongs to, as the store knows it now:
// its own secret, or an access token. Every failure is the same refusal: a stranger
// learns nothing about which part was wrong.
func (r *Registry) Authenticate(ctx context.Context, token string) (Client, error) {
	return r.authenticate(ctx, token, r.client)
}

// AuthenticateReader is Authenticate for a request that changes nothing: what was
// read of the client a moment ago will do (see [acquaintance]).
func (r *Registry) AuthenticateReader(ctx context.Context, token string) (Client, error) {
	return r.authenticate(ctx, token, func(ctx context.Context, id ClientID) (Client, error) {
		if client, known := r.acquainted.with(id, r.Now()); known {
			return client, nil
		}
		return r.client(ctx, id)
	})
}

var errToken = refuse(Forbidden, "the bearer token is missing, wrong, expired or revoked")

func (r *Registry) authenticate(ctx context.Context, token string, read func(context.Context, ClientID) (Client, error)) (Client, error) {
	if strings.HasPrefix(token, accessPrefix) {
		return r.authenticateAccess(ctx, token, read)
	}
	rest, ok := strings.CutPrefix(token, tokenPrefix)
	id, secret, found := strings.Cut(rest, "_")
	if !ok || !found || len(token) > 128 {
		return Client{}, errToken
	}
	client, err := known(ctx, ClientID(id), read)
	if err != nil {
		return Client{}, err
	}
	client.ProvenBy = r.holds(client, secret)
	if client.ProvenBy == "" || !client.admitted(r.Now()) {
		return Client{}, errToken
	}
	return client, nil
}

// known reads a client; there being none is what any other stranger is told.
func known(ctx context.Context, id ClientID, read func(context.Context, ClientID) (Client, error)) (Client, error) {
	client, err := read(ctx, id)
	if isRefusal(err) { // no such client, or no text that could name one
		return Client{}, errToken
	}
	return client, err
}

// holds finds the secret among those of the client that have not expired.
func (r *Registry) holds(c Client, secret string) SecretID {
	hash, now := r.hash("client", secret), r.Now()
	for _, s := range c.Secrets {
		if subtle.ConstantTimeCompare(s.Hash, hash) == 1 && now.Before(s.ExpiresAt) {
			return s.ID
		}
	}
	return ""
}

// admitted tells whether the client may act at all. A client of a unit that was
// closed may not: it must never widen to the company.
func (c Client) admitted(now time.Time) bool {
	return c.RevokedAt.IsZero() && now.Before(c.ExpiresAt) && c.UnitClosedAt.IsZero() &&
		(c.Agency || c.Company.State == CompanyActive)
}

// Admits tells whether the client may come over this connection: with the one
// certificate it is bound to (RFC 8705 §3), from a network it may come from.
func (c Client) Admits(certificate []byte, from netip.Addr) bool {
	if len(c.Proof.Certificate) > 0 && !bytes.Equal(c.Proof.Certificate, certificate) {
		return false
	}
	return len(c.Proof.Networks) == 0 ||
		slices.ContainsFunc(c.Proof.Networks, func(n netip.Prefix) bool { return n.Contains(from) })
}

// Actor is the client as an actor of one request.
func (c Client) Actor(request string) Actor {
	return Actor{Kind: ActorClient, ID: string(c.ID), Company: c.CompanyID, Unit: c.UnitID, Agency: c.Agency, Scopes: c.Scopes,
		Attestation: c.Attestation, Request: request, client: &c}
}

// client reads a client, and remembers it for readers.
func (r *Registry) client(ctx context.Context, id ClientID) (Client, error) {
	made := r.acquainted.begin()
	now := r.Now()
	var client Client
	err := r.store.View(ctx, func(rd Reader) (err error) {
		client, err = rd.Client(id)
		return err
	})
	if err == nil {
		made(client, now)
	}
	return client, err
}
