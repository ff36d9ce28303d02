package saml_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"varco/registry"
	"varco/saml"
	"varco/saml/samltest"
	"varco/store/storetest"
)

const (
	mecc  = "09980010368"
	other = "09980060371"
)

// house is Varco with its two neighbours on one listener, and a company that has
// hired anna.
type house struct {
	t      *testing.T
	config saml.Config
	room   atomic.Pointer[saml.Server]
	base   string
	reg    *registry.Registry
	idp    *samltest.Provider
	app    *samltest.Application
	mu     sync.Mutex
	at     time.Time
	mecc   registry.Company
	anna   registry.Collaborator
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(time.Millisecond)
	return h.at
}

func (h *house) advance(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, at: noon}
	h.reg = registry.New(storetest.Open(t), h.now, []byte("0123456789abcdef0123456789abcdef"))
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	h.base = srv.URL
	h.neighbours(mux)
	h.hire()
	return h
}

func (h *house) neighbours(mux *http.ServeMux) {
	var err error
	if h.idp, err = samltest.NewProvider(h.base+"/idp", []samltest.Person{anna}, h.now); err != nil {
		h.t.Fatal(err)
	}
	if h.app, err = samltest.NewApplication(h.base+"/app", h.now); err != nil {
		h.t.Fatal(err)
	}
	providers := must(saml.ParseProviders(must(h.idp.Metadata())))
	apps := must(saml.ParseApplications(must(h.app.Metadata())))
	h.config = saml.Config{
		BaseURL: h.base, SPKey: keys(), IdPKey: appKeys(), PairwiseKey: []byte("0123456789abcdef0123456789abcdef"),
		Body: serviceProvider().Body, MinLevel: saml.Level2, Providers: providers,
		Applications: []saml.Registered{
			{Application: apps[0], Profiles: []registry.ProfileCode{"co-sare-gestione", "offerte-lavoro-gestione"}},
			{Application: h.simple()},
		},
	}
	h.open(h.config)
	if err := h.idp.Trust(must(h.config.ServiceProvider().Metadata())); err != nil {
		h.t.Fatal(err)
	}
	if err := h.app.Connect(must(h.config.Issuer().Metadata()), h.base+"/saml/session"); err != nil {
		h.t.Fatal(err)
	}
	for _, path := range saml.Paths() {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { h.room.Load().ServeHTTP(w, r) })
	}
	mux.Handle("/idp/", h.idp)
	mux.Handle("/app/", h.app)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "home") })
}

// open puts a room of another configuration in place of the one before.
func (h *house) open(config saml.Config) {
	h.t.Helper()
	room, err := saml.New(config, h.reg, plainPages{}, slog.New(slog.DiscardHandler), func(context.Context) string { return "REF1" })
	if err != nil {
		h.t.Fatal(err)
	}
	h.room.Store(room)
}

func (h *house) hire() {
	ctx := context.Background()
	var err error
	h.mecc, err = h.reg.RegisterCompany(ctx, registry.SystemOperator, registry.NewCompany{
		FiscalCode: mecc, Name: "Meccanica Fittizia S.p.A.", VATNumber: mecc, Types: []string{"DATORE_PRIVATO"},
		Units: []registry.NewUnit{{Code: "MO01", Name: "Modena"}, {Code: "MO02", Name: "Carpi"}},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.anna, err = h.reg.Hire(ctx, h.hr(), h.mecc.ID, registry.Draft{
		UserName: string(anna.FiscalCode), FiscalCode: anna.FiscalCode, Active: true, GivenName: "A", FamilyName: "C",
		Processing: &registry.Processing{Authorised: true},
		Entitlements: []registry.Entitlement{
			{Profile: "co-sare-gestione"}, {Profile: "offerte-lavoro-gestione", Unit: "MO02"}, {Profile: "co-sare-visualizzazione"},
		},
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) hr() registry.Actor {
	return registry.Actor{Kind: registry.ActorClient, ID: "hr", Company: h.mecc.ID, Scopes: registry.Scopes()}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// plainPages draws the room's pages with as little as the contract asks for.
type plainPages struct{}

var plain = template.Must(template.New("").Parse(`
{{define "login"}}<p>{{.Note}}</p>{{range .Providers}}<a href="{{.URL}}">{{.Name}}</a>{{end}}{{end}}
{{define "choice"}}<p>{{.Person}} {{.Application}}</p><form method="post" action="{{.Action}}"><input type="hidden" name="flow" value="{{.Flow}}">
{{range .Choices}}<input type="radio" name="acting_for" value="{{.Value}}">{{.Label}}{{end}}<button>Continua</button></form>{{end}}
{{define "logout"}}<form method="post" action="{{.Action}}"><button>{{.Note}}</button></form>{{end}}
{{define "post"}}<form method="post" action="{{.Action}}">{{range .Fields}}<input type="hidden" name="{{.Name}}" value="{{.Value}}">{{end}}<button>{{.Note}}</button></form>{{end}}
{{define "refusal"}}<h1>{{.Title}}</h1><p>{{.Text}}</p><p>{{.Reference}}</p>{{with .Retry}}<a href="{{.}}">Riprova</a>{{end}}{{end}}
`))

func (plainPages) Page(w http.ResponseWriter, _ *http.Request, status int, name string, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err := plain.ExecuteTemplate(w, name, data); err != nil {
		panic(err)
	}
}

// enter walks from the application to the page after the provider's answer.
func (h *house) enter(b *browser, code registry.FiscalCode, level string) page {
	h.t.Helper()
	p := b.get(h.base + "/app/")
	p = b.get(p.link(h.t, "/spid/login?idp="+url.QueryEscape(h.idp.EntityID())))
	p = b.submit(p, "fiscal_code", string(code), "level", level)
	return b.submit(p)
}

// choose chooses and carries the assertion to the application.
func (h *house) choose(b *browser, p page, actingFor string) page {
	h.t.Helper()
	return b.submit(b.submit(p, "acting_for", actingFor))
}

type whoami struct {
	Subject    string
	Attributes map[string][]string
}

func (h *house) whoami(b *browser) (whoami, int) {
	h.t.Helper()
	p := b.get(h.base + "/app/whoami")
	var who whoami
	if p.status == http.StatusOK {
		if err := json.Unmarshal([]byte(p.body), &who); err != nil {
			h.t.Fatal(err)
		}
	}
	return who, p.status
}

// simple is an application whose metadata ask for no signatures.
func (h *house) simple() saml.Application {
	app := registered(h.t)
	app.AuthnRequestsSigned = false
	return app
}

// ask posts an AuthnRequest of the simple application.
func (h *house) ask(b *browser, attrs string) page { return h.askWith(b, attrs, "") }

// askLevel asks for a level at least.
func (h *house) askLevel(b *browser, level saml.Level) page {
	return h.askWith(b, "", `<samlp:RequestedAuthnContext Comparison="minimum"><saml:AuthnContextClassRef>`+
		level.ClassRef()+`</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>`)
}

func (h *house) askWith(b *browser, attrs, children string) page {
	doc := `<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_` + rand.Text() +
		`" Version="2.0" IssueInstant="` + h.now().Format("2006-01-02T15:04:05Z") + `" Destination="` + h.base + `/saml/sso" ` + attrs +
		`><saml:Issuer>https://app.example.org/metadata</saml:Issuer>` + children + `</samlp:AuthnRequest>`
	return b.post(h.base+"/saml/sso", url.Values{"SAMLRequest": {base64.StdEncoding.EncodeToString([]byte(doc))}, "RelayState": {"st"}})
}
