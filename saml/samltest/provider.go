package samltest

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"varco/registry"
	"varco/saml"
)

// Provider is an identity provider for tests. It asks one form who somebody is and at
// which level, believes it, and answers as SPID's providers do.
type Provider struct {
	entityID string
	base     string // address without a trailing slash
	key      saml.KeyPair
	stranger func() (saml.KeyPair, error) // a key nobody trusts, for lies
	people   []Person
	bindings []string // of single sign-on
	now      func() time.Time
	mux      *http.ServeMux

	mu      sync.Mutex
	callers map[string]saml.Application // by entityID
	pending map[string]question         // by the login page's hidden field
	lie     Lie
	last    string // the last SAMLResponse, for replays
}

// question is an AuthnRequest that waits for somebody to log in.
type question struct {
	id, issuer, acs, relayState string
	issuedAt                    time.Time
}

// NewProvider makes a provider at an address such as "http://127.0.0.1:8080/idp": that
// path and everything below it are its own. The people are offered on its page; any
// other valid codice fiscale may be typed.
func NewProvider(base string, people []Person, now func() time.Time) (*Provider, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("samltest: %w", err)
	}
	p := &Provider{
		entityID: base + "/metadata", base: base, people: people, now: now,
		bindings: []string{saml.BindingRedirect, saml.BindingPost},
		mux:      http.NewServeMux(), callers: map[string]saml.Application{}, pending: map[string]question{},
	}
	if p.key, err = p.newKey(); err != nil {
		return nil, err
	}
	p.stranger = sync.OnceValues(p.newKey)
	p.mux.HandleFunc("GET "+u.Path+"/metadata", p.serveMetadata)
	p.mux.HandleFunc("GET "+u.Path+"/sso", p.serveRedirect)
	p.mux.HandleFunc("POST "+u.Path+"/sso", p.servePost)
	p.mux.HandleFunc("POST "+u.Path+"/login", p.serveLogin)
	return p, nil
}

// keyBits is enough for tests, and quick.
const keyBits = 2048

func (p *Provider) newKey() (saml.KeyPair, error) {
	return saml.GenerateKeyPair(saml.Holder{EntityID: p.entityID, Name: "IdP di prova"}, keyBits, p.now())
}

// EntityID names the provider.
func (p *Provider) EntityID() string { return p.entityID }

// PostOnly makes the metadata offer single sign-on by form only.
func (p *Provider) PostOnly() { p.bindings = []string{saml.BindingPost} }

// Trust lets the service providers of a metadata document ask.
func (p *Provider) Trust(metadata []byte) error {
	apps, err := saml.ParseApplications(metadata)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range apps {
		p.callers[a.EntityID] = a
	}
	return nil
}

// Tell makes every answer from now on the given lie; the zero Lie is the truth.
func (p *Provider) Tell(l Lie) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lie = l
}

// ServeHTTP serves metadata, single sign-on and the login page.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.mux.ServeHTTP(w, r) }

func (p *Provider) serveMetadata(w http.ResponseWriter, _ *http.Request) {
	data, err := p.Metadata()
	if err != nil {
		fail(w, http.StatusInternalServerError, err)
		return
	}
	w.Header().Set("Content-Type", "application/samlmetadata+xml")
	w.Write(data)
}

func (p *Provider) serveRedirect(w http.ResponseWriter, r *http.Request) {
	q, err := p.readRedirect(r.URL.RawQuery)
	p.ask(w, q, err)
}

func (p *Provider) servePost(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	q, err := p.readPost(r.PostFormValue("SAMLRequest"), r.PostFormValue("RelayState"))
	p.ask(w, q, err)
}

// ask shows the login page.
func (p *Provider) ask(w http.ResponseWriter, q question, err error) {
	if err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	flow := rand.Text()
	p.mu.Lock()
	p.pending[flow] = q
	p.mu.Unlock()
	show(w, http.StatusOK, loginPage, map[string]any{"Action": p.base + "/login", "Flow": flow, "People": p.people})
}

// serveLogin believes the form and answers the question.
func (p *Provider) serveLogin(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	flow := r.PostFormValue("flow")
	p.mu.Lock()
	q, ok := p.pending[flow]
	p.mu.Unlock()
	code, err := registry.ParseFiscalCode(r.PostFormValue("fiscal_code"))
	level, levelErr := strconv.Atoi(cmp.Or(r.PostFormValue("level"), "2"))
	switch {
	case !ok:
		err = fmt.Errorf("no request waits for this form")
	case levelErr != nil || level < 1 || level > 3:
		err = fmt.Errorf("level: must be 1, 2 or 3")
	}
	if err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	p.mu.Lock()
	delete(p.pending, flow)
	p.mu.Unlock()
	p.answer(w, q, p.person(code), saml.Level(level))
}

func (p *Provider) answer(w http.ResponseWriter, q question, who Person, level saml.Level) {
	field, err := p.respond(q, who, level)
	if err != nil {
		fail(w, http.StatusInternalServerError, err)
		return
	}
	show(w, http.StatusOK, carryPage, map[string]any{"Action": q.acs, "Response": field, "RelayState": q.relayState})
}

func (p *Provider) person(code registry.FiscalCode) Person {
	for _, known := range p.people {
		if known.FiscalCode.Folded() == code.Folded() {
			return known
		}
	}
	return stranger(code)
}

var (
	loginPage = template.Must(template.New("login").Parse(`<!DOCTYPE html>
<html lang="it"><head><meta charset="utf-8"><title>Gestore di identità di prova</title></head>
<body><main><h1>Gestore di identità di prova</h1>
<p>Questa pagina crede a quello che scrivi. Serve solo per le prove.</p>
<form method="post" action="{{.Action}}">
<input type="hidden" name="flow" value="{{.Flow}}">
<p><label for="fiscal_code">Codice fiscale</label>
<input id="fiscal_code" name="fiscal_code" list="people" autocomplete="off" required></p>
<datalist id="people">{{range .People}}<option value="{{.FiscalCode}}">{{.Name}} {{.FamilyName}}</option>{{end}}</datalist>
<p><label for="level">Livello</label>
<select id="level" name="level"><option value="1">1</option><option value="2" selected>2</option><option value="3">3</option></select></p>
<p><button type="submit">Entra</button></p>
</form></main></body></html>
`))
	carryPage = template.Must(template.New("carry").Parse(`<!DOCTYPE html>
<html lang="it"><head><meta charset="utf-8"><title>Ritorno al servizio</title></head>
<body><main><h1>Ritorno al servizio</h1>
<form method="post" action="{{.Action}}">
<input type="hidden" name="SAMLResponse" value="{{.Response}}">
{{if .RelayState}}<input type="hidden" name="RelayState" value="{{.RelayState}}">{{end}}
<p><button type="submit">Continua</button></p>
</form></main></body></html>
`))
	failPage = template.Must(template.New("fail").Parse(`<!DOCTYPE html>
<html lang="it"><head><meta charset="utf-8"><title>Richiesta non valida</title></head>
<body><main><h1>Richiesta non valida</h1><p>{{.}}</p></main></body></html>
`))
)

func fail(w http.ResponseWriter, status int, err error) { show(w, status, failPage, err.Error()) }

func show(w http.ResponseWriter, status int, page *template.Template, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	page.Execute(w, data)
}
