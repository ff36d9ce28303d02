package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

// PostgreSQL gets the changes of a transaction together, SQLite one by one: what
// comes of them must be the same.
func TestChangesThatGoTogether(t *testing.T) {
	if os.Getenv("VARCO_TEST_ENGINES") == "sqlite" {
		t.Skip("a developer asked for SQLite alone")
	}
	var sides []*side
	for _, url := range []string{storetest.SQLite(t), storetest.Postgres(t)} {
		sides = append(sides, &side{store: reopen(t, url), db: raw(t, url)})
	}
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		p := &plot{rt: rt, run: fmt.Sprint(run, "-"), versions: map[string]int64{}}
		if !p.play(sides, p.scene()) {
			rt.Fatal("the scene was refused")
		}
		for range rapid.IntRange(1, 6).Draw(rt, "transactions") {
			var changes []func(registry.Tx) error
			for range rapid.IntRange(1, 6).Draw(rt, "changes") {
				changes = append(changes, p.draw())
			}
			if !p.play(sides, changes) {
				return
			}
		}
	})
}

// side is one of the stores that are compared.
type side struct {
	store *store.Store
	db    *sql.DB
}

// plot draws changes on a few things, so that they meet.
type plot struct {
	rt       *rapid.T
	run      string
	versions map[string]int64
}

// play runs the same transaction on each side and compares what became of it. It
// reports false where the sides may differ and did: a change that refers to what
// comes later in its transaction is refused one by one only.
func (p *plot) play(sides []*side, changes []func(registry.Tx) error) bool {
	var failed, early []bool
	var state []string
	for _, s := range sides {
		err := s.store.Update(context.Background(), func(tx registry.Tx) error {
			for _, change := range changes {
				if err := change(tx); err != nil {
					return err
				}
			}
			return nil
		})
		failed, state = append(failed, err != nil), append(state, p.state(s.db))
		early = append(early, err != nil && strings.Contains(err.Error(), "not there"))
		if registry.KindOf(err) == registry.Unavailable && err != nil {
			p.rt.Fatal(err)
		}
	}
	if early[0] && !failed[1] {
		return false
	}
	if failed[0] != failed[1] || state[0] != state[1] {
		p.rt.Fatalf("one by one: failed %v\n%s\ntogether: failed %v\n%s", failed[0], state[0], failed[1], state[1])
	}
	return true
}

// state is what the tables hold of this run.
func (p *plot) state(db *sql.DB) string {
	var all strings.Builder
	for _, query := range []string{
		"SELECT 'person ' || id || ' ' || COALESCE(first_access_at, 0) FROM person",
		"SELECT 'collaborator ' || id || ' ' || version || ' ' || CASE WHEN waiting THEN 'waiting' ELSE '' END FROM collaborator",
		"SELECT 'unit ' || id || ' ' || version || ' ' || COALESCE(closed_at, 0) FROM unit",
		"SELECT 'grant ' || id || ' ' || COALESCE(ended_at, 0) FROM entitlement_grant",
		"SELECT 'session ' || id || ' ' || COALESCE(ended_at, 0) FROM session",
		"SELECT 'notice ' || id || ' ' || due_at FROM notice",
		"SELECT 'visit ' || id || ' ' || COALESCE(login_id, '') || ' ' || expires_at FROM visit",
		"SELECT 'request ' || id FROM login_request",
		"SELECT 'deadline ' || id || ' ' || late_days FROM (SELECT collaborator_id AS id, late_days FROM deadline) AS d",
	} {
		rows, err := db.Query(query + " WHERE id LIKE '" + p.run + "%' ORDER BY 1")
		if err != nil {
			p.rt.Fatal(err)
		}
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				p.rt.Fatal(err)
			}
			all.WriteString(line + "\n")
		}
		if err := rows.Err(); err != nil {
			p.rt.Fatal(err)
		}
	}
	return all.String()
}

// scene is what every run starts from.
func (p *plot) scene() []func(registry.Tx) error {
	company := registry.Company{ID: registry.CompanyID(p.run), FiscalCode: registry.CompanyCode(fmt.Sprintf("%011s", p.run)), Name: "c", State: registry.CompanyActive, CreatedAt: noon, UpdatedAt: noon, Version: 1}
	unit := registry.Unit{ID: p.unit(), CompanyID: company.ID, Code: "U", Name: "u", CreatedAt: noon, UpdatedAt: noon, Version: 1}
	person := registry.Person{ID: p.person("0"), FiscalCode: p.code(0), FirstAccessAt: noon, CreatedAt: noon}
	login := registry.Login{ID: registry.LoginID(p.run), CookieHash: []byte(p.run), PersonID: person.ID, Scheme: "SPID", CreatedAt: noon, ExpiresAt: noon}
	return []func(registry.Tx) error{
		func(tx registry.Tx) error { return tx.InsertCompany(company) },
		func(tx registry.Tx) error { return tx.InsertUnit(unit) },
		func(tx registry.Tx) error { return tx.InsertPerson(person) },
		func(tx registry.Tx) error { return tx.InsertLogin(login) },
		func(tx registry.Tx) error { return tx.InsertCollaborator(p.hired("1")) },
		func(tx registry.Tx) error { return tx.InsertGrants([]registry.Grant{p.grant("1", "1")}) },
		func(tx registry.Tx) error { return tx.InsertVisit(p.visit("1")) },
	}
}

func (p *plot) unit() registry.UnitID                    { return registry.UnitID(p.run + "unit") }
func (p *plot) person(n string) registry.PersonID        { return registry.PersonID(p.run + "person" + n) }
func (p *plot) someone(n string) registry.CollaboratorID { return registry.CollaboratorID(p.run + n) }

func (p *plot) hired(n string) registry.Collaborator {
	return registry.Collaborator{
		ID: p.someone(n), CompanyID: registry.CompanyID(p.run), UserName: n,
		Employment: registry.Employment{OpenedAt: noon}, CreatedAt: noon, UpdatedAt: noon, Version: 1,
	}
}

func (p *plot) grant(n, holder string) registry.Grant {
	return registry.Grant{
		ID: registry.GrantID(p.run + n), CollaboratorID: p.someone(holder), Profile: "x", UnitID: p.unit(), GrantedAt: noon, GrantedBy: "x",
	}
}

func (p *plot) visit(n string) registry.Visit {
	id := p.run + "visit" + n
	return registry.Visit{ID: registry.VisitID(id), CookieHash: []byte(id), CreatedAt: noon, ExpiresAt: noon}
}

func (p *plot) code(n int) registry.FiscalCode {
	var run int
	if _, err := fmt.Sscanf(p.run, "%d-", &run); err != nil {
		p.rt.Fatal(err)
	}
	return code(run*10 + n)
}

func (p *plot) one(label string) string {
	return rapid.SampledFrom([]string{"1", "2"}).Draw(p.rt, label)
}

// next is the version to write for something, as a rule the right one.
func (p *plot) next(what string) int64 {
	if rapid.IntRange(0, 9).Draw(p.rt, "wrong version") > 0 {
		p.versions[what]++
	}
	return p.versions[what] + 1
}

func (p *plot) draw() func(registry.Tx) error {
	draws := []func() func(registry.Tx) error{p.people, p.collaborators, p.grants, p.units, p.sessions, p.visits, p.deadlines}
	return rapid.SampledFrom(draws).Draw(p.rt, "of")()
}

func (p *plot) people() func(registry.Tx) error {
	n := p.one("person")
	person := registry.Person{ID: p.person(n), FiscalCode: p.code(int(n[0] - '0')), CreatedAt: noon}
	if rapid.Bool().Draw(p.rt, "entered") {
		person.FirstAccessAt = drawInstant(p.rt, "first access")
	}
	if rapid.Bool().Draw(p.rt, "new") {
		return func(tx registry.Tx) error { return tx.InsertPerson(person) }
	}
	return func(tx registry.Tx) error { return tx.UpdatePerson(person) }
}

func (p *plot) collaborators() func(registry.Tx) error {
	n := p.one("collaborator")
	c := p.hired(n)
	c.Employment.OpenedAt = drawInstant(p.rt, "opened")
	if who := rapid.SampledFrom([]string{"", "0", "1", "2"}).Draw(p.rt, "who"); who != "" {
		c.PersonID = p.person(who)
	}
	if rapid.Bool().Draw(p.rt, "new") {
		return func(tx registry.Tx) error { return tx.InsertCollaborator(c) }
	}
	c.Version = p.next(n)
	return func(tx registry.Tx) error { return tx.UpdateCollaborator(c) }
}

func (p *plot) grants() func(registry.Tx) error {
	g, at := p.grant(p.one("grant"), p.one("holder")), drawInstant(p.rt, "at")
	switch rapid.IntRange(0, 2).Draw(p.rt, "what") {
	case 0:
		return func(tx registry.Tx) error { return tx.InsertGrants([]registry.Grant{g}) }
	case 1:
		return func(tx registry.Tx) error {
			return tx.EndGrants([]registry.GrantID{g.ID}, at, "x", registry.EndRevoked)
		}
	default:
		return func(tx registry.Tx) error { return tx.EndUnitGrants(p.unit(), at, "x", registry.EndUnitClosed) }
	}
}

func (p *plot) units() func(registry.Tx) error {
	u := registry.Unit{ID: p.unit(), CompanyID: registry.CompanyID(p.run), Code: "U", Name: "u", CreatedAt: noon, UpdatedAt: noon, Version: p.next("unit")}
	if rapid.IntRange(0, 4).Draw(p.rt, "close") == 0 {
		u.ClosedAt = noon
	}
	return func(tx registry.Tx) error { return tx.UpdateUnit(u) }
}

func (p *plot) sessions() func(registry.Tx) error {
	id, at := registry.SessionID(p.run+p.one("session")), drawInstant(p.rt, "at")
	s := registry.Session{
		ID: id, LoginID: registry.LoginID(p.run), PersonID: p.person("0"), Application: "a", CreatedAt: noon, NotOnOrAfter: drawInstant(p.rt, "until"),
		Grants: []registry.GrantID{registry.GrantID(p.run + p.one("released"))},
	}
	match := rapid.SampledFrom([]registry.SessionMatch{{Person: s.PersonID}, {Grants: s.Grants}, {Unit: p.unit()}}).Draw(p.rt, "match")
	switch rapid.IntRange(0, 2).Draw(p.rt, "what") {
	case 0:
		return func(tx registry.Tx) error { return tx.InsertSession(s) }
	case 1:
		return func(tx registry.Tx) error { return tx.DeleteNotice(registry.NoticeID(id)) }
	default:
		return func(tx registry.Tx) error { return tx.EndSessions(match, at, registry.EndLogout) }
	}
}

func (p *plot) visits() func(registry.Tx) error {
	v := p.visit(p.one("visit"))
	v.ExpiresAt = drawInstant(p.rt, "until")
	q := registry.LoginRequest{ID: p.run + p.one("request"), VisitID: v.ID, IdP: "i", IssuedAt: noon, ExpiresAt: noon}
	switch rapid.IntRange(0, 4).Draw(p.rt, "what") {
	case 0:
		return func(tx registry.Tx) error { return tx.InsertVisit(v) }
	case 1:
		v.LoginID = registry.LoginID(p.run)
		return func(tx registry.Tx) error { return tx.UpdateVisit(v) }
	case 2:
		return func(tx registry.Tx) error { return tx.DeleteVisit(v.ID) }
	case 3:
		return func(tx registry.Tx) error { return tx.InsertLoginRequest(q) }
	default:
		return func(tx registry.Tx) error { return tx.Forget(v.ExpiresAt) }
	}
}

func (p *plot) deadlines() func(registry.Tx) error {
	d := registry.Deadline{LastDay: registry.DayOf(noon), DueAt: noon, LateDays: rapid.IntRange(0, 9).Draw(p.rt, "late")}
	id := p.someone(p.one("collaborator"))
	return func(tx registry.Tx) error { return tx.InsertDeadline(id, d, noon.Add(time.Hour)) }
}
