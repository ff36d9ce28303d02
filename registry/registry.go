// Package registry holds the rules of Varco: who works for which company, with
// which profiles, and since when nobody may enter any more.
//
// It imports the standard library only. It knows no SQL, no HTTP, no XML and no
// wire format: the rooms around it (scim, saml, web) turn their protocol into the
// verbs of [Registry], and the store keeps what the verbs change.
//
// Start reading at [Registry] (the verbs), then gate.go (the one way a change is
// made), grant.go (the one function that says whether a right has effect) and
// deadline.go (the five days).
package registry

import (
	"context"
	"time"
)

// Registry is the set of business verbs. All of them take the actor as an
// argument, pass the gate and read one clock.
type Registry struct {
	store  Store
	now    func() time.Time
	secret []byte

	acquainted acquaintance
	guard      Guard
	pace       tallies
}

// New makes a registry over a store. The clock gives each transaction its one
// instant; the secret (32 bytes or more) keys the hashes under which tokens are
// kept, so that a stolen database opens nothing.
func New(store Store, now func() time.Time, secret []byte) *Registry {
	if len(secret) < 32 {
		panic("registry: the secret needs 32 bytes or more")
	}
	return &Registry{store: store, now: now, secret: secret, guard: DefaultGuard}
}

// Now is the registry's instant, in UTC and whole microseconds, as the store keeps it.
func (r *Registry) Now() time.Time { return instant(r.now()) }

func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Ready tells whether the store answers.
func (r *Registry) Ready(ctx context.Context) error {
	return r.store.View(ctx, func(rd Reader) error {
		_, err := rd.Due(r.Now(), 1)
		return err
	})
}

// Store keeps the registry. The package store is its only body.
type Store interface {
	// View reads committed data. Each call on the Reader is one statement of its
	// own: a View is no snapshot.
	View(ctx context.Context, fn func(Reader) error) error
	// Update runs fn in one serializable transaction and commits when fn returns
	// nil. fn may run again after a conflict: it touches nothing but tx. Writes may
	// reach the database as late as the commit, so a broken constraint may be
	// reported by Update instead of by the call that caused it.
	Update(ctx context.Context, fn func(Tx) error) error
	// Rehearse runs fn on a store that keeps nothing of it: its views and updates
	// are all part of one transaction that is rolled back. fn may run again.
	Rehearse(ctx context.Context, fn func(Store) error) error
}

// Reader reads every noun of the registry. A row that is not there is an [Error]
// of kind NotFound.
type Reader interface {
	PersonReader
	CompanyReader
	UnitReader
	MemberReader
	CollaboratorReader
	ClientReader
	VisitReader
	SessionReader
	ResultReader
	AuditReader
	GuardReader
	HoldReader
}

// Tx reads and writes every noun inside one serializable transaction.
type Tx interface {
	Reader
	PersonWriter
	CompanyWriter
	UnitWriter
	MemberWriter
	CollaboratorWriter
	GrantWriter
	ClientWriter
	VisitWriter
	SessionWriter
	ResultWriter
	AuditWriter
	NoticeWriter
	GuardWriter
	HoldWriter
}
