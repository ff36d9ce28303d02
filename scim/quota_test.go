package scim_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"varco/registry"
	"varco/scim"
	"varco/store/storetest"
)

// limited is a client of ten requests, then one a second.
func (w *world) limited(proof registry.Proof) (id string) {
	w.clientFor("limited", registry.NewClient{Company: w.clients["hr"].CompanyID, Scopes: []registry.Scope{registry.ScopeRead},
		Quota: registry.Quota{PerSecond: 1, Burst: 10}, Proof: proof})
	return string(w.clients["limited"].ID)
}

func (w *world) wantUse(t *testing.T, want int) {
	t.Helper()
	for n := range 50 {
		response := w.do("limited", "GET", "/Users", "", nil)
		if response.StatusCode == 200 {
			continue
		}
		if response.StatusCode != 429 || response.Header.Get("Retry-After") != "1" || n != want {
			t.Errorf("request %d of %d: %d, Retry-After %q", n+1, want, response.StatusCode, response.Header.Get("Retry-After"))
		}
		return
	}
	t.Errorf("there is no end to it, want %d", want)
}

func TestQuotaOfAClient(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	w.limited(registry.Proof{})
	w.wantUse(t, 10)
	w.now = w.now.Add(3 * time.Second)
	w.wantUse(t, 3)
	if got := w.do("hr", "GET", "/Users", "", nil).StatusCode; got != 200 {
		t.Errorf("another client: %d", got)
	}
}

// A client has one quota, however many tokens it gets, and getting them counts.
func TestQuotaCountsEveryToken(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	id := w.limited(registry.Proof{})
	form := credentials("client_id", id, "client_secret", w.tokens["limited"])
	for range 4 {
		status, doc := w.ask(form, nil)
		if status != 200 {
			t.Fatalf("%d %v", status, doc)
		}
		if got := w.can(doc["access_token"], "GET", "/Users", ""); got != 200 {
			t.Fatalf("a token's first request: %d", got)
		}
		w.now = w.now.Add(time.Second) // gives one request back, and makes the next token another
	}
	w.wantUse(t, 6)
	if status, doc := w.ask(form, nil); status != 429 || doc["access_token"] != nil {
		t.Errorf("a token beyond the quota: %d %v", status, doc)
	}
}

// What is refused uses up nothing of a client's.
func TestQuotaIsNotForStrangers(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	id := w.limited(registry.Proof{Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	if got := w.do("limited", "GET", "/Users", "", nil).StatusCode; got != 200 {
		t.Fatalf("from its network: %d", got)
	}
	for range 20 {
		r := httptest.NewRequest("GET", "/scim/v2/Users", nil)
		r.RemoteAddr = "198.51.100.7:4000"
		r.Header.Set("Authorization", "Bearer "+w.tokens["limited"])
		if got := w.send(r); got != 401 {
			t.Fatalf("from elsewhere: %d", got)
		}
		if status, _ := w.ask(credentials("client_id", id, "client_secret", "wrong"), nil); status != 401 {
			t.Fatalf("a wrong secret: %d", status)
		}
	}
	w.wantUse(t, 9)
}

func (w *world) send(r *http.Request) int {
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	return recorder.Code
}

// Whoever fails too often is not looked at for a while, and nobody else suffers.
func TestStrangersAreLimited(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	try := func(token, from string) int {
		r := httptest.NewRequest("GET", "/scim/v2/Users", nil)
		r.RemoteAddr = from
		r.Header.Set("Authorization", "Bearer "+token)
		return w.send(r)
	}
	for n := range 1000 {
		if got := try(fmt.Sprint("guess", n), fmt.Sprintf("[2001:db8::%x]:1", n+1)); got != 401 {
			t.Fatalf("guess %d: %d", n, got)
		}
	}
	for from, want := range map[string]int{"[2001:db8::ffff]:1": 429, "[2001:db8:0:1::1]:1": 401, "192.0.2.1:1": 401} {
		if got := try("guess", from); got != want {
			t.Errorf("%s: %d, want %d", from, got, want)
		}
	}
}

// A certificate and an address are believed of the connection, and of a header only when a trusted proxy sends it.
func TestWhoTheClientIs(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	sum := strings.Repeat("ab", 32)
	w.limited(registry.Proof{Certificate: []byte(strings.Repeat("\xab", 32)), Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	var err error
	w.handler, err = scim.New(w.reg, scim.Config{BaseURL: base, Secret: key, RequestID: func(*http.Request) string { return "" },
		Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}, CertificateHeader: "X-Client-Cert", ClientCertificates: true})
	w.must(err)
	for name, tt := range map[string]struct {
		from   string
		header http.Header
		want   int
	}{
		"through the proxy":              {"10.0.0.1:1", http.Header{"X-Client-Cert": {sum}, "X-Forwarded-For": {"198.51.100.1, 192.0.2.9"}}, 200},
		"through two proxies":            {"[::ffff:10.0.0.1]:1", http.Header{"X-Client-Cert": {sum}, "X-Forwarded-For": {"192.0.2.9, 10.0.0.7"}}, 200},
		"no certificate":                 {"10.0.0.1:1", http.Header{"X-Forwarded-For": {"192.0.2.9"}}, 401},
		"another certificate":            {"10.0.0.1:1", http.Header{"X-Client-Cert": {strings.Repeat("cd", 32)}, "X-Forwarded-For": {"192.0.2.9"}}, 401},
		"the header twice":               {"10.0.0.1:1", http.Header{"X-Client-Cert": {sum, strings.Repeat("cd", 32)}, "X-Forwarded-For": {"192.0.2.9"}}, 401},
		"headers of nobody we trust":     {"192.0.2.9:1", http.Header{"X-Client-Cert": {sum}}, 401},
		"an address that was made up":    {"10.0.0.1:1", http.Header{"X-Client-Cert": {sum}, "X-Forwarded-For": {"192.0.2.9, 198.51.100.1"}}, 401},
		"a list that cannot be read":     {"10.0.0.1:1", http.Header{"X-Client-Cert": {sum}, "X-Forwarded-For": {"192.0.2.9, x"}}, 401},
		"the proxy in its own name":      {"10.0.0.1:1", http.Header{"X-Client-Cert": {sum}}, 401},
		"two lines, the last one counts": {"10.0.0.1:1", http.Header{"X-Client-Cert": {sum}, "X-Forwarded-For": {"192.0.2.9", "198.51.100.1"}}, 401},
	} {
		r := httptest.NewRequest("GET", "/scim/v2/Users", nil)
		r.RemoteAddr = tt.from
		r.Header = tt.header
		r.Header.Set("Authorization", "Bearer "+w.tokens["limited"])
		if got := w.send(r); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}

// However many strangers send assertions at a time, a client's keys are fetched once; and when that fails, not again
// for a while.
func TestKeysAreFetchedSeldom(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	k := newSigner(t, "k1")
	var asked atomic.Int32
	var broken atomic.Bool
	w.keys = transport(func(r *http.Request) *http.Response {
		asked.Add(1)
		time.Sleep(20 * time.Millisecond)
		recorder := httptest.NewRecorder()
		if broken.Load() {
			recorder.WriteHeader(http.StatusBadGateway)
		} else {
			_, _ = recorder.WriteString(k.set())
		}
		return recorder.Result()
	})
	w.serve(w.reg)
	id := string(w.keyed(registry.Proof{KeyURL: "https://keys.example/"}).ID)
	stranger := newSigner(t, "k2")
	knock := func(s signer, want int) {
		var all sync.WaitGroup
		for n := range 8 {
			all.Go(func() {
				form := assertion(s.sign(w.claims(id, fmt.Sprint(s.name, n, w.now))))
				if status, doc := w.ask(form, nil); status != want {
					t.Errorf("%d %v, want %d", status, doc, want)
				}
			})
		}
		all.Wait()
	}
	for _, step := range []struct {
		after  time.Duration
		broken bool
		signer signer
		status int
		asked  int32
	}{
		{0, true, k, 401, 1},
		{9 * time.Second, false, k, 401, 1},
		{time.Second, false, k, 200, 2},
		{time.Minute, false, stranger, 401, 3},
		{time.Second, false, stranger, 401, 3},
		{time.Minute, true, stranger, 401, 4},
		{time.Second, true, k, 200, 4},
	} {
		w.now = w.now.Add(step.after)
		broken.Store(step.broken)
		knock(step.signer, step.status)
		if asked.Load() != step.asked {
			t.Errorf("%+v: fetched %d times", step, asked.Load())
		}
	}
}

func TestQuotaByDefault(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	w.serveWith(w.reg, scim.Config{})
	w.clientFor("limited", registry.NewClient{Company: w.clients["hr"].CompanyID, Scopes: []registry.Scope{registry.ScopeRead}})
	for n := range 1000 {
		if got := w.do("limited", "GET", "/Users?count=0", "", nil).StatusCode; got != 200 {
			t.Fatalf("request %d: %d", n+1, got)
		}
	}
	w.now = w.now.Add(50 * time.Millisecond)
	w.wantUse(t, 5)
}

func TestQuotasAreBounded(t *testing.T) {
	buckets, tokens := scim.KeptAfter(50_000)
	if buckets > 2*4096 || tokens > 2*4096 {
		t.Errorf("%d buckets, %d tokens are kept", buckets, tokens)
	}
}
