package scim

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"varco/registry"
)

// A bulk request sent with "Prefer: respond-async" (RFC 7240 §4.1, RFC 9967) is answered 202 at once, with the address
// of its result: 202 while it runs, then 200 with the BulkResponse, for a day and for the same client only. The replica
// that took it runs it; the result is in the database, where every replica finds it. Before operations are begun and
// after they are done this is recorded, so that a run that breaks off leaves what is known: what was done, what may
// have been done, what was not begun. Nothing is ever run a second time.

const (
	preferAsync = "respond-async"
	resultPath  = "/Results/"

	atOnce      = 2  // runs under way in one process
	waitingRuns = 16 // of one process, those under way included
	runsOfOne   = 2  // of one client
	renewal     = 10 * time.Second
)

// runs are the requests that are answered later.
type runs struct {
	mu      sync.Mutex
	of      map[registry.ClientID]int
	count   int
	slots   chan struct{}
	stopped context.Context
	stop    context.CancelFunc
	wg      sync.WaitGroup
}

func newRuns() *runs {
	ctx, stop := context.WithCancel(context.Background())
	return &runs{of: map[registry.ClientID]int{}, slots: make(chan struct{}, atOnce), stopped: ctx, stop: stop}
}

// enter takes a place for a run of the client, or tells why there is none.
func (q *runs) enter(client registry.ClientID) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.stopped.Err() != nil || q.count >= waitingRuns:
		return refuseStatus(http.StatusServiceUnavailable, "Prefer: too many requests wait to be answered later")
	case q.of[client] >= runsOfOne:
		return refuseStatus(http.StatusTooManyRequests, "Prefer: %d requests of this client are being answered later", runsOfOne)
	}
	q.of[client]++
	q.count++
	q.wg.Add(1)
	return nil
}

func (q *runs) leave(client registry.ClientID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.count--
	if q.of[client]--; q.of[client] == 0 {
		delete(q.of, client)
	}
	q.wg.Done()
}

// Close ends the runs that are under way after the operations begun, records how far they came, and waits for that.
// Requests that come later are not answered asynchronously.
func (h *Handler) Close() {
	h.runs.mu.Lock()
	h.runs.stop()
	h.runs.mu.Unlock()
	h.runs.wg.Wait()
}

// deferBulk promises the answer to a bulk request and begins to work on it.
func (s *server) deferBulk(x *exchange, b *bulk) (answer, error) {
	if err := s.runs.enter(x.client.ID); err != nil {
		return answer{}, err
	}
	result, err := s.reg.PromiseResult(x.Context(), x.actor, s.interrupted(b))
	if err != nil {
		s.runs.leave(x.client.ID)
		return answer{}, err
	}
	go func() {
		defer s.runs.leave(x.client.ID)
		s.run(x, b, result)
	}()
	return answer{status: http.StatusAccepted, location: s.config.BaseURL + resultPath + string(result.ID), txn: string(result.ID)}, nil
}

// run waits for its turn, does the operations and records the result.
func (s *server) run(x *exchange, b *bulk, result registry.Result) {
	ctx := context.WithoutCancel(x.Context())
	keep := func() error {
		if !result.Done {
			result.Answer = s.interrupted(b)
		}
		return s.reg.KeepResult(ctx, result)
	}
	whole := false
	if s.await(keep) {
		whole = s.runBulk(x, b, func() error {
			if err := s.runs.stopped.Err(); err != nil {
				return err
			}
			return keep()
		})
		<-s.runs.slots
	}
	result.Done, result.Answer = true, s.interrupted(b)
	if whole {
		result.Answer = appendJSON(nil, s.bulkResponse(b))
	}
	if err := keep(); err != nil && registry.KindOf(err) != registry.Forbidden {
		s.logFault(x.Request, err)
	}
}

// await takes a slot, and renews the result until there is one. It reports false when the run must not begin.
func (s *server) await(keep func() error) bool {
	ticker := time.NewTicker(renewal)
	defer ticker.Stop()
	for {
		select {
		case <-s.runs.stopped.Done():
			return false
		case s.runs.slots <- struct{}{}:
			return true
		case <-ticker.C:
			if keep() != nil {
				return false
			}
		}
	}
}

// interrupted is the answer to a bulk request that breaks off now.
func (s *server) interrupted(b *bulk) []byte {
	list := []any{}
	for _, t := range b.tasks {
		if t.done && t.begun {
			list = append(list, s.taskResponse(t))
			continue
		}
		detail := "not begun: the run broke off before"
		if t.announced {
			detail = "the run broke off: this operation may have been done; read before sending it again"
		}
		const status = http.StatusServiceUnavailable
		list = append(list, obj("method", t.method, "bulkId", t.bulkID, "status", strconv.Itoa(status),
			"response", obj("schemas", []any{urnErrorMessage}, "detail", detail, "status", strconv.Itoa(status))))
	}
	return appendJSON(nil, &object{members: []member{{"schemas", []any{urnBulkResponse}}, {"Operations", list}}})
}

// getResult answers with the result of a request of the client's own.
func (s *server) getResult(x *exchange) (answer, error) {
	result, err := s.reg.ResultOf(x.Context(), x.actor, registry.ResultID(x.id))
	if err != nil {
		return answer{}, err
	}
	if !result.Over(s.reg.Now()) {
		return answer{status: http.StatusAccepted, running: true}, nil
	}
	return answer{status: http.StatusOK, encoded: result.Answer}, nil
}
