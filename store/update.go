package store

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"time"

	"varco/registry"
)

const (
	// attempts is how often an update is tried before the caller is told to.
	attempts = 12
	// shared is how many of them run beside other updates. In a young database the
	// indexes have few pages, and PostgreSQL takes updates that touch the same page
	// for conflicting: eight at a time can lose to each other for ever. One that has
	// lost so often runs alone in its process.
	shared = 2
)

// Update runs fn in one serializable transaction and commits when fn returns nil.
// It runs fn again when the database asks for that, or when the connection was
// lost before the commit was asked for. A commit whose answer never came may have
// happened: that is Unavailable, and never tried again here.
func (s *Store) Update(ctx context.Context, fn func(registry.Tx) error) error {
	ctx, cancel := patient(ctx)
	defer cancel()
	if s.write.dialect.together {
		if err, settled := s.sketched(ctx, fn); settled {
			return fault(err)
		}
	}
	return s.transact(ctx, fn)
}

// transact is Update in a transaction from BEGIN to COMMIT.
func (s *Store) transact(ctx context.Context, fn func(registry.Tx) error) error {
	for n := 1; ; n++ {
		err, again := s.inTurn(ctx, n, fn)
		if !again || n == attempts {
			return fault(err)
		}
		if !pause(ctx, n) {
			return fault(ctx.Err())
		}
	}
}

// inTurn makes the nth attempt: beside others, or alone.
func (s *Store) inTurn(ctx context.Context, n int, fn func(registry.Tx) error) (err error, again bool) {
	if n <= shared {
		s.turn.RLock()
		defer s.turn.RUnlock()
	} else {
		s.turn.Lock()
		defer s.turn.Unlock()
	}
	if !s.write.dialect.together {
		return s.attemptTogether(ctx, fn)
	}
	return s.attempt(ctx, fn)
}

// attempt runs fn once and tells whether running it again is safe and may help.
func (s *Store) attempt(ctx context.Context, fn func(registry.Tx) error) (err error, again bool) {
	tx, err := s.write.db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return err, conflicting(err) || disconnected(err)
	}
	c := &conn{ctx: ctx, pool: s.write, tx: tx}
	if err := c.play(fn); err != nil {
		_ = tx.Rollback() // the connection is thrown away when this fails
		return err, conflicting(err) || disconnected(err)
	}
	if err := tx.Commit(); err != nil {
		return err, conflicting(err)
	}
	_ = s.write.prepare(ctx, c.sent) // it was committed: next time is soon enough
	return nil, false
}

// play runs fn and sends the writes that wait. The first failure of a statement is
// the transaction's, whatever fn made of it.
func (c *conn) play(fn func(registry.Tx) error) error {
	err := fn(c)
	if err == nil {
		err = c.flush()
	}
	if c.failed != nil {
		err = c.failed
	}
	return err
}

// pause waits a random while that grows with each attempt. It reports false when
// there is no time left.
func pause(ctx context.Context, attempt int) bool {
	most := min(time.Millisecond<<attempt, 100*time.Millisecond)
	t := time.NewTimer(rand.N(most))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
