package store

import (
	"sync"
	"sync/atomic"
)

// recall is what sketches suppose instead of asking: a round trip less each. A
// supposition needs no limit of age, since the statement that settles a sketch
// compares it with what is there like anything else that was seen.
type recall struct {
	mu    sync.RWMutex
	known map[read]recalled
	doubt atomic.Int32 // so many more hires look whether the person is known
}

// recalled are the rows that a read gave last time.
type recalled struct {
	sight sight
	rows  any // a slice of the read's row struct, never changed
}

const (
	mostRecalled = 4096
	// doubts is how many hires look after one was wrong in supposing that nobody
	// knew the person, as when a second company sends the staff of a first.
	doubts = 256
)

// steady are the reads of what seldom changes and is read by nearly every change.
var steady = map[string]bool{selectUnits: true, selectClient: true, selectCompany: true}

// suppose gives the rows of a read without asking the database.
func (k *recall) suppose(r read) (recalled, bool) {
	if r.query == selectPersonByCode {
		// A hire is as a rule of somebody new, and a unique index proves it.
		return recalled{}, !k.doubts()
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	known, ok := k.known[r]
	return known, ok
}

// doubts takes one doubt away, if there are any.
func (k *recall) doubts() bool {
	if k.doubt.Load() <= 0 {
		return false
	}
	k.doubt.Add(-1)
	return true
}

func (k *recall) keep(r read, known recalled) {
	if !steady[r.query] {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known == nil || len(k.known) >= mostRecalled {
		k.known = map[read]recalled{}
	}
	k.known[r] = known
}

// forget is for a sketch that did not come true: who knows why.
func (k *recall) forget() {
	k.doubt.Store(doubts)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known = nil
}
