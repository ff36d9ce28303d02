package registry_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

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
	t         *testing.T
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
	w.Registry = registry.New(store, c.Now, []byte("a secret of thirty-two bytes, made up"))
	w.company = w.register(meccanica, "Meccanica Fittizia S.p.A.", "MO01", "MO02", "MO03")
	w.elsewhere = w.register(logistica, "Logistica Fintoni S.r.l.", "RE01")
	most := []registry.Scope{registry.ScopeRead, registry.ScopeUsers, registry.ScopeUnits, registry.ScopeEntitlements}
	w.hr = w.client(w.company, most...)
	w.rival = w.client(w.elsewhere, most...)
	w.remember()
	return w
}

// remember makes the trail begin here.
func (w *world) remember() {
	w.clock.advance(time.Microsecond)
	w.mark = w.clock.Now()
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

// arrive goes to the door as far as an identity provider's answer.
func (w *world) arrive(code registry.FiscalCode, ask registry.Ask) registry.Arrival {
	w.t.Helper()
	visit, cookie, err := w.StartVisit(ctx, ask)
	w.needs(err)
	q, err := w.AskIdentity(ctx, visit, "_"+rand.Text(), idp, 2)
	w.needs(err)
	return registry.Arrival{
		LoginRequest: q.ID, VisitCookie: cookie, Issuer: idp, AssertionID: "_" + rand.Text(),
		AssertionUntil: w.Now().Add(5 * time.Minute), Scheme: "SPID", Level: 2, Class: "https://www.spid.gov.it/SpidL2",
		SpidCode: "TEST0001", Request: "request-2",
		Person: registry.Person{FiscalCode: code, GivenName: "Prova", FamilyName: "Esempi", Email: "prova@example.it"},
	}
}

// enter lets somebody in who was sent by the application.
func (w *world) enter(code registry.FiscalCode) registry.Entered {
	w.t.Helper()
	in, err := w.Enter(ctx, w.arrive(code, registry.Ask{Application: application, MinLevel: 2}))
	w.needs(err)
	return in
}

func everything(registry.ProfileCode) bool { return true }

// session lets somebody in and opens a session for whom they act.
func (w *world) session(code registry.FiscalCode, actingFor string) registry.Session {
	w.t.Helper()
	chosen, err := w.Choose(ctx, w.enter(code).VisitCookie, actingFor, everything, "request-3")
	w.needs(err)
	return chosen.Session
}

func (w *world) holds(s registry.Session) bool {
	w.t.Helper()
	_, holds, err := w.SessionHolds(ctx, application, s.ID)
	w.needs(err)
	return holds
}

// choices are the fiscal codes of the companies that a person may act for now.
func (w *world) choices(code registry.FiscalCode) []string {
	w.t.Helper()
	door, err := w.DoorOf(ctx, w.enter(code).VisitCookie, everything)
	w.needs(err)
	var codes []string
	for _, c := range door.Choices {
		codes = append(codes, string(c.Company.FiscalCode))
	}
	return codes
}

// trail is everything recorded since the mark, as "act outcome", sorted.
func (w *world) trail() []string {
	w.t.Helper()
	var lines []string
	for _, e := range w.entries() {
		lines = append(lines, string(e.Act)+" "+e.Outcome)
	}
	slices.Sort(lines)
	return lines
}

func (w *world) entries() []registry.AuditEntry {
	w.t.Helper()
	entries, err := w.Trail(ctx, w.officer, registry.AuditQuery{From: w.mark, Limit: 100_000})
	w.needs(err)
	return entries
}

// wantTrail tests what was recorded since the mark, in any order.
func (w *world) wantTrail(want ...string) {
	w.t.Helper()
	slices.Sort(want)
	if got := w.trail(); !slices.Equal(got, want) {
		w.t.Errorf("the trail holds %q, want %q", got, want)
	}
}

// only is the single entry recorded since the mark.
func (w *world) only() registry.AuditEntry {
	w.t.Helper()
	return w.one(w.entries())
}

// entry is the single entry of an act recorded since the mark.
func (w *world) entry(act registry.Act) registry.AuditEntry {
	w.t.Helper()
	return w.one(slices.DeleteFunc(w.entries(), func(e registry.AuditEntry) bool { return e.Act != act }))
}

func (w *world) one(entries []registry.AuditEntry) registry.AuditEntry {
	w.t.Helper()
	if len(entries) != 1 {
		w.t.Fatalf("the trail holds %q: %d entries are looked for, want one", w.trail(), len(entries))
	}
	return entries[0]
}

// state is what anybody could read of both companies, to be compared.
func (w *world) state() string {
	w.t.Helper()
	var b bytes.Buffer
	companies, err := w.Companies(ctx, w.officer)
	w.needs(err)
	for _, co := range companies {
		units, err := w.Units(ctx, w.officer, co.ID)
		w.needs(err)
		clients, err := w.Clients(ctx, w.officer, co.ID)
		w.needs(err)
		page, err := w.Collaborators(ctx, w.officer, registry.Query{Company: co.ID, Limit: 1000})
		w.needs(err)
		fmt.Fprintf(&b, "%+v\n%+v\n%+v\n%+v\n", co, units, clients, page)
		for _, c := range page.Items {
			periods, err := w.Periods(ctx, w.officer, co.ID, c.ID)
			w.needs(err)
			fmt.Fprintf(&b, "%+v\n", periods)
		}
	}
	return b.String()
}

// printed is all of something, to be searched.
func printed(v any) string { return fmt.Sprintf("%+v", v) }

// notices empties the outbox.
func (w *world) notices() []registry.Notice {
	w.t.Helper()
	notices, err := w.LeaseNotices(ctx, time.Minute, 1000)
	w.needs(err)
	for _, n := range notices {
		w.needs(w.SettleNotice(ctx, n.ID))
	}
	return notices
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
