package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"varco/registry"
)

// serve makes a world of a handler over the floor on SQLite, with a staff of so many.
func serve(t *testing.T, wrap func(http.Handler) http.Handler, staff int) *world {
	t.Helper()
	f, err := openFloor(t.TempDir(), "", "http://floor.test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.close() })
	honest := httptest.NewServer(f.handler())
	t.Cleanup(honest.Close)
	w := worldAt(honest.URL)
	if err := errors.Join(w.read(), w.found(), w.fill(2, staff)); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(wrap(f.handler()))
	t.Cleanup(server.Close)
	w.process = worldAt(server.URL).process
	return w
}

func worldAt(url string) *world {
	p := &process{ready: ready{SCIMURL: url}}
	p.ready.Company.Units = []string{"U1"}
	return &world{process: p}
}

func truth(h http.Handler) http.Handler { return h }

func TestOperationsOnTheFloor(t *testing.T) {
	w := serve(t, truth, 220)
	for _, op := range operations {
		before := len(w.staff)
		r, err := w.measure(op, 4, extent{window: time.Minute, most: 240})
		if err != nil {
			t.Errorf("%s: %v", op.name, err)
		}
		if len(r.took) != 240 || r.rate <= 0 {
			t.Errorf("%s: %d requests at %.0f a second, expected 240", op.name, len(r.took), r.rate)
		}
		if grown := len(w.staff) - before; op.adds && grown != 240 || !op.adds && grown != 0 {
			t.Errorf("%s: the staff grew by %d", op.name, grown)
		}
	}
}

// instead answers some requests in place of the floor.
func instead(when func(*http.Request) bool, status int, body string) func(http.Handler) http.Handler {
	return func(floor http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !when(r) {
				floor.ServeHTTP(w, r)
				return
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		})
	}
}

// leaveOut answers every n-th PATCH and does nothing.
func leaveOut(n int) func(http.Handler) http.Handler {
	asked := 0
	return instead(func(r *http.Request) bool {
		if r.Method == http.MethodPatch {
			asked++
		}
		return r.Method == http.MethodPatch && asked%n == 0
	}, http.StatusNoContent, "")
}

func method(name string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.Method == name }
}

func TestLiesAreFound(t *testing.T) {
	listing := func(r *http.Request) bool { return r.Method == http.MethodGet && r.URL.Path == "/Users" }
	for name, lie := range map[string]struct {
		operation string
		wrap      func(http.Handler) http.Handler
		want      string
	}{
		"GET refused":            {"GET /Users/{id}", instead(method("GET"), 503, ""), "status 503, expected 200"},
		"GET of somebody else":   {"GET /Users/{id}", instead(method("GET"), 200, `{"id":"other"}`), "is not in the answer"},
		"filter that finds none": {"filter userName eq", instead(listing, 200, `{"totalResults":0,"Resources":[]}`), "is not in the answer"},
		"PATCH without effect":   {"PATCH active", instead(method("PATCH"), 200, `{}`), "active false"},
		"PATCH not changed":      {"PATCH active", instead(method("PATCH"), 204, ""), "status 204, expected 200"},
		"POST kept nowhere":      {"POST /Users", instead(method("POST"), 201, `{"id":"x"}`), "expected \"x\""},
		"filter of another code": {"filter fiscalCode eq", instead(listing, 200, `{"totalResults":0,"Resources":[]}`), "is not in the answer"},
		"a page cut short":       {firstPage, instead(listing, 200, `{"Resources":[]}`), "0 users on a page"},
		"a member not added":     {addToSmall, instead(method("PATCH"), 204, ""), "is in the small group: false"},
		"a member not moved":     {addToLarge, leaveOut(2), "is in the small group: true"},
		"members left out":       {"GET the group of all", instead(method("GET"), 200, `{"members":[{"value":"x"}]}`), "1 members are shown"},
		"POST refused":           {"POST /Users, one entitlement", instead(method("POST"), 409, `{}`), "status 409, expected 201"},
	} {
		_, err := serve(t, lie.wrap, 220).measure(named(lie.operation), 1, extent{window: time.Minute, most: 100})
		if err == nil || !strings.Contains(err.Error(), lie.want) {
			t.Errorf("%s: %v, expected %q", name, err, lie.want)
		}
	}
}

func named(name string) operation {
	return operations[slices.IndexFunc(operations, func(op operation) bool { return op.name == name })]
}

func TestLostHireIsFound(t *testing.T) {
	w := serve(t, truth, 220)
	if err := (trial{connections: 2}).findAll(w); err != nil {
		t.Fatal(err)
	}
	w.staff[13].id = "acknowledged-and-gone"
	if err := (trial{connections: 2}).findAll(w); err == nil || !strings.Contains(err.Error(), "LOST: acknowledged no. 14 of 220") {
		t.Errorf("%v", err)
	}
}

func TestFiscalCodes(t *testing.T) {
	seen := map[string]bool{}
	for h := range hire(30_000) {
		code := h.fiscalCode()
		if _, err := registry.ParseFiscalCode(code); err != nil || seen[code] {
			t.Fatalf("%d: %s, seen before: %t, %v", h, code, seen[code], err)
		}
		seen[code] = true
	}
}

func TestOnlyLoopback(t *testing.T) {
	for url, refused := range map[string]bool{
		"http://192.0.2.1:80/scim": true, "http://localhost:80": true, "https://127.0.0.1:443": true, "http://127.0.0.1": true,
	} {
		if _, err := dial(url, ""); (err != nil && strings.Contains(err.Error(), "loopback")) != refused {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestFigures(t *testing.T) {
	var s, other series
	for i, rate := range []float64{30, 10, 20} {
		s = append(s, round{rate: rate, took: []time.Duration{time.Duration(3*i+1) * time.Millisecond, time.Duration(3*i+2) * time.Millisecond}})
		other = append(other, round{rate: 100})
	}
	if s.rate() != 20 || s.against(other) != 0.2 || median([]float64{4, 1, 2, 3}) != 2.5 {
		t.Errorf("rate %v, share %v", s.rate(), s.against(other))
	}
	if s.quantile(0) != time.Millisecond || s.quantile(1) != 8*time.Millisecond || s.quantile(0.5) != 5*time.Millisecond {
		t.Errorf("quantiles %v %v %v", s.quantile(0), s.quantile(0.5), s.quantile(1))
	}
}
