package registry

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"
)

// Client is the credential of an HR or identity-management system [client SCIM],
// bound to exactly one company.
type Client struct {
	ID        ClientID
	CompanyID CompanyID
	Name      string
	Scopes    []Scope
	TokenHash []byte // keyed hash; the token itself is shown once and never kept
	// Attestation is the company's statement that whoever it provisions is
	// authorised to process personal data, unless told otherwise (REQUIREMENTS C.3).
	Attestation string
	CreatedAt   time.Time
	CreatedBy   string
	ExpiresAt   time.Time
	RevokedAt   time.Time

	Company Company // read with the client, never written through it
}

// ClientReader finds clients, each with its company.
type ClientReader interface {
	Client(ClientID) (Client, error)
	Clients(CompanyID) ([]Client, error)
}

// ClientWriter keeps clients.
type ClientWriter interface {
	InsertClient(Client) error
	UpdateClient(Client) error
}

// NewClient is what is asked for when a client is made.
type NewClient struct {
	Company     CompanyID
	Name        string
	Scopes      []Scope
	Attestation string
	Lifetime    time.Duration
}

const tokenPrefix = "varco_"

// CreateClient makes a client and returns its bearer token, the only time it is seen.
func (r *Registry) CreateClient(ctx context.Context, actor Actor, n NewClient) (Client, string, error) {
	secret := rand.Text()
	var made Client
	err := r.pass(ctx, actor, ActCreateClient, n.Company, func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
		if err := n.check(); err != nil {
			return false, err
		}
		company, err := tx.Company(n.Company)
		if err != nil {
			return false, err
		}
		made = Client{
			ID: newID[ClientID](), CompanyID: n.Company, Name: n.Name, Scopes: n.Scopes,
			TokenHash: r.hash("client", secret), Attestation: n.Attestation,
			CreatedAt: at, CreatedBy: actor.String(), ExpiresAt: at.Add(n.Lifetime), Company: company,
		}
		e.Target = string(made.ID)
		return true, tx.InsertClient(made)
	})
	if err != nil {
		return Client{}, "", err
	}
	return made, tokenPrefix + string(made.ID) + "_" + secret, nil
}

func (n NewClient) check() error {
	switch {
	case strings.TrimSpace(n.Name) == "":
		return refuse(Invalid, "name: required")
	case n.Lifetime <= 0:
		return refuse(Invalid, "lifetime: must be positive")
	case len(n.Scopes) == 0:
		return refuse(Invalid, "scopes: at least one is required")
	case strings.TrimSpace(n.Attestation) == "":
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

// Clients lists the clients of a company.
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

// Authenticate finds the client that a bearer token belongs to, as the store knows
// it now. Every failure is the same refusal: a stranger learns nothing about which
// part was wrong.
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

func (r *Registry) authenticate(ctx context.Context, token string, read func(context.Context, ClientID) (Client, error)) (Client, error) {
	denied := refuse(Forbidden, "the bearer token is missing, wrong, expired or revoked")
	rest, ok := strings.CutPrefix(token, tokenPrefix)
	id, secret, found := strings.Cut(rest, "_")
	if !ok || !found || len(token) > 128 {
		return Client{}, denied
	}
	client, err := read(ctx, ClientID(id))
	if isRefusal(err) { // no such client, or no text that could name one
		return Client{}, denied
	}
	if err != nil {
		return Client{}, err
	}
	if !r.matches(client.TokenHash, "client", secret) || !client.RevokedAt.IsZero() ||
		!r.Now().Before(client.ExpiresAt) || client.Company.State != CompanyActive {
		return Client{}, denied
	}
	return client, nil
}

// Actor is the client as an actor of one request.
func (c Client) Actor(request string) Actor {
	return Actor{Kind: ActorClient, ID: string(c.ID), Company: c.CompanyID, Scopes: c.Scopes, Attestation: c.Attestation, Request: request}
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
