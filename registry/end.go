package registry

import (
	"context"
	"time"
)

// End ends a collaborator's employment now: from this answer on no grant has
// effect, and every session that acted for the company is over (LPT §8.2, L8-08).
// Ending what has ended succeeds and changes nothing.
func (r *Registry) End(ctx context.Context, actor Actor, company CompanyID, id CollaboratorID, reason EndReason) (Collaborator, error) {
	after, _, err := r.Amend(ctx, actor, company, id, func(c Collaborator, now time.Time) (Draft, error) {
		d := c.Draft(now)
		d.Active, d.EndReason = false, reason
		return d, nil
	})
	return after, err
}

// Condition refuses an act on a collaborator that is not in the state the caller
// expects. A nil Condition refuses nothing.
type Condition func(current Collaborator, now time.Time) error

// Delete ends the collaborator as End does and hides it: it is NotFound from then
// on, its user name, external id and code are free, and its history is kept
// (REQUIREMENTS C.3).
func (r *Registry) Delete(ctx context.Context, actor Actor, company CompanyID, id CollaboratorID, unless Condition) error {
	var held *Error
	err := r.pass(ctx, actor, ActDelete, company, func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
		e.Target = string(id)
		c, err := tx.Collaborator(company, id)
		if err != nil {
			return false, err
		}
		if unless != nil {
			if err := unless(c, at); err != nil {
				return false, err
			}
		}
		a := &amendment{tx: tx, actor: actor, at: at, entry: e, cur: c, next: c, draft: c.Draft(at)}
		a.draft.Active = false
		if err := a.plan(); err != nil {
			return false, err
		}
		if held, err = r.watch(a, ActDelete); err != nil {
			return false, err
		}
		if held != nil {
			return a.hold(ActDelete)
		}
		a.next.DeletedAt = at
		err = a.write()
		e.Act = ActDelete
		return true, err
	})
	if err == nil && held != nil {
		return held
	}
	return err
}

// sweepBatch bounds how much one sweep loads at a time.
const sweepBatch = 200

// SweepReport counts what a sweep did.
type SweepReport struct {
	Closed int // employments whose end was recorded
}

// Sweep records the employments whose end has come: it ends their grants and
// sessions and writes what became of the deadline. Refusals never wait for it:
// every decision tests the end itself. Several replicas may sweep at once.
func (r *Registry) Sweep(ctx context.Context) (SweepReport, error) {
	var report SweepReport
	for {
		due, err := r.due(ctx)
		if err != nil {
			return report, err
		}
		for _, c := range due {
			if err := r.sweepOne(ctx, c, &report); err != nil {
				return report, err
			}
		}
		if len(due) < sweepBatch {
			return report, r.forget(ctx)
		}
	}
}

func (r *Registry) due(ctx context.Context) ([]Collaborator, error) {
	var due []Collaborator
	err := r.store.View(ctx, func(rd Reader) (err error) {
		due, err = rd.Due(r.Now(), sweepBatch)
		return err
	})
	return due, err
}

// sweepOne closes one period, unless somebody else did meanwhile.
func (r *Registry) sweepOne(ctx context.Context, c Collaborator, report *SweepReport) error {
	var closed bool
	err := r.pass(ctx, SystemDeadline, ActEnd, c.CompanyID, func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
		closed = false
		e.Target = string(c.ID)
		cur, err := tx.Collaborator(c.CompanyID, c.ID)
		if KindOf(err) == NotFound && err != nil {
			return false, nil // deleted meanwhile
		}
		if err != nil || !cur.Over(at) || !cur.Employment.ClosedAt.IsZero() {
			return false, err
		}
		a := &amendment{tx: tx, actor: SystemDeadline, at: at, entry: e, cur: cur, next: cur, draft: cur.Draft(at)}
		if err := a.plan(); err != nil {
			return false, err
		}
		closed = true
		return true, a.write()
	})
	if closed && err == nil {
		report.Closed++
	}
	return err
}

// forget drops visits, requests and one-time identifiers that no longer matter.
func (r *Registry) forget(ctx context.Context) error {
	return r.store.Update(ctx, func(tx Tx) error { return tx.Forget(r.Now()) })
}
