package registry

import (
	"context"
	"time"
)

// Outcome of an act in the audit trail.
const (
	Done    = "DONE"
	Refused = "REFUSED"
)

// AuditEntry is one operation in the trail [tracciamento] (LPT §8.6, L8-20): who,
// acting for whom, did what to whom, and what became of it. The store keeps it as
// a salted commitment with the personal part beside it, so that erasing the
// personal part later breaks no proof.
type AuditEntry struct {
	ID      AuditID
	At      time.Time
	Actor   string // "kind:id"
	Act     Act
	Company CompanyID // the company concerned, if one is
	Target  string    // the id of what was acted on
	Person  PersonID  // the person concerned, if known
	Outcome string    // Done or Refused
	Reason  string    // of a refusal or of an end
	Request string    // the request it came with
	Changes []Change
}

// Change is one field before and after. Codes of people are masked.
type Change struct {
	Field  string
	Before string
	After  string
}

func newAuditEntry(at time.Time, actor Actor, act Act, company CompanyID) AuditEntry {
	return AuditEntry{
		ID: newID[AuditID](), At: at, Actor: actor.String(), Act: act, Company: company, Request: actor.Request,
	}
}

// changed notes a field that changed; equal values are no change.
func (e *AuditEntry) changed(field, before, after string) {
	if before != after {
		e.Changes = append(e.Changes, Change{field, before, after})
	}
}

// AuditQuery selects entries of the trail, oldest first.
type AuditQuery struct {
	Company CompanyID // empty: every company
	From    time.Time // inclusive; zero: from the beginning
	Until   time.Time // exclusive; zero: to the end
	After   AuditID   // continue behind this entry
	Limit   int
}

// AuditReader reads the trail. A stored entry whose commitment does not match its
// content is reported as an Internal error that names the entry.
type AuditReader interface {
	Audit(AuditQuery) ([]AuditEntry, error)
}

// AuditWriter appends to the trail; nothing ever changes it.
type AuditWriter interface {
	AppendAudit(AuditEntry) error
}

// Trail reads the audit trail. Only the system and officers may (REQUIREMENTS C.5).
func (r *Registry) Trail(ctx context.Context, actor Actor, q AuditQuery) ([]AuditEntry, error) {
	if actor.Kind != ActorSystem && actor.Kind != ActorOfficer {
		return nil, refuse(Forbidden, "the audit trail is not for this kind of actor")
	}
	var entries []AuditEntry
	err := r.store.View(ctx, func(rd Reader) (err error) {
		entries, err = rd.Audit(q)
		return err
	})
	return entries, err
}
