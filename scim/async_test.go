package scim_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"varco/registry"
	"varco/scim"
	"varco/store"
	"varco/store/storetest"
)

var async = header("Prefer", "respond-async")

// later sends a bulk request to be answered later and returns the path of its result.
func (w *world) later(body string) string {
	w.t.Helper()
	answer := w.do("hr", "POST", "/Bulk", body, async)
	said, err := io.ReadAll(answer.Body)
	w.must(err)
	location := answer.Header.Get("Location")
	if answer.StatusCode != http.StatusAccepted || len(said) > 0 || answer.Header.Get("Set-Txn") == "" ||
		answer.Header.Get("Preference-Applied") != "respond-async" || !strings.HasPrefix(location, base) {
		w.t.Fatalf("status %d, %v: %s", answer.StatusCode, answer.Header, said)
	}
	return strings.TrimPrefix(location, base)
}

// result asks until there is one.
func (w *world) result(path string) bulkAnswer {
	w.t.Helper()
	for range 600 {
		answer := w.do("hr", "GET", path, "", nil)
		var got bulkAnswer
		switch answer.StatusCode {
		case http.StatusOK:
			w.must(json.NewDecoder(answer.Body).Decode(&got))
			return got
		case http.StatusAccepted:
			if answer.Header.Get("Retry-After") == "" {
				w.t.Fatal("no Retry-After")
			}
		default:
			w.t.Fatalf("status %d", answer.StatusCode)
		}
		time.Sleep(50 * time.Millisecond)
	}
	w.t.Fatal("no result")
	return bulkAnswer{}
}

func (g bulkAnswer) count(status string) int {
	n := 0
	for _, op := range g.Operations {
		if op.Status == status {
			n++
		}
	}
	return n
}

func TestAsyncBulk(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		path := w.later(hires(100))
		for _, client := range []string{"other", "reader"} {
			if answer := w.do(client, "GET", path, "", nil); answer.StatusCode != http.StatusNotFound {
				t.Errorf("%s sees the result: %d", client, answer.StatusCode)
			}
		}
		if got := w.result(path); got.count("201") != 100 {
			t.Errorf("%d of 100 done", got.count("201"))
		}
		w.handler.(*scim.Handler).Close() // waits for whoever still writes, so that the clock can be set
		if answer := w.do("hr", "POST", "/Bulk", hires(1), async); answer.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("after Close: status %d", answer.StatusCode)
		}
		w.now = w.now.Add(24 * time.Hour)
		if status := w.status("GET", path, "", nil); status != http.StatusNotFound {
			t.Errorf("after a day: status %d", status)
		}
	})
}

// TestAsyncBulkAcrossRestart: a run that is stopped records what was done and what was not begun; one whose process
// died leaves the same behind, and is not reported as running for ever. Nothing is done twice.
func TestAsyncBulkAcrossRestart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		path := w.later(hires(1000))
		w.handler.(*scim.Handler).Close()
		w.serve(w.reg) // the next process
		got := w.result(path)
		done, rest := got.count("201"), got.count("503")
		if len(got.Operations) != 1000 || done+rest != 1000 || rest == 0 {
			t.Fatalf("%d done, %d not, of %d", done, rest, len(got.Operations))
		}
		var all struct{ TotalResults int }
		w.get("hr", "/Users?count=0", &all)
		if all.TotalResults != done {
			t.Errorf("%d done, %d there", done, all.TotalResults)
		}

		dead, err := w.reg.PromiseResult(context.Background(), w.clients["hr"].Actor("r1"), []byte(`{"Operations":[]}`))
		w.must(err)
		path = "/Results/" + string(dead.ID)
		if status := w.status("GET", path, "", nil); status != http.StatusAccepted {
			t.Errorf("status %d while it runs", status)
		}
		w.now = w.now.Add(31 * time.Second)
		if status := w.status("GET", path, "", nil); status != http.StatusOK {
			t.Errorf("status %d when nobody works on it any more", status)
		}
	})
}

// TestAsyncBulkIsBounded and ends with its client.
func TestAsyncBulkIsBounded(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	slow := strings.Replace(hires(1000), `"Operations"`, `"failOnErrors":1000,"Operations"`, 1)
	first, second := w.later(slow), w.later(slow)
	answer := w.do("hr", "POST", "/Bulk", hires(1), async)
	if answer.StatusCode != http.StatusTooManyRequests || answer.Header.Get("Retry-After") == "" {
		t.Errorf("a third at once: %d", answer.StatusCode)
	}
	w.must(w.reg.RevokeClient(context.Background(), registry.SystemOperator, w.clients["hr"].ID))
	w.handler.(*scim.Handler).Close()
	for _, path := range []string{first, second} {
		result, err := w.reg.ResultOf(context.Background(), w.clients["hr"].Actor("r1"), registry.ResultID(strings.TrimPrefix(path, "/Results/")))
		w.must(err)
		if !result.Done || !strings.Contains(string(result.Answer), "not begun") {
			t.Errorf("the run of a revoked client went on")
		}
	}
}
