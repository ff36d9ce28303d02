package store

import (
	"context"
	"errors"

	"varco/registry"
)

// errRehearsed ends a rehearsal that went through, so that it is rolled back.
var errRehearsed = &registry.Error{Kind: registry.Internal, Msg: "rehearsed"}

// Rehearse runs fn on a store whose views and updates are all inside one
// transaction, which is rolled back. fn may run again after a conflict.
func (s *Store) Rehearse(ctx context.Context, fn func(registry.Store) error) error {
	ctx, cancel := patient(ctx)
	defer cancel()
	err := s.transact(ctx, func(tx registry.Tx) error {
		if err := fn(rehearsal{tx.(*conn)}); err != nil {
			return err
		}
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		return nil
	}
	return err
}

// rehearsal is the store inside a transaction that will be rolled back.
type rehearsal struct{ conn *conn }

// View reads what the rehearsal has written so far.
func (r rehearsal) View(_ context.Context, fn func(registry.Reader) error) error { return fn(r.conn) }

// Rehearse of a rehearsal is a part of it.
func (r rehearsal) Rehearse(_ context.Context, fn func(registry.Store) error) error { return fn(r) }

const (
	openScene = "SAVEPOINT scene"
	undoScene = "ROLLBACK TO scene"
)

// Update runs fn in a savepoint, and has the database test all that it would test
// at a commit. An update that fails leaves nothing; one whose transaction is lost
// loses the whole rehearsal.
func (r rehearsal) Update(_ context.Context, fn func(registry.Tx) error) error {
	c := r.conn
	if err := c.flush(); err != nil {
		return err
	}
	if _, err := c.send(openScene, nil); err != nil {
		return c.fail(err)
	}
	err := c.play(fn)
	if err == nil || registry.KindOf(err) == registry.Unavailable {
		return err
	}
	c.queue, c.failed = nil, nil
	clear(c.kept)
	if _, undone := c.send(undoScene, nil); undone != nil {
		return c.fail(undone)
	}
	return err
}
