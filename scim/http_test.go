package scim_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"varco/scim"
	"varco/store"
	"varco/store/storetest"
)

// header builds a request header of alternating names and values.
func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i+1 < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

// methodsOf are the methods served at a pattern.
func methodsOf(pattern string) []string {
	var methods []string
	for _, r := range scim.Routes() {
		if r[1] == pattern {
			methods = append(methods, r[0])
		}
	}
	return methods
}

// TestHTTPOfEveryRoute ranges over the routes: what is wrong with the HTTP of a request is refused everywhere alike, and
// nothing changes.
func TestHTTPOfEveryRoute(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		user := w.post("hr", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"u1"}`)["id"].(string)
		before := w.snapshot("hr")
		for _, tt := range targets(w, user) {
			t.Run(tt.method+tt.path, func(t *testing.T) { w.checkHTTP(t, tt) })
		}
		if after := w.snapshot("hr"); after != before {
			t.Errorf("something changed:\n%s\n%s", before, after)
		}
	})
}

func (w *world) checkHTTP(t *testing.T, tt target) {
	const schemas = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],`
	huge := schemas + `"x":"` + strings.Repeat("x", 4<<20) + `"}`
	unknown := w.status(tt.method, tt.path, tt.body, header("X-Trial", "1", "If-Match", `W/"never"`)) // refused without harm
	for _, c := range []struct {
		name   string
		want   int
		body   string
		header http.Header
	}{
		{"no token", http.StatusUnauthorized, tt.body, header("Authorization", "")},
		{"an Accept that cannot be met", http.StatusNotAcceptable, tt.body, header("Accept", "text/html")},
		{"an Accept that rules it out", http.StatusNotAcceptable, tt.body, header("Accept", "*/*;q=0.0")},
		{"a form", http.StatusUnsupportedMediaType, tt.body, header("Content-Type", "application/x-www-form-urlencoded")},
		{"Latin-1", http.StatusUnsupportedMediaType, tt.body, header("Content-Type", "application/json; charset=iso-8859-1")},
		{"a huge body", http.StatusRequestEntityTooLarge, huge, nil},
	} {
		bodily := c.want == http.StatusUnsupportedMediaType || c.want == http.StatusRequestEntityTooLarge
		if bodily && (tt.body == "" || strings.HasPrefix(tt.path, "/Me")) {
			continue // no body is read there
		}
		if got := w.status(tt.method, tt.path, c.body, c.header); got != c.want {
			t.Errorf("%s: status %d, want %d", c.name, got, c.want)
		}
	}
	for _, accept := range []string{"*/*;q=0.1", "application/*", "application/scim+json", "application/json; charset=utf-8, text/html;q=0", ""} {
		h := header("Accept", accept, "If-Match", `W/"never"`)
		if got := w.status(tt.method, tt.path, tt.body, h); got != unknown {
			t.Errorf("Accept %q: status %d, want %d", accept, got, unknown)
		}
		if got := w.status(tt.method, tt.path+"/", tt.body, h); got != unknown {
			t.Errorf("a slash at the end: status %d, want %d", got, unknown)
		}
	}
}

func (w *world) status(method, path, body string, h http.Header) int {
	w.t.Helper()
	return w.do("hr", method, path, body, h).StatusCode
}

// TestMethodsOfEveryRoute: HEAD wherever GET is, and any other method is refused with those that are served.
func TestMethodsOfEveryRoute(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	user := w.post("hr", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"u1"}`)["id"].(string)
	for _, tt := range targets(w, user) {
		pattern := tt.path
		for _, r := range scim.Routes() {
			if prefix, ok := strings.CutSuffix(r[1], "{id}"); ok && strings.HasPrefix(tt.path, prefix) && !strings.HasSuffix(tt.path, "/.search") {
				pattern = r[1]
			}
		}
		served := methodsOf(pattern)
		if slices.Contains(served, "GET") {
			served = append(served, "HEAD")
			if get, head := w.status("GET", tt.path, "", nil), w.status("HEAD", tt.path, "", nil); get != head {
				t.Errorf("%s: GET %d, HEAD %d", tt.path, get, head)
			}
		}
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get"} {
			if slices.Contains(served, method) {
				continue
			}
			answer := w.do("hr", method, tt.path, "{}", nil)
			if allow := answer.Header.Get("Allow"); answer.StatusCode != http.StatusMethodNotAllowed || allow != strings.Join(served, ", ") {
				t.Errorf("%s %s: status %d, Allow %q, want %q", method, tt.path, answer.StatusCode, allow, served)
			}
		}
	}
}

// TestContentTypeOfAnswers: SCIM's own type, unless the client wants plain JSON and no other.
func TestContentTypeOfAnswers(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	for _, tt := range [][2]string{
		{"", "application/scim+json"}, {"*/*;q=0.1", "application/scim+json"}, {"application/json", "application/json"},
		{"application/json, application/scim+json;q=0.5", "application/scim+json"},
	} {
		answer := w.do("hr", "GET", "/Users", "", header("Accept", tt[0]))
		body, err := io.ReadAll(answer.Body)
		w.must(err)
		if got := answer.Header.Get("Content-Type"); got != tt[1] || answer.StatusCode != http.StatusOK {
			t.Errorf("accept %q: %d %q: %s", tt[0], answer.StatusCode, got, body)
		}
	}
}
