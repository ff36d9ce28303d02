// Package store keeps the registry in SQLite or PostgreSQL. All SQL of the
// project is here: one text with ? for both engines, rebound in one place.
//
// It imports registry, whose Store interface it is the only body of, sqlx and the
// two drivers. Nothing imports it but cmd and tests.
//
// Start reading at [Open], then update.go (the serializable transaction), conn.go
// (how a statement runs) and one noun, such as person.go; every noun has the file
// name it has in registry. The tables are in migrations.
package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"varco/registry"
)

// patience is the longest that one View or one Update may take, waiting for a
// connection and trying again included. What comes to the store later than that
// is refused as Unavailable.
const patience = 2200 * time.Millisecond

// Store is the registry kept in a database. It is safe for concurrent use.
type Store struct {
	read  *pool
	write *pool        // one single connection on SQLite
	turn  sync.RWMutex // updates share it; one that keeps losing takes it alone
	line  line         // of updates on SQLite

	recall recall // of sketches on PostgreSQL
}

var _ registry.Store = (*Store)(nil)

type options struct {
	migrate     bool
	connections int
}

// Option changes how a store is opened.
type Option func(*options)

// Migrating brings the database to the program's version before it is opened.
func Migrating() Option { return func(o *options) { o.migrate = true } }

// Connections limits the connections to the database that read, and those that
// write: to as many on PostgreSQL, to one on SQLite. The default is 16.
func Connections(n int) Option { return func(o *options) { o.connections = n } }

// Open opens the database at a URL: "sqlite:PATH" or "postgres://...". A database
// that is not at the program's version is refused.
func Open(ctx context.Context, url string, opts ...Option) (*Store, error) {
	o := options{connections: 16}
	for _, opt := range opts {
		opt(&o)
	}
	if o.migrate {
		if err := Migrate(ctx, url); err != nil {
			return nil, err
		}
	}
	s, err := connect(url, o.connections)
	if err != nil {
		return nil, err
	}
	if err := s.begin(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// begin checks the database's version and prepares the hot statements.
func (s *Store) begin(ctx context.Context) error {
	v, err := schemaVersion(ctx, s.read.db)
	if err != nil {
		return fmt.Errorf("store: the database does not answer: %w", err)
	}
	if err := v.check(); err != nil {
		return err
	}
	reads, err := hotReads(s.read.dialect)
	if err != nil {
		return err
	}
	if err := s.read.prepare(ctx, reads); err != nil {
		return err
	}
	if s.write.dialect.together {
		return s.write.prepare(ctx, reads)
	}
	return s.write.prepare(ctx, append(reads, hotWrites()...))
}

// Close closes every connection.
func (s *Store) Close() error {
	return errors.Join(s.read.db.Close(), s.write.db.Close())
}

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := patient(ctx)
	defer cancel()
	return fault(s.read.db.PingContext(ctx))
}

// View reads committed data, each call one statement.
func (s *Store) View(ctx context.Context, fn func(registry.Reader) error) error {
	ctx, cancel := patient(ctx)
	defer cancel()
	return fn(&conn{ctx: ctx, pool: s.read})
}

// patient is a context that ends when the caller's patience does, or the store's.
// It does not end because the caller went away: a statement broken off costs its
// connection, and a revocation begun is better finished.
func patient(ctx context.Context) (context.Context, context.CancelFunc) {
	kept := context.WithoutCancel(ctx)
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		kept, cancel = context.WithDeadline(kept, deadline)
		ctx, cancelled := context.WithTimeout(kept, patience)
		return ctx, func() { cancelled(); cancel() }
	}
	return context.WithTimeout(kept, patience)
}
