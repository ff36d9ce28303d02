package registry

import (
	"context"
	"time"
)

const (
	// resultLife is how long the result of a request is kept for its client.
	resultLife = 24 * time.Hour
	// resultLease is how long a running request may keep silent before it counts as
	// broken off; whoever runs it renews its result well before.
	resultLease = 30 * time.Second
)

// Result is what became, so far, of a request that is answered later [richiesta
// asincrona]. Answer is at every moment what is to be told if the run breaks off
// now: a process that dies leaves a truthful answer behind.
type Result struct {
	ID        ResultID
	ClientID  ClientID
	Answer    []byte
	Done      bool
	RenewedAt time.Time
	ExpiresAt time.Time
}

// Over tells whether nobody works on the request any more.
func (r Result) Over(now time.Time) bool {
	return r.Done || now.Sub(r.RenewedAt) > resultLease
}

// ResultReader finds results.
type ResultReader interface {
	Result(ResultID) (Result, error)
}

// ResultWriter keeps results.
type ResultWriter interface {
	InsertResult(Result) error
	UpdateResult(Result) error
}

// PromiseResult makes the result of a request that its client will ask for later.
func (r *Registry) PromiseResult(ctx context.Context, actor Actor, answer []byte) (Result, error) {
	now := r.Now()
	result := Result{
		ID: newID[ResultID](), ClientID: ClientID(actor.ID), Answer: answer, RenewedAt: now, ExpiresAt: now.Add(resultLife),
	}
	err := r.store.Update(ctx, func(tx Tx) error { return tx.InsertResult(result) })
	return result, err
}

// KeepResult keeps what has become of the request meanwhile. It refuses where the
// client may do nothing any more, so that its request ends there.
func (r *Registry) KeepResult(ctx context.Context, result Result) error {
	client, err := r.client(ctx, result.ClientID)
	if err != nil {
		return err
	}
	result.RenewedAt = r.Now()
	if err := r.store.Update(ctx, func(tx Tx) error { return tx.UpdateResult(result) }); err != nil {
		return err
	}
	if !client.RevokedAt.IsZero() || client.Company.State == CompanyFrozen {
		return refuse(Forbidden, "the client was revoked")
	}
	return nil
}

// ResultOf reads the result of a request of the actor's own.
func (r *Registry) ResultOf(ctx context.Context, actor Actor, id ResultID) (Result, error) {
	var result Result
	err := r.store.View(ctx, func(rd Reader) (err error) {
		result, err = rd.Result(id)
		return err
	})
	if err != nil || string(result.ClientID) != actor.ID || actor.Kind != ActorClient || !r.Now().Before(result.ExpiresAt) {
		if err == nil {
			err = refuse(NotFound, "not found")
		}
		return Result{}, err
	}
	return result, nil
}
