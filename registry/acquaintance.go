package registry

import (
	"sync"
	"time"
)

const (
	// acquaintanceLife is how long a client that was read is good for further reads.
	// Reading it anew for each request costs a second round trip, which is most of a
	// GET; a client revoked at another replica reads on for half a second at most,
	// well within the second that revocations have. Here it ends at once.
	acquaintanceLife = 500 * time.Millisecond
	// maxAcquainted bounds the memory that clients take.
	maxAcquainted = 4096
)

// acquaintance remembers clients that were read a moment ago. It remembers what the
// store said, not that a token was right: every token is checked against it anew.
type acquaintance struct {
	mu        sync.RWMutex
	known     map[ClientID]acquainted
	forgotten int // how often
}

type acquainted struct {
	client Client
	at     time.Time
}

// with is the client as it was read, unless that is too long ago, or lies ahead
// because a clock was set back.
func (a *acquaintance) with(id ClientID, now time.Time) (Client, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	k, ok := a.known[id]
	age := now.Sub(k.at)
	return k.client, ok && age >= 0 && age < acquaintanceLife
}

// begin is called before a client is read; what it returns remembers the client,
// unless everything was forgotten in between.
func (a *acquaintance) begin() func(c Client, at time.Time) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	forgotten := a.forgotten
	return func(c Client, at time.Time) {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.forgotten != forgotten {
			return
		}
		if a.known == nil || len(a.known) >= maxAcquainted {
			a.known = map[ClientID]acquainted{}
		}
		a.known[c.ID] = acquainted{c, at}
	}
}

// forget makes every request read its client anew.
func (a *acquaintance) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known = nil
	a.forgotten++
}
