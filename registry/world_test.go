package registry_test

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

var ctx = context.Background()

// People and companies that do not exist, with right check characters.
const (
	collaudi   registry.FiscalCode = "CLLTTR65C14F257H"
	collaudini registry.FiscalCode = "CLLNDR88M28A944B"
	provini    registry.FiscalCode = "PRVLCU78L62B819S"
	esempi     registry.FiscalCode = "SMPMRC85E05F257X"
	esempiTwin registry.FiscalCode = "SMPMRC85E05F25TU" // the same code, its last digits as letters
	fintoni    registry.FiscalCode = "FNTMRT79P57H223V"

	meccanica registry.CompanyCode = "09980010368"
	logistica registry.CompanyCode = "09980040357"
	tirocini  registry.CompanyCode = "91998010390"
)

var secret = []byte("a secret of thirty-two bytes, made up")

const (
	application = "https://sare.example/metadata"
	idp         = "https://idp.example/metadata"
)

// clock stands still until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func (c *clock) set(rfc3339 string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = instant(rfc3339)
}

func instant(rfc3339 string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, rfc3339)
	if err != nil {
		panic(err)
	}
	return at
}

func day(s string) registry.Day {
	d, err := registry.ParseDay(s)
	if err != nil {
		panic(err)
	}
	return d
}

// world is a registry on a fresh database with two companies and, for each, a
// client that holds every scope but the one for administrators.
type world struct {
	*registry.Registry
	t         rapid.TB
	store     registry.Store
	clock     *clock
	company   registry.Company // units MO01, MO02, MO03
	elsewhere registry.Company // unit RE01
	hr        registry.Actor   // the company's client
	rival     registry.Actor   // the other company's client
	officer   registry.Actor
	mark      time.Time // entries of the trail before it are of the setting up
}

// onEachEngine tells a story in a fresh world on each database engine.
func onEachEngine(t *testing.T, story func(t *testing.T, w *world)) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) { story(t, newWorld(t, s)) })
}

func newWorld(t *testing.T, store registry.Store) *world {
	c := &clock{at: instant("2027-05-20T08:00:00Z")}
	w := &world{t: t, store: store, clock: c, officer: registry.Officer("rita", "setup")}
	w.Registry = registry.New(store, c.Now, secret)
	w.company = w.register(meccanica, "Meccanica Fittizia S.p.A.", "MO01", "MO02", "MO03")
	w.elsewhere = w.register(logistica, "Logistica Fintoni S.r.l.", "RE01")
	most := []registry.Scope{registry.ScopeRead, registry.ScopeUsers, registry.ScopeUnits, registry.ScopeEntitlements}
	w.hr = w.client(w.company, most...)
	w.rival = w.client(w.elsewhere, most...)
	w.remember()
	return w
}

// needs stops the test on an error.
func (w *world) needs(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("unexpected: %v", err)
	}
}

// personCode makes the code of a person whom no test has met.
func personCode() registry.FiscalCode {
	first := make([]byte, 6)
	for i, c := range []byte(rand.Text()[:6]) {
		first[i] = 'A' + c%26
	}
	for check := 'A'; ; check++ {
		if code, err := registry.ParseFiscalCode(string(first) + "85E05F257" + string(check)); err == nil {
			return code
		}
	}
}

// companyCode makes the code of a company that no test has met.
func companyCode() registry.CompanyCode {
	digits := make([]byte, 10)
	for i, c := range []byte(rand.Text()[:10]) {
		digits[i] = '0' + c%10
	}
	for check := '0'; ; check++ {
		if code, err := registry.ParseCompanyCode(string(digits) + string(check)); err == nil {
			return code
		}
	}
}

// refused tests an error for its kind and its words.
func refused(t *testing.T, err error, kind registry.Kind, words string) {
	t.Helper()
	if err == nil || registry.KindOf(err) != kind || !strings.Contains(err.Error(), words) {
		t.Errorf("got %v (kind %d), want a refusal of kind %d with %q", err, registry.KindOf(err), kind, words)
	}
}

func (w *world) register(code registry.CompanyCode, name string, units ...string) registry.Company {
	w.t.Helper()
	n := registry.NewCompany{FiscalCode: code, Name: name, Types: []string{"DATORE_PRIVATO"}}
	for _, u := range units {
		n.Units = append(n.Units, registry.NewUnit{Code: u, Name: "Unità " + u})
	}
	made, err := w.RegisterCompany(ctx, w.officer, n)
	w.needs(err)
	return made
}

func (w *world) client(of registry.Company, scopes ...registry.Scope) registry.Actor {
	w.t.Helper()
	made, _, err := w.CreateClient(ctx, registry.SystemOperator, registry.NewClient{
		Company: of.ID, Name: "hr", Scopes: scopes, Attestation: "authorised by contract", Lifetime: 10 * 365 * 24 * time.Hour})
	w.needs(err)
	return made.Actor("request-1")
}

func entitlements(values ...string) []registry.Entitlement {
	var all []registry.Entitlement
	for _, v := range values {
		e, err := registry.ParseEntitlement(v)
		if err != nil {
			panic(err)
		}
		all = append(all, e)
	}
	return all
}

// draft is the least that hires somebody.
func draft(code registry.FiscalCode, values ...string) registry.Draft {
	return registry.Draft{UserName: strings.ToLower(string(code)) + "@example.it", FiscalCode: code, Active: true, Entitlements: entitlements(values...)}
}

// hire hires for the company, by its client.
func (w *world) hire(code registry.FiscalCode, values ...string) registry.Collaborator {
	w.t.Helper()
	return w.hireDraft(draft(code, values...))
}

func (w *world) hireDraft(d registry.Draft) registry.Collaborator {
	w.t.Helper()
	c, err := w.Hire(ctx, w.hr, w.company.ID, d)
	w.needs(err)
	return c
}

// worker hires somebody who has entered before.
func (w *world) worker(code registry.FiscalCode, values ...string) registry.Collaborator {
	w.t.Helper()
	w.enter(code)
	return w.hire(code, values...)
}

// change amends by the company's client.
func (w *world) change(id registry.CollaboratorID, edit func(*registry.Draft)) (registry.Collaborator, bool, error) {
	return w.changeAs(w.hr, id, edit)
}

func (w *world) changeAs(actor registry.Actor, id registry.CollaboratorID, edit func(*registry.Draft)) (registry.Collaborator, bool, error) {
	return w.Amend(ctx, actor, w.company.ID, id, func(c registry.Collaborator, now time.Time) (registry.Draft, error) {
		d := c.Draft(now)
		edit(&d)
		return d, nil
	})
}

func (w *world) mustChange(id registry.CollaboratorID, edit func(*registry.Draft)) registry.Collaborator {
	w.t.Helper()
	c, changed, err := w.change(id, edit)
	w.needs(err)
	if !changed {
		w.t.Fatal("nothing changed")
	}
	return c
}

func (w *world) end(id registry.CollaboratorID) registry.Collaborator {
	w.t.Helper()
	c, err := w.End(ctx, w.hr, w.company.ID, id, "")
	w.needs(err)
	return c
}

func (w *world) read(id registry.CollaboratorID) registry.Collaborator {
	w.t.Helper()
	c, err := w.Collaborator(ctx, w.hr, w.company.ID, id)
	w.needs(err)
	return c
}

func (w *world) person(code registry.FiscalCode) registry.Person {
	w.t.Helper()
	var p registry.Person
	w.needs(w.store.View(ctx, func(rd registry.Reader) (err error) {
		p, err = rd.PersonByCode(code)
		return err
	}))
	return p
}

// effective lists the entitlements of a collaborator that open something now.
func (w *world) effective(id registry.CollaboratorID) []string {
	w.t.Helper()
	company, err := w.CompanyByCode(ctx, w.officer, meccanica)
	w.needs(err)
	return named(registry.EffectiveGrants(w.read(id), company, w.Now()))
}

func named(grants []registry.Grant) []string {
	var all []string
	for _, g := range grants {
		all = append(all, g.Entitlement().String())
	}
	return all
}

// together runs the same thing at once, and again while the store says that it
// was too busy; it returns the errors that remain.
func together(n int, do func(i int) error) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			for errs[i] = do(i); registry.KindOf(errs[i]) == registry.Unavailable && errs[i] != nil; {
				errs[i] = do(i)
			}
		})
	}
	wg.Wait()
	return slices.DeleteFunc(errs, func(err error) bool { return err == nil })
}

// ruleOf is the machine-readable name of the rule that refused.
func ruleOf(err error) string {
	var e *registry.Error
	if errors.As(err, &e) {
		return e.Rule
	}
	return ""
}

// periods lists the periods of employment of one collaborator.
func (w *world) periods(actor registry.Actor, company registry.CompanyID, id registry.CollaboratorID) ([]registry.Employment, error) {
	c, err := w.Collaborator(ctx, actor, company, id)
	if err != nil {
		return nil, err
	}
	all, err := w.Periods(ctx, actor, c)
	return all[id], err
}
