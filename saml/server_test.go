package saml_test

import (
	"context"
	"encoding/base64"
	"html"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"varco/registry"
	"varco/saml"
	"varco/saml/samltest"
	"varco/store/storetest"
)

func TestLoginForACompany(t *testing.T) {
	h := newHouse(t)
	b := newBrowser(t)
	if _, status := h.whoami(b); status != http.StatusUnauthorized {
		t.Fatalf("whoami before: %d", status)
	}
	choice := h.enter(b, anna.FiscalCode, "2")
	if choice.status != http.StatusOK || choice.url.Path != "/choose" {
		t.Fatalf("after the provider: %d %s %s", choice.status, choice.url, choice.body)
	}
	for _, want := range []string{"Anna Collaudari", "Applicazione di prova", "Meccanica Fittizia", `value="` + mecc + `"`, `value="citizen"`} {
		if !strings.Contains(choice.body, want) {
			t.Errorf("the choice lacks %s", want)
		}
	}
	p := h.choose(b, choice, mecc)
	if p.status != http.StatusOK || p.url.Path != "/app/whoami" {
		t.Fatalf("at the end: %d %s %s", p.status, p.url, p.body)
	}
	who, _ := h.whoami(b)
	want := map[string][]string{
		"fiscalNumber": {"TINIT-CLLNNA62A50F257F"}, "name": {"Anna"}, "familyName": {"Collaudari"}, "email": {"cllnna62a50f257f@example.org"},
		"actingContext": {"COMPANY"}, "authnScheme": {"SPID"}, "originIdP": {h.idp.EntityID()},
		"companyFiscalNumber": {"TINIT-" + mecc}, "companyName": {"Meccanica Fittizia S.p.A."}, "ivaCode": {"VATIT-" + mecc},
		"companyType": {"DATORE_PRIVATO"}, "coSubject": {"OBLIGED"}, "organizationalUnit": {"MO02"},
		// co-sare-visualizzazione is not the application's to know.
		"entitlement": {"urn:varco:profile:co-sare-gestione:group", "urn:varco:profile:offerte-lavoro-gestione:unit:MO02"},
	}
	if !maps.EqualFunc(who.Attributes, want, slices.Equal) {
		t.Errorf("attributes\n got %v\nwant %v", who.Attributes, want)
	}
}

func TestLoginAsCitizen(t *testing.T) {
	h := newHouse(t)
	b := newBrowser(t)
	// Somebody nobody hired: the choice is shown all the same.
	p := h.choose(b, h.enter(b, "PRVLCU78L62B819S", "3"), "citizen")
	who, status := h.whoami(b)
	if status != http.StatusOK {
		t.Fatalf("whoami: %d, %s", status, p.body)
	}
	for name := range who.Attributes {
		if strings.HasPrefix(name, "company") || name == "entitlement" || name == "ivaCode" || name == "coSubject" {
			t.Errorf("a citizen is told as %s", name)
		}
	}
	if got := who.Attributes["actingContext"]; !slices.Equal(got, []string{"CITIZEN"}) {
		t.Errorf("actingContext %v", got)
	}
}

func TestSessionEndsWithTheRight(t *testing.T) {
	ctx := context.Background()
	for name, end := range map[string]func(*house) error{
		"the employment ends": func(h *house) error {
			_, err := h.reg.End(ctx, h.hr(), h.mecc.ID, h.anna.ID, registry.EndTermination)
			return err
		},
		"the identity is suspended": func(h *house) error {
			return h.reg.Block(ctx, registry.Officer("o1", ""), anna.FiscalCode)
		},
		"the company is frozen": func(h *house) error {
			return h.reg.FreezeCompany(ctx, registry.Officer("o1", ""), h.mecc.ID)
		},
		"its time is over": func(h *house) error { h.advance(8 * time.Hour); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			b := newBrowser(t)
			h.choose(b, h.enter(b, anna.FiscalCode, "2"), mecc)
			if _, status := h.whoami(b); status != http.StatusOK {
				t.Fatalf("whoami before: %d", status)
			}
			if err := end(h); err != nil {
				t.Fatal(err)
			}
			if _, status := h.whoami(b); status != http.StatusUnauthorized {
				t.Errorf("whoami after: %d", status)
			}
			if again := h.enter(newBrowser(t), anna.FiscalCode, "2"); name != "its time is over" && strings.Contains(again.body, mecc) {
				t.Errorf("the company is still offered: %s", again.body)
			}
		})
	}
}

func TestLogoutEndsTheSessions(t *testing.T) {
	h := newHouse(t)
	b := newBrowser(t)
	h.choose(b, h.enter(b, anna.FiscalCode, "2"), mecc)
	p := b.submit(b.get(h.base + "/logout"))
	if p.url.Path != "/login" || !strings.Contains(p.body, "chiuso") {
		t.Errorf("after the logout: %s %s", p.url, p.body)
	}
	if _, status := h.whoami(b); status != http.StatusUnauthorized {
		t.Errorf("whoami after the logout: %d", status)
	}
	if p := b.post(h.base+"/logout", nil); p.status != http.StatusOK {
		t.Errorf("logout again: %d", p.status)
	}
}

// No lie of the provider's opens anything: the answer is a page of status 4xx with a
// reference, and nobody has entered.
func TestLiesOpenNothing(t *testing.T) {
	h := newHouse(t)
	for _, lie := range samltest.Lies() {
		t.Run(lie.Name, func(t *testing.T) {
			h.idp.Tell(lie)
			b := newBrowser(t)
			p := h.enter(b, anna.FiscalCode, "2")
			if lie.Accepted {
				if p.status != http.StatusOK || p.url.Path != "/choose" {
					t.Errorf("refused: %d %s", p.status, p.body)
				}
				return
			}
			if p.status < 400 || p.status > 499 || !strings.Contains(p.body, "REF1") {
				t.Errorf("status %d, %s", p.status, p.body)
			}
			if p := b.get(h.base + "/choose"); p.url.Path == "/choose" && p.status == http.StatusOK {
				t.Error("somebody has entered")
			}
		})
	}
}

func TestAnomaliesAreExplained(t *testing.T) {
	h := newHouse(t)
	for lie, want := range map[string]string{
		"anomaly 20": "livello richiesto", "anomaly 22": "consenso", "anomaly 25": "annullato", "anomaly 30": "tipo diverso",
	} {
		h.idp.Tell(samltest.LieByName(lie))
		if p := h.enter(newBrowser(t), anna.FiscalCode, "2"); !strings.Contains(p.body, want) {
			t.Errorf("%s: %s", lie, p.body)
		}
	}
}

// Who opens a second login beside the first is told so, and not that they may not.
func TestSecondTab(t *testing.T) {
	h := newHouse(t)
	b := newBrowser(t)
	first := b.get(h.base + "/app/")
	first = b.get(first.link(t, "/spid/login"))
	first = b.submit(first, "fiscal_code", string(anna.FiscalCode), "level", "2")
	b.get(h.base + "/app/")
	to, values := first.form(t)
	if p := b.post(to, values); p.status != http.StatusForbidden || !strings.Contains(html.UnescapeString(p.body), "altra scheda") {
		t.Errorf("the first tab: %d %s", p.status, p.body)
	}
}

// An answer is good once, and in the browser that asked only.
func TestAnswerIsUsedOnce(t *testing.T) {
	h := newHouse(t)
	b := newBrowser(t)
	p := b.get(h.base + "/app/")
	p = b.get(p.link(t, "/spid/login"))
	p = b.submit(p, "fiscal_code", string(anna.FiscalCode), "level", "2")
	to, values := p.form(t)
	if stolen := newBrowser(t).post(to, values); stolen.status < 400 {
		t.Errorf("another browser: %d %s", stolen.status, stolen.url)
	}
	var wg sync.WaitGroup
	results := make([]int, 16)
	for i := range results {
		wg.Add(1)
		go func() {
			defer wg.Done()
			client := &http.Client{Jar: b.client.Jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			if res, err := client.PostForm(to, values); err == nil {
				res.Body.Close()
				results[i] = res.StatusCode
			}
		}()
	}
	wg.Wait()
	entered := 0
	for _, status := range results {
		if status == http.StatusSeeOther {
			entered++
		}
	}
	if entered != 1 {
		t.Errorf("entered %d times: %v", entered, results)
	}
}

func TestRequestsAreUsedOnce(t *testing.T) {
	h := newHouse(t)
	first := newBrowser(t)
	first.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := first.client.Get(h.base + "/app/")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	sso := res.Header.Get("Location")
	if p := newBrowser(t).get(sso); p.status != http.StatusOK || p.url.Path != "/login" {
		t.Fatalf("first: %d %s", p.status, p.url)
	}
	if p := newBrowser(t).get(sso); p.status != http.StatusConflict {
		t.Errorf("again: %d", p.status)
	}
}

func TestChoiceRefused(t *testing.T) {
	h := newHouse(t)
	for name, c := range map[string]struct {
		acting string
		flow   string
		status int
	}{
		"another company": {other, "", http.StatusForbidden},
		"nothing chosen":  {"", "", http.StatusBadRequest},
		"another form":    {mecc, "x", http.StatusForbidden},
	} {
		b := newBrowser(t)
		p := h.enter(b, anna.FiscalCode, "2")
		to, values := p.form(t)
		values.Set("acting_for", c.acting)
		if c.flow != "" {
			values.Set("flow", c.flow)
		}
		if got := b.post(to, values); got.status != c.status {
			t.Errorf("%s: %d, want %d: %s", name, got.status, c.status, got.body)
		}
	}
	if p := newBrowser(t).get(h.base + "/choose"); p.status != http.StatusNotFound {
		t.Errorf("without a visit: %d", p.status)
	}
}

// An answer to a request that has waited too long, or that nobody sent, is refused like
// any other lie.
func TestAnswerTooLate(t *testing.T) {
	h := newHouse(t)
	b := newBrowser(t)
	p := b.get(h.base + "/app/")
	p = b.get(p.link(t, "/spid/login"))
	h.advance(11 * time.Minute)
	p = b.submit(b.submit(p, "fiscal_code", string(anna.FiscalCode), "level", "2"))
	if p.status != http.StatusForbidden || !strings.Contains(p.body, "scaduta") {
		t.Errorf("%d %s", p.status, p.body)
	}
}

// What an application asks for beyond level 2 is asked of the provider.
func TestApplicationAsksForMore(t *testing.T) {
	h := newHouse(t)
	for level, status := range map[string]int{"2": http.StatusForbidden, "3": http.StatusOK} {
		b := newBrowser(t)
		p := h.askLevel(b, saml.Level3)
		p = b.get(p.link(t, "/spid/login"))
		if p = b.submit(b.submit(p, "fiscal_code", string(anna.FiscalCode), "level", level)); p.status != status {
			t.Errorf("level %s: %d, want %d", level, p.status, status)
		}
	}
}

// An application that has moved or gone between the question and the choice is told
// nothing at the old address.
func TestApplicationMovesMeanwhile(t *testing.T) {
	h := newHouse(t)
	for name, change := range map[string]func(*saml.Registered){
		"moved": func(r *saml.Registered) { r.Consumers = []saml.Consumer{{URL: "https://app.example.org/new"}} },
		"gone":  func(r *saml.Registered) { r.EntityID = "https://another.example.org" },
	} {
		b := newBrowser(t)
		choice := h.enter(b, anna.FiscalCode, "2")
		changed := h.config
		changed.Applications = slices.Clone(h.config.Applications)
		change(&changed.Applications[0])
		h.open(changed)
		if p := b.submit(choice, "acting_for", registry.Citizen); p.status != http.StatusForbidden {
			t.Errorf("%s: %d %s", name, p.status, p.body)
		}
		h.open(h.config)
	}
}

func TestLevelTooLow(t *testing.T) {
	h := newHouse(t)
	if p := h.enter(newBrowser(t), anna.FiscalCode, "1"); p.status != http.StatusForbidden {
		t.Errorf("level 1: %d %s", p.status, p.url)
	}
}

func TestLoginAtVarcoItself(t *testing.T) {
	h := newHouse(t)
	b := newBrowser(t)
	p := b.get(h.base + "/login")
	p = b.get(p.link(t, "/spid/login"))
	p = b.submit(b.submit(p, "fiscal_code", string(anna.FiscalCode), "level", "2"))
	if p = b.submit(p, "acting_for", mecc); p.url.Path != "/" || p.body != "home" {
		t.Errorf("at the end: %s %s", p.url, p.body)
	}
}

func TestUnknownProvider(t *testing.T) {
	h := newHouse(t)
	if p := newBrowser(t).get(h.base + "/spid/login?idp=https%3A%2F%2Fevil.example.org"); p.status != http.StatusNotFound || !strings.Contains(p.body, "sconosciuto") {
		t.Errorf("%d %s", p.status, p.body)
	}
}

func TestProviderByFormOnly(t *testing.T) {
	h := newHouse(t)
	h.idp.PostOnly()
	w := world{idp: h.idp}
	if p := w.describe(t); p.RedirectURL != "" {
		t.Fatalf("offers a redirect: %+v", p)
	}
	provider := w.describe(t)
	sp := saml.ServiceProvider{EntityID: h.base + "/spid/metadata", ACSURL: h.base + "/spid/acs", Dialect: saml.DialectSPID, Key: keys()}
	form, err := sp.PostForm(sp.NewLoginRequest(provider, saml.Level2, h.now()))
	if err != nil {
		t.Fatal(err)
	}
	values := url.Values{}
	for _, f := range form.Fields {
		values.Set(f.Name, f.Value)
	}
	if p := newBrowser(t).post(form.Action, values); p.status != http.StatusOK || !strings.Contains(p.body, "fiscal_code") {
		t.Errorf("the provider says %d %s", p.status, p.body)
	}
}

func TestPassiveRequestIsAnswered(t *testing.T) {
	h := newHouse(t)
	p := h.ask(newBrowser(t), `IsPassive="true"`)
	to, values := p.form(t)
	data, _ := base64.StdEncoding.DecodeString(values.Get("SAMLResponse"))
	if to != "https://app.example.org/acs" || values.Get("RelayState") != "st" || !strings.Contains(string(data), saml.StatusNoPassive) {
		t.Errorf("answered %s %s %s", to, values.Get("RelayState"), data)
	}
	if p := newBrowser(t).get(h.base + "/saml/sso?SAMLRequest=x"); p.status != http.StatusBadRequest {
		t.Errorf("nonsense: %d", p.status)
	}
}

// Who is logged in need not prove it again, unless the application insists or asks for
// more; the choice is shown all the same.
func TestLoginServesTheNextApplication(t *testing.T) {
	h := newHouse(t)
	b := newBrowser(t)
	h.choose(b, h.enter(b, anna.FiscalCode, "2"), mecc)
	if p := h.ask(b, ""); p.url.Path != "/choose" || strings.Contains(p.body, mecc) {
		t.Errorf("the next: %s %s", p.url, p.body) // it is entitled to no profile, so no company is offered
	}
	if p := h.ask(b, `ForceAuthn="true"`); p.url.Path != "/login" {
		t.Errorf("one that insists: %s", p.url)
	}
	if p := h.ask(newBrowser(t), ""); p.url.Path != "/login" {
		t.Errorf("another browser: %s", p.url)
	}
}

func TestSessionCheckIsAuthenticated(t *testing.T) {
	h := newHouse(t)
	for query, status := range map[string]int{
		"":                         http.StatusBadRequest,
		"?SessionIndex=a&Issuer=b": http.StatusForbidden,
		"?SessionIndex=a&Issuer=" + url.QueryEscape(h.app.EntityID()): http.StatusForbidden,
	} {
		p := newBrowser(t).get(h.base + "/saml/session" + query)
		if p.status != status || strings.Contains(p.body, "active") {
			t.Errorf("%q: %d %s", query, p.status, p.body)
		}
	}
}

func TestMetadataIsServed(t *testing.T) {
	h := newHouse(t)
	if sp := must(saml.ParseApplications([]byte(newBrowser(t).get(h.base + "/spid/metadata").body))); sp[0].EntityID != h.base+"/spid/metadata" {
		t.Errorf("service provider: %+v", sp)
	}
	if idp := must(saml.ParseProviders([]byte(newBrowser(t).get(h.base + "/saml/metadata").body))); idp[0].RedirectURL != h.base+"/saml/sso" || idp[0].PostURL != idp[0].RedirectURL {
		t.Errorf("identity provider: %+v", idp)
	}
	if p := newBrowser(t).get(h.base + "/spid/logout?SAMLRequest=x"); p.status != http.StatusNotImplemented {
		t.Errorf("logout of a provider: %d", p.status)
	}
}

func TestConfigRefused(t *testing.T) {
	good := saml.Config{BaseURL: "https://varco.example.org", SPKey: keys(), IdPKey: keys(), PairwiseKey: make([]byte, 32), MinLevel: saml.Level2}
	for want, change := range map[string]func(*saml.Config){
		"base URL": func(c *saml.Config) { c.BaseURL = "http://varco.example.org" },
		"trailing": func(c *saml.Config) { c.BaseURL += "/" },
		"signing":  func(c *saml.Config) { c.IdPKey = saml.KeyPair{} },
		"pairwise": func(c *saml.Config) { c.PairwiseKey = c.PairwiseKey[1:] },
		"level":    func(c *saml.Config) { c.MinLevel = 0 },
	} {
		c := good
		change(&c)
		if _, err := saml.New(c, nil, nil, nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
	if _, err := saml.New(good, nil, nil, nil, nil); err != nil {
		t.Error(err)
	}
}

// Over https the cookie that must come along with a post from the provider's site is
// SameSite=None, and every cookie is Secure.
func TestCookies(t *testing.T) {
	reg := registry.New(storetest.Open(t), clock, []byte("0123456789abcdef0123456789abcdef"))
	for base, want := range map[string]string{
		"https://varco.example.org": "HttpOnly; Secure; SameSite=None",
		"http://127.0.0.1:8080":     "HttpOnly; SameSite=Lax",
	} {
		room, err := saml.New(saml.Config{
			BaseURL: base, SPKey: keys(), IdPKey: keys(), PairwiseKey: make([]byte, 32), MinLevel: saml.Level2,
			Providers: []saml.Provider{{EntityID: "idp", RedirectURL: "https://idp.example.org/sso"}},
		}, reg, plainPages{}, slog.New(slog.DiscardHandler), func(context.Context) string { return "" })
		if err != nil {
			t.Fatal(err)
		}
		rec := httptest.NewRecorder()
		room.ServeHTTP(rec, httptest.NewRequest("GET", base+"/spid/login?idp=idp", nil))
		if got := rec.Header().Get("Set-Cookie"); rec.Code != http.StatusFound || !strings.HasSuffix(got, want) {
			t.Errorf("%s: %d %q, want %q", base, rec.Code, got, want)
		}
	}
}
