package scim_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"varco/registry"
	"varco/scim"
	"varco/store"
)

const base = "https://varco.example/scim/v2"

var key = []byte(strings.Repeat("k", 32))

// world is two companies, each with a client, behind one handler, on a clock that tests set.
type world struct {
	t       testing.TB
	reg     *registry.Registry
	handler http.Handler
	now     time.Time
	keys    http.RoundTripper // fetches clients' keys
	log     strings.Builder
	tokens  map[string]string // by name of the client: "hr", "other", "reader"
	clients map[string]registry.Client
	vars    map[string]string // what scripts write as {{name}}
}

func newWorld(t testing.TB, s *store.Store) *world {
	t.Helper()
	w := &world{
		t: t, now: time.Date(2027, 2, 3, 1, 0, 0, 0, registry.Rome),
		tokens: map[string]string{}, clients: map[string]registry.Client{}, vars: map[string]string{"base": base},
	}
	w.reg = registry.New(s, func() time.Time { return w.now }, key)
	mecc := w.company("mecc", registry.NewCompany{FiscalCode: "09980010368", Name: "Meccanica Fittizia S.p.A.", VATNumber: "09980010368",
		Types: []string{"DATORE_PRIVATO"}, Units: []registry.NewUnit{{Code: "MO01", Name: "Modena"}, {Code: "MO02", Name: "Carpi"}, {Code: "MO03", Name: "Mirandola"}}})
	logi := w.company("logi", registry.NewCompany{FiscalCode: "09980040357", Name: "Logistica Fintoni S.r.l.",
		Types: []string{"DATORE_PRIVATO"}, Units: []registry.NewUnit{{Code: "RE01", Name: "Reggio"}}})
	all := []registry.Scope{registry.ScopeRead, registry.ScopeUsers, registry.ScopeUnits, registry.ScopeEntitlements}
	w.client("hr", mecc, all...)
	w.client("other", logi, all...)
	w.client("reader", mecc, registry.ScopeRead)
	w.clientFor("strict", registry.NewClient{Company: mecc.ID, Scopes: all, Strict: true})
	w.clientFor("groups", registry.NewClient{Company: mecc.ID, Scopes: all, ProfileGroups: true})
	w.serve(w.reg)
	return w
}

// serve puts the handler in front of a registry, with a quota that no test reaches.
func (w *world) serve(reg *registry.Registry) {
	w.t.Helper()
	w.serveWith(reg, scim.Config{Quota: registry.Quota{PerSecond: 1_000_000, Burst: 1_000_000}})
}

// serveWith is serve, configured.
func (w *world) serveWith(reg *registry.Registry, c scim.Config) {
	w.t.Helper()
	c.BaseURL, c.Keys, c.Secret = base, w.keys, key
	c.RequestID = func(*http.Request) string { return "r1" }
	c.Log = slog.New(slog.NewTextHandler(&w.log, nil))
	var err error
	w.handler, err = scim.New(reg, c)
	w.must(err)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) company(name string, n registry.NewCompany) registry.Company {
	w.t.Helper()
	c, err := w.reg.RegisterCompany(context.Background(), registry.SystemOperator, n)
	w.must(err)
	w.vars[name] = string(c.ID)
	units, err := w.reg.Units(context.Background(), registry.SystemOperator, c.ID)
	w.must(err)
	for _, u := range units {
		w.vars[strings.ToLower(u.Code)] = string(u.ID)
	}
	return c
}

func (w *world) client(name string, c registry.Company, scopes ...registry.Scope) {
	w.t.Helper()
	w.clientFor(name, registry.NewClient{Company: c.ID, Scopes: scopes})
}

func (w *world) clientFor(name string, n registry.NewClient) {
	w.t.Helper()
	n.Name, n.Attestation, n.Lifetime = name, "attested in the contract", 10*365*24*time.Hour
	client, token, err := w.reg.CreateClient(context.Background(), registry.SystemOperator, n)
	w.must(err)
	w.tokens[name], w.clients[name] = token, client
}

// enter lets the person with the code in as a citizen, as a SPID login would.
func (w *world) enter(code string) {
	w.t.Helper()
	ctx := context.Background()
	visit, cookie, err := w.reg.StartVisit(ctx, registry.Ask{})
	w.must(err)
	id := "_" + code + w.now.Format("150405.000000")
	_, err = w.reg.AskIdentity(ctx, visit, id, "https://idp.example", 2)
	w.must(err)
	_, err = w.reg.Enter(ctx, registry.Arrival{
		LoginRequest: id, VisitCookie: cookie, Issuer: "https://idp.example", AssertionID: id + "a",
		AssertionUntil: w.now.Add(time.Minute), Scheme: "SPID", Level: 2,
		Person: registry.Person{FiscalCode: registry.FiscalCode(code), GivenName: "N", FamilyName: "F"},
	})
	w.must(err)
}

// do sends a request as a client; the path is below the base URL.
func (w *world) do(client, method, path, body string, header http.Header) *http.Response {
	w.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, "/scim/v2"+path, reader)
	if body != "" {
		r.Header.Set("Content-Type", "application/scim+json")
	}
	if client != "" {
		r.Header.Set("Authorization", "Bearer "+w.tokens[client])
	}
	for name, values := range header {
		r.Header[name] = values
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	return recorder.Result()
}
