package registry

import (
	"context"
	"time"
)

// NoticeKind says what a notice tells.
type NoticeKind string

// The notices that this version sends.
const (
	NoticeSessionEnded   NoticeKind = "SESSION_ENDED"   // an application should end its session at once
	NoticeRevocationLate NoticeKind = "REVOCATION_LATE" // the agency should know
	NoticeEndHeld        NoticeKind = "END_HELD"        // the company's administrators should confirm or dismiss
)

// Notice is something to tell the outside [avviso], written in the transaction of
// what it tells and delivered afterwards (transactional outbox).
type Notice struct {
	ID        NoticeID
	Kind      NoticeKind
	Recipient string // an application's entityID, "agency", or "company:" and the id of the company whose administrators should know
	Subject   string // the session or the collaborator it is about
	CreatedAt time.Time
	Attempts  int
}

// NoticeWriter fills and empties the outbox.
type NoticeWriter interface {
	InsertNotices([]Notice) error
	// LeaseNotices takes up to limit notices that are due and hides them from other
	// replicas until an instant, counting the attempt.
	LeaseNotices(now, until time.Time, limit int) ([]Notice, error)
	DeleteNotice(NoticeID) error
}

// LeaseNotices takes notices to deliver; each comes back after the lease unless
// it is settled before.
func (r *Registry) LeaseNotices(ctx context.Context, lease time.Duration, limit int) ([]Notice, error) {
	var notices []Notice
	err := r.store.Update(ctx, func(tx Tx) (err error) {
		now := r.Now()
		notices, err = tx.LeaseNotices(now, now.Add(lease), limit)
		return err
	})
	return notices, err
}

// SettleNotice removes a notice that was delivered.
func (r *Registry) SettleNotice(ctx context.Context, id NoticeID) error {
	return r.store.Update(ctx, func(tx Tx) error { return tx.DeleteNotice(id) })
}
