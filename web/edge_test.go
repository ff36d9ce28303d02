package web_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"varco/web"
)

const https = "https://varco.example"

// house is an edge over a mux, with everything it logs.
type house struct {
	mux     *http.ServeMux
	handler http.Handler
	log     *bytes.Buffer
}

func newHouse(t *testing.T, change ...func(*web.Edge)) house {
	t.Helper()
	h := house{mux: http.NewServeMux(), log: new(bytes.Buffer)}
	tick := time.Date(2026, 3, 29, 1, 59, 0, 0, time.UTC)
	e := web.Edge{
		Pages:   web.NewPages("Prova", https),
		Log:     slog.New(slog.NewJSONHandler(h.log, nil)),
		Now:     func() time.Time { tick = tick.Add(time.Second); return tick },
		BaseURL: https,
	}
	for _, c := range change {
		c(&e)
	}
	handler, err := web.NewEdge(e, h.mux)
	if err != nil {
		t.Fatal(err)
	}
	h.handler = handler
	return h
}

func (h house) do(r *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, r)
	return rec
}

// lines are the log lines with the message msg.
func (h house) lines(t *testing.T, msg string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range strings.Lines(h.log.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if fields["msg"] == msg {
			found = append(found, fields)
		}
	}
	return found
}

func TestEveryRequestGetsItsOwnID(t *testing.T) {
	h := newHouse(t)
	var inside string
	h.mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) { inside = web.RequestID(r.Context()) })
	seen := map[string]bool{}
	for range 20 {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-Request-Id", "chosen-by-the-caller")
		id := h.do(r).Header().Get("X-Request-Id")
		if !regexp.MustCompile(`^[A-Z2-7]{16}$`).MatchString(id) || seen[id] {
			t.Fatalf("request id %q is not new and random", id)
		}
		if inside != id {
			t.Fatalf("in the context %q, in the answer %q", inside, id)
		}
		seen[id] = true
	}
	if got := web.RequestID(t.Context()); got != "" {
		t.Errorf("outside a request the id is %q", got)
	}
}

func TestBodyIsLimited(t *testing.T) {
	for _, c := range []struct {
		limit int64
		size  int
		ok    bool
	}{{0, web.DefaultMaxBody, true}, {0, web.DefaultMaxBody + 1, false}, {10, 10, true}, {10, 11, false}} {
		h := newHouse(t, func(e *web.Edge) { e.MaxBody = c.limit })
		var read error
		h.mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) { _, read = io.Copy(io.Discard, r.Body) })
		h.do(httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("a", c.size))))
		var tooBig *http.MaxBytesError
		if errors.As(read, &tooBig) == c.ok {
			t.Errorf("limit %d, body %d: read says %v", c.limit, c.size, read)
		}
	}
}

func TestAccessLineTellsNoSecret(t *testing.T) {
	h := newHouse(t)
	h.mux.HandleFunc("POST /users/{id}", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, "12345")
	})
	r := httptest.NewRequest("POST", "/users/secret-path?SAMLRequest=secret-query", strings.NewReader("secret-body"))
	r.Header.Set("Authorization", "Bearer secret-token")
	r.Header.Set("Cookie", "session=secret-cookie")
	id := h.do(r).Header().Get("X-Request-Id")

	lines := h.lines(t, "request")
	if len(lines) != 1 {
		t.Fatalf("%d access lines, expected 1", len(lines))
	}
	want := map[string]any{
		"level": "INFO", "request_id": id, "method": "POST", "route": "POST /users/{id}",
		"status": 201., "bytes": 5., "duration": float64(time.Second),
	}
	for k, v := range want {
		if lines[0][k] != v {
			t.Errorf("%s is %v, expected %v", k, lines[0][k], v)
		}
	}
	if strings.Contains(h.log.String(), "secret") {
		t.Errorf("the log tells a secret: %s", h.log)
	}
}

func TestAccessLineOfAnUnknownPath(t *testing.T) {
	h := newHouse(t)
	h.mux.HandleFunc("/", web.NewPages("Prova", https).NotFound)
	h.do(httptest.NewRequest("GET", "/no/such/"+strings.Repeat("x", 500)+"?q=secret", nil))
	line := h.lines(t, "request")[0]
	route := line["route"].(string)
	if !strings.HasPrefix(route, "/no/such/xxx") || len(route) != 200 {
		t.Errorf("route %q (%d bytes), expected the first 200 bytes of the path", route, len(route))
	}
	if line["status"] != 404. {
		t.Errorf("status %v, expected 404", line["status"])
	}
}

func TestPanicSaysNothingAndIsLoggedOnce(t *testing.T) {
	h := newHouse(t)
	h.mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) { panic("secret-detail") })
	for _, accept := range []string{"text/html", "application/scim+json"} {
		h.log.Reset()
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept", accept)
		rec := h.do(r)
		if rec.Code != 500 {
			t.Errorf("%s: status %d, expected 500", accept, rec.Code)
		}
		if body := rec.Body.String(); strings.Contains(body, "secret") || !strings.Contains(body, rec.Header().Get("X-Request-Id")) {
			t.Errorf("%s: the answer should give the reference and nothing else: %s", accept, body)
		}
		panics := h.lines(t, "panic")
		if len(panics) != 1 || panics[0]["panic"] != "secret-detail" || !strings.Contains(panics[0]["stack"].(string), "edge_test.go") {
			t.Errorf("%s: expected one line with the panic and its stack, got %v", accept, panics)
		}
		if lines := h.lines(t, "request"); len(lines) != 1 || lines[0]["status"] != 500. {
			t.Errorf("%s: expected one access line with 500, got %v", accept, lines)
		}
	}
}

func TestPanicAfterTheFirstByteCutsTheAnswer(t *testing.T) {
	h := newHouse(t)
	h.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, strings.Repeat("half an answer ", 1000))
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("the connection cannot be reached: %v", err)
		}
		panic("late")
	})
	server := httptest.NewServer(h.handler)
	defer server.Close()
	resp, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("the cut answer was read as a whole one")
	}
	server.Close()
	if n := len(h.lines(t, "panic")); n != 1 {
		t.Errorf("%d panic lines, expected 1", n)
	}
}

// net/http's own way to cut an answer short is no fault to report.
func TestAbortIsNoPanic(t *testing.T) {
	h := newHouse(t)
	h.mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	func() {
		defer func() {
			if fault := recover(); fault != http.ErrAbortHandler {
				t.Errorf("net/http sees %v, expected ErrAbortHandler", fault)
			}
		}()
		h.do(httptest.NewRequest("GET", "/", nil))
	}()
	if panics, lines := h.lines(t, "panic"), h.lines(t, "request"); len(panics) != 0 || len(lines) != 1 {
		t.Errorf("%d panic lines and %d access lines, expected 0 and 1", len(panics), len(lines))
	}
}

func TestAccessLineTellsTheFinalStatus(t *testing.T) {
	h := newHouse(t)
	h.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusAccepted)
		w.WriteHeader(http.StatusTeapot) // too late: net/http ignores it
	})
	h.do(httptest.NewRequest("GET", "/", nil))
	if got := h.lines(t, "request")[0]["status"]; got != 202. {
		t.Errorf("status %v, expected 202", got)
	}
}

func TestSecurityHeaders(t *testing.T) {
	for _, base := range []string{https, "http://127.0.0.1:8080"} {
		h := newHouse(t, func(e *web.Edge) { e.BaseURL = base })
		header := h.do(httptest.NewRequest("GET", "/missing", nil)).Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff",
			"Referrer-Policy":        "strict-origin",
			"Cache-Control":          "no-store",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%s: %s is %q, expected %q", base, name, got, want)
			}
		}
		policy := header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: the policy lacks %s: %s", base, part, policy)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%s: the policy allows inline code: %s", base, policy)
		}
		if hsts := header.Get("Strict-Transport-Security") != ""; hsts != (base == https) {
			t.Errorf("%s: HSTS sent: %v", base, hsts)
		}
	}
}

func TestOtherSitesChangeNothing(t *testing.T) {
	h := newHouse(t, func(e *web.Edge) { e.CrossSite = []string{"POST /spid/acs"} })
	h.mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
	for _, c := range []struct {
		name, method, path string
		header             map[string]string
		want               int
	}{
		{"own page", "POST", "/choice", map[string]string{"Sec-Fetch-Site": "same-origin"}, 200},
		{"own page, old browser", "POST", "/choice", map[string]string{"Origin": https}, 200},
		{"no browser", "POST", "/choice", nil, 200},
		{"other site", "POST", "/choice", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"sibling host", "POST", "/choice", map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		{"other site, old browser", "POST", "/choice", map[string]string{"Origin": "https://evil.example"}, 403},
		{"hidden origin", "POST", "/choice", map[string]string{"Origin": "null"}, 403},
		{"other site, other verb", "DELETE", "/choice", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"a link from another site", "GET", "/choice", map[string]string{"Sec-Fetch-Site": "cross-site"}, 200},
		{"identity provider", "POST", "/spid/acs", map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://idp.example"}, 200},
		{"not quite the consumer", "POST", "/spid/acs/x", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
	} {
		r := httptest.NewRequest(c.method, c.path, nil)
		for k, v := range c.header {
			r.Header.Set(k, v)
		}
		if got := h.do(r).Code; got != c.want {
			t.Errorf("%s: status %d, expected %d", c.name, got, c.want)
		}
	}
}

func TestEdgeWantsAnOrigin(t *testing.T) {
	for _, base := range []string{"", "varco.example", "https://varco.example/path"} {
		if _, err := web.NewEdge(web.Edge{Pages: web.NewPages("Prova", base), BaseURL: base}, http.NotFoundHandler()); err == nil {
			t.Errorf("BaseURL %q was accepted", base)
		}
	}
}

// TestLargerBodies: a path may have a limit of its own.
func TestLargerBodies(t *testing.T) {
	h := newHouse(t, func(e *web.Edge) { e.MaxBody, e.Larger = 10, map[string]int64{"/large": 20} })
	h.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	})
	for path, want := range map[string]int{"/large": http.StatusOK, "/large/other": http.StatusRequestEntityTooLarge, "/": http.StatusRequestEntityTooLarge} {
		recorder := httptest.NewRecorder()
		h.handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, path, strings.NewReader(strings.Repeat("x", 20))))
		if recorder.Code != want {
			t.Errorf("%s: status %d, want %d", path, recorder.Code, want)
		}
	}
}
