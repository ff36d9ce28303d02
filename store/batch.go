package store

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"varco/registry"
)

// SQLite has one writer, and most of a small write is the wait for the disk at its
// end. Updates that wait for their turn are therefore committed together: the first
// begins a transaction, the others join it one after the other, each in a savepoint
// of its own, and all of them are answered when the one commit is on the disk. One
// that fails takes back what it did and nothing else; its answer too waits for the
// commit, for what refused it may have been written by another of the batch.
const (
	// mostTogether and gathering bound how long the first one waits for the others.
	mostTogether = 64
	gathering    = 200 * time.Millisecond
)

const (
	openSavepoint     = "SAVEPOINT member"
	releaseSavepoint  = "RELEASE member"
	rollbackSavepoint = "ROLLBACK TO member"
)

// batch is a transaction that updates share, one at a time.
type batch struct {
	tx   *sqlx.Tx
	kept kept
	back chan struct{} // whoever has the transaction returns it
	over chan struct{} // closed when the batch is
	err  error         // why nothing of it was committed; read it when it is over
}

// kept are the rows of steady reads (recall.go) that a batch has made, never changed:
// nobody else writes while it lasts.
type kept map[read]any

// without forgets the reads of a table.
func (k kept) without(table string) {
	for r := range k {
		if strings.Contains(r.query, table) {
			delete(k, r)
		}
	}
}

// errBroken is the end of a batch whose transaction SQLite has given up, as it does
// when the disk is full: those who took part must run again.
var errBroken = &registry.Error{Kind: registry.Unavailable, Msg: "the registry is not available"}

// attemptTogether is attempt on SQLite: it begins a batch or joins one.
func (s *Store) attemptTogether(ctx context.Context, fn func(registry.Tx) error) (err error, again bool) {
	b, err := s.line.enter(ctx)
	if err != nil {
		return err, false
	}
	if b == nil {
		return s.lead(ctx, fn)
	}
	err = b.follow(&conn{ctx: ctx, pool: s.write, tx: b.tx, kept: b.kept}, fn)
	<-b.over
	if b.err != nil {
		return b.err, b.err == errBroken || conflicting(b.err)
	}
	return err, conflicting(err)
}

// lead begins a batch, runs fn, lets the others join and commits. A lone update pays
// for no savepoint.
func (s *Store) lead(ctx context.Context, fn func(registry.Tx) error) (err error, again bool) {
	defer s.line.pass()
	// The batch is not this caller's alone: their deadline must not roll it back.
	tx, err := s.write.db.BeginTxx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return err, conflicting(err) || disconnected(err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	b := &batch{tx: tx, kept: kept{}, back: make(chan struct{}), over: make(chan struct{})}
	if err := (&conn{ctx: ctx, pool: s.write, tx: tx, kept: b.kept}).play(fn); err != nil {
		return err, conflicting(err)
	}
	defer close(b.over)
	s.gather(ctx, b)
	if b.err == nil {
		b.err = tx.Commit()
	}
	return b.err, b.err == errBroken || conflicting(b.err)
}

// gather hands the transaction to those who wait.
func (s *Store) gather(ctx context.Context, b *batch) {
	ctx, cancel := context.WithTimeout(ctx, gathering)
	defer cancel()
	for n := 1; n < mostTogether && b.err == nil && ctx.Err() == nil; n++ {
		p := s.line.next()
		if p == nil {
			return
		}
		p.turn <- b
		<-b.back
	}
}

// follow runs fn in a savepoint of the batch, then gives the transaction back,
// even when fn panics.
func (b *batch) follow(c *conn, fn func(registry.Tx) error) (err error) {
	defer func() { b.back <- struct{}{} }()
	if err := c.ctx.Err(); err != nil {
		return err
	}
	if _, err := c.send(openSavepoint, nil); err != nil {
		b.err = errBroken
		return err
	}
	kept := false
	defer func() {
		if !kept {
			b.undo(c.pool)
		}
	}()
	if err := c.play(fn); err != nil {
		return err
	}
	_, err = c.send(releaseSavepoint, nil)
	kept = err == nil
	return err
}

// undo takes back what was done since the savepoint. Where that fails SQLite has
// ended the whole transaction.
func (b *batch) undo(p *pool) {
	clear(b.kept)
	c := &conn{ctx: context.Background(), pool: p, tx: b.tx}
	for _, statement := range []string{rollbackSavepoint, releaseSavepoint} {
		if _, err := c.send(statement, nil); err != nil {
			b.err = errBroken
			return
		}
	}
}

// line is where updates wait, first come, first served.
type line struct {
	mu      sync.Mutex
	busy    bool // somebody leads a batch
	waiting []*place
}

// place is somebody's in the line. What comes is the batch to join, or nil: they
// lead the next one.
type place struct{ turn chan *batch }

// enter waits for a turn. Whoever gets no batch leads one, and must [line.pass].
func (l *line) enter(ctx context.Context) (*batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := l.stand()
	if p == nil {
		return nil, nil
	}
	select {
	case b := <-p.turn:
		return b, nil
	case <-ctx.Done():
	}
	if l.give(p) {
		return nil, ctx.Err()
	}
	return <-p.turn, nil // it came at the same time
}

// stand takes the last place, or none where there is no line.
func (l *line) stand() *place {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.busy {
		l.busy = true
		return nil
	}
	p := &place{turn: make(chan *batch, 1)}
	l.waiting = append(l.waiting, p)
	return p
}

// give gives a place up. It reports false when its turn has come.
func (l *line) give(p *place) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.waiting, p)
	if i < 0 {
		return false
	}
	l.waiting = slices.Delete(l.waiting, i, i+1)
	return true
}

// next takes the first out of the line; nil when nobody waits.
func (l *line) next() *place {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first()
}

func (l *line) first() *place {
	if len(l.waiting) == 0 {
		return nil
	}
	p := l.waiting[0]
	l.waiting = slices.Delete(l.waiting, 0, 1)
	return p
}

// pass lets the next one lead.
func (l *line) pass() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.first(); p != nil {
		p.turn <- nil
		return
	}
	l.busy = false
}
