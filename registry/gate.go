package registry

import (
	"context"
	"errors"
	"time"
)

// refusalTimeout bounds the writing of a refusal's own audit entry, which must
// happen even when the caller has gone away.
const refusalTimeout = 5 * time.Second

// maxTarget bounds what a refused act can leave in the trail; every id is shorter.
const maxTarget = 64

// change is the body of an act. It makes the change on tx at one instant and
// completes the audit entry; it reports false when there was nothing to do.
type change func(tx Tx, at time.Time, e *AuditEntry) (bool, error)

// pass is the gate: the only way anything changes. It asks whether the actor may
// do the act, makes the change and writes the audit entry, all in one transaction.
// A refusal rolls everything back and then commits its own entry; where even that
// cannot be written the answer is Unavailable. An act with nothing to do succeeds
// and leaves no entry.
func (r *Registry) pass(ctx context.Context, actor Actor, act Act, company CompanyID, do change) error {
	var entry AuditEntry
	err := r.store.Update(ctx, func(tx Tx) error {
		at := r.Now()
		entry = newAuditEntry(at, actor, act, company)
		if err := may(actor, act, company); err != nil {
			return err
		}
		if err := actor.standing(tx, at); err != nil {
			return err
		}
		changed, err := do(through(actor, tx), at, &entry)
		if err != nil || !changed {
			return err
		}
		entry.Outcome = Done
		return tx.AppendAudit(entry)
	})
	if err == nil || !isRefusal(err) {
		return err
	}
	if errors.Is(err, errDismissed) {
		r.acquainted.forget()
	}
	return r.recordRefusal(ctx, entry, err)
}

// isRefusal tells a decision of a rule from a fault of the machinery.
func isRefusal(err error) bool {
	switch KindOf(err) {
	case Invalid, NotFound, Conflict, Forbidden, Stale:
		return true
	default:
		return false
	}
}

// told is what a refusal says to the outside: the database's own words are not for
// the trail.
func told(refusal error) string {
	var e *Error
	if errors.As(refusal, &e) {
		return e.Msg
	}
	return refusal.Error()
}

// recordRefusal commits the entry of a refused act and returns the refusal.
func (r *Registry) recordRefusal(ctx context.Context, entry AuditEntry, refusal error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refusalTimeout)
	defer cancel()
	entry.ID = newID[AuditID]()
	entry.Outcome = Refused
	entry.Reason = told(refusal)
	entry.Target = entry.Target[:min(len(entry.Target), maxTarget)]
	entry.Changes = nil
	err := r.store.Update(ctx, func(tx Tx) error { return tx.AppendAudit(entry) })
	if err != nil {
		return &Error{Kind: Unavailable, Msg: "the refusal could not be recorded", Err: err}
	}
	return refusal
}
