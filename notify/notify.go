// Package notify empties the outbox: what the registry wrote in the transaction
// of an act is told to the outside afterwards, at least once, however slow or
// absent the outside is.
//
// It imports the registry only. How a notice is delivered is handed in by cmd.
// Start reading at [Run].
package notify

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"varco/registry"
)

// Outbox is where notices wait. The registry is one.
type Outbox interface {
	LeaseNotices(ctx context.Context, lease time.Duration, limit int) ([]registry.Notice, error)
	SettleNotice(ctx context.Context, id registry.NoticeID) error
}

// Deliver tells one notice to its recipient. After an error the notice comes
// again when its lease is over.
type Deliver func(ctx context.Context, n registry.Notice) error

const (
	lease = 30 * time.Second // a notice whose delivery failed or was cut off is tried again after this
	batch = 50
)

// Run delivers what is in the outbox, looking every so often, until ctx ends.
// Several replicas may run at once: a leased notice is one replica's alone.
func Run(ctx context.Context, outbox Outbox, deliver Deliver, every time.Duration, log *slog.Logger) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if err := Drain(ctx, outbox, deliver); err != nil && ctx.Err() == nil {
			log.Warn("outbox", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Drain delivers everything that is due now. A failed delivery does not hold up
// the others; the failures are returned together.
func Drain(ctx context.Context, outbox Outbox, deliver Deliver) error {
	var failed error
	for {
		notices, err := outbox.LeaseNotices(ctx, lease, batch)
		if err != nil {
			return errors.Join(failed, err)
		}
		for _, n := range notices {
			failed = errors.Join(failed, deliverOne(ctx, outbox, deliver, n))
		}
		if len(notices) < batch {
			return failed
		}
	}
}

func deliverOne(ctx context.Context, outbox Outbox, deliver Deliver, n registry.Notice) error {
	if err := deliver(ctx, n); err != nil {
		return err
	}
	return outbox.SettleNotice(ctx, n.ID)
}
