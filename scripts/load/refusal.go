package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// refusalLimit is what a refusal may cost, at the median.
const refusalLimit = 20 * time.Millisecond

// refusal is a request that no server grants.
type refusal struct {
	name   string
	method string
	path   func(*worker) string
	body   func(*worker) []byte
	status int
}

func fixed(path string) func(*worker) string    { return func(*worker) string { return path } }
func document(body string) func(*worker) []byte { return func(*worker) []byte { return []byte(body) } }

var refusals = []refusal{
	{"nobody's id", http.MethodGet, fixed("/Users/nobody"), nil, http.StatusNotFound},
	{"20,000 parentheses in a filter", http.MethodGet, fixed("/Users?filter=" + strings.Repeat("(", 20_000)), nil, http.StatusBadRequest},
	{"JSON 100,000 deep", http.MethodPost, fixed("/Users"), document(strings.Repeat("[", 100_000)), http.StatusBadRequest},
	{"a body of 900 kB that says nothing", http.MethodPost, fixed("/Users"), document(`{"x":"` + strings.Repeat("x", 900_000) + `"}`), http.StatusBadRequest},
	{"a user name taken", http.MethodPost, fixed("/Users"), func(k *worker) []byte { return k.somebody().hire.document("", "") }, http.StatusConflict},
	{"active: maybe", http.MethodPatch, func(k *worker) string { return "/Users/" + k.somebody().id }, document(`{"schemas":["` + patchSchema +
		`"],"Operations":[{"op":"replace","path":"active","value":"maybe"}]}`), http.StatusBadRequest},
	{"PATCH with 10,000 operations", http.MethodPatch, func(k *worker) string { return "/Users/" + k.somebody().id }, document(`{"schemas":["` + patchSchema +
		`"],"Operations":[` + strings.Repeat(`{"op":"remove","path":"x"},`, 9_999) + `{"op":"remove","path":"x"}]}`), http.StatusRequestEntityTooLarge},
}

// refusalRequests are made on each connection.
const refusalRequests = 20

// printRefusals measures what Varco's refusals cost.
func printRefusals(out io.Writer, w *world, lanes int) error {
	fmt.Fprintf(out, "\nWhat a refusal costs, %d connections; at most %s ms at the median.\n\n| refused | p50 | p99 | mark |\n|---|---|---|---|\n", lanes, ms(refusalLimit))
	for _, f := range refusals {
		r, err := w.measure(operation{step: f.step}, lanes, extent{window: 10 * time.Second, most: refusalRequests * lanes})
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		s := series{r}
		fmt.Fprintf(out, "| %s | %s | %s | %s |\n", f.name, ms(s.quantile(0.5)), ms(s.quantile(0.99)), met(s.quantile(0.5) <= refusalLimit))
	}
	return nil
}

func (f refusal) step(k *worker) error {
	var body []byte
	if f.body != nil {
		body = f.body(k)
	}
	_, err := k.timed(f.method, f.path(k), body, f.status)
	return err
}

func met(ok bool) string {
	if ok {
		return "met"
	}
	return "NOT MET"
}
