package main

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// world is a server with the people whom it has hired.
type world struct {
	process *process
	site    site
	hired   atomic.Int64
	staff   []employee // grows between measurements, never in one
	groups  groups
	offers  offers
	last    string // the cursor of the last full page
}

func (w *world) nextHire() hire { return hire(w.hired.Add(1)) }

// unit is where somebody is entitled.
func (w *world) unit(h hire) string {
	units := w.process.ready.Company.Units
	return units[int(h)%len(units)]
}

// crowd lets so many workers do the same at once, each on a connection of its own,
// and takes those whom they hired into the staff. It returns the workers and the
// errors of them all.
func (w *world) crowd(lanes int, work func(*worker) error) ([]*worker, error) {
	workers := make([]*worker, lanes)
	for lane := range workers {
		c, err := dial(w.process.ready.SCIMURL, w.process.ready.SCIMToken)
		if err != nil {
			return nil, err
		}
		defer c.close()
		workers[lane] = &worker{client: c, world: w, lane: lane, lanes: lanes}
	}
	errs := make([]error, lanes)
	var all sync.WaitGroup
	for lane, k := range workers {
		all.Go(func() { errs[lane] = work(k) })
	}
	all.Wait()
	for _, k := range workers {
		w.staff = append(w.staff, k.made...)
	}
	return workers, errors.Join(errs...)
}

// grow hires until the staff is so large.
func (w *world) grow(lanes, size int) error {
	var taken atomic.Int64
	missing := int64(size - len(w.staff))
	workers, err := w.crowd(lanes, func(k *worker) error {
		for taken.Add(1) <= missing {
			h := w.nextHire()
			if err := k.hire(h, w.unit(h), w.groups.department); err != nil {
				return err
			}
		}
		return nil
	})
	for _, k := range workers {
		w.groups.members = append(w.groups.members, k.made...)
	}
	return err
}

// extent is how long a measurement goes on: a while, or so many requests if that
// comes first.
type extent struct {
	window time.Duration
	most   int
}

// measure does an operation on so many connections, without a pause (closed loop).
func (w *world) measure(op operation, lanes int, e extent) (round, error) {
	workers, err := w.crowd(lanes, func(k *worker) error {
		for end := time.Now().Add(e.window); time.Now().Before(end) && len(k.took) < e.most/lanes; {
			if err := op.step(k); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return round{}, err
	}
	var r round
	for _, k := range workers {
		r.add(k.took)
	}
	return r, nil
}

// round is what one measurement found.
type round struct {
	rate float64 // requests in a second
	took []time.Duration
}

// add adds what one connection did: its rate is over the time inside its requests,
// so that what was read back off the clock does not count.
func (r *round) add(took []time.Duration) {
	var busy time.Duration
	for _, t := range took {
		busy += t
	}
	r.rate += float64(len(took)) / busy.Seconds()
	r.took = append(r.took, took...)
}

// series is an operation's rounds on one server.
type series []round

func (s series) rate() float64 {
	rates := make([]float64, len(s))
	for i, r := range s {
		rates[i] = r.rate
	}
	return median(rates)
}

// quantile is the time that a share q of all requests took at most.
func (s series) quantile(q float64) time.Duration {
	var took []time.Duration
	for _, r := range s {
		took = append(took, r.took...)
	}
	slices.Sort(took)
	return took[int(q*float64(len(took)-1)+0.5)]
}

// against is the median, over the rounds, of this rate in the other's.
func (s series) against(other series) float64 {
	shares := make([]float64, len(s))
	for i, r := range s {
		shares[i] = r.rate / other[i].rate
	}
	return median(shares)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
