package store_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

// Between what an update reads and what it writes others write. Whatever they do to
// the rows that it saw, or would have seen, the update must see as well.
func TestWhatOthersWriteMeanwhile(t *testing.T) {
	for name, c := range map[string]struct {
		look  func(*world, registry.Tx) (string, error)
		other func(*world, registry.Tx) error
	}{
		"a row changes": {
			func(w *world, tx registry.Tx) (string, error) {
				p, err := tx.Person(w.person.ID)
				return p.GivenName, err
			},
			func(w *world, tx registry.Tx) error {
				p := w.person
				p.GivenName = "Bianca"
				return tx.UpdatePerson(p)
			},
		},
		"a row comes": {
			func(w *world, tx registry.Tx) (string, error) {
				units, err := tx.Units(w.company.ID)
				return fmt.Sprint(len(units)), err
			},
			func(w *world, tx registry.Tx) error {
				u := w.unit
				u.ID, u.Code, u.ExternalID = "unit-b", "B", ""
				return tx.InsertUnit(u)
			},
		},
		"the first row comes": {
			func(w *world, tx registry.Tx) (string, error) {
				_, err := tx.Collaborator(w.company.ID, "c")
				return fmt.Sprint(registry.KindOf(err)), nil
			},
			func(w *world, tx registry.Tx) error { return tx.InsertCollaborator(w.someone("c", "c")) },
		},
		"a joined row goes": {
			func(w *world, tx registry.Tx) (string, error) {
				c, err := tx.Collaborator(w.company.ID, w.collaborator.ID)
				return fmt.Sprint(len(c.Grants)), err
			},
			func(w *world, tx registry.Tx) error {
				return tx.EndGrants([]registry.GrantID{w.grant.ID}, noon, "x", registry.EndRevoked)
			},
		},
	} {
		t.Run(name, func(t *testing.T) { meanwhile(t, c.look, c.other) })
	}
}

// meanwhile runs an update that notes what it saw in the trail, and another one
// between what the first reads and what it writes. PostgreSQL alone lets it in.
func meanwhile(t *testing.T, look func(*world, registry.Tx) (string, error), other func(*world, registry.Tx) error) {
	if os.Getenv("VARCO_TEST_ENGINES") == "sqlite" {
		t.Skip("a developer asked for SQLite alone")
	}
	w := newWorld(t, reopen(t, storetest.Postgres(t)))
	w.must(func(tx registry.Tx) error { // the read is known from here on
		_, err := look(w, tx)
		return first(whole(tx), err)
	})
	var before, after string
	runs := 0
	w.must(func(tx registry.Tx) error {
		runs++
		saw, err := look(w, tx)
		if err != nil {
			return err
		}
		if runs == 1 {
			before = saw
			w.must(func(tx registry.Tx) error { return other(w, tx) })
		}
		after = saw
		e := anEntry(runs, w.company.ID)
		e.Reason = saw
		return tx.AppendAudit(e)
	})
	if runs != 2 || after == before {
		t.Errorf("saw %q, then %q after %d runs; want a second run that sees what was written", before, after, runs)
	}
	if entries := read(w, trail(registry.AuditQuery{Limit: 9})); len(entries) != 1 || entries[0].Reason != after {
		t.Errorf("the trail holds %v, want the second run's entry alone", entries)
	}
}

// Nothing but what was read protects this counter.
func TestNoUpdateIsLost(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		p := w.person
		p.GivenName = "0"
		w.must(func(tx registry.Tx) error { return tx.UpdatePerson(p) })
		parallel(8, func(int) {
			for range 10 {
				if err := w.update(func(tx registry.Tx) error { return count(tx, w.person.ID) }); err != nil {
					t.Error(err)
				}
			}
		})
		got := read(w, func(rd registry.Reader) (registry.Person, error) { return rd.Person(w.person.ID) })
		if got.GivenName != "80" {
			t.Errorf("counted to %s, want 80", got.GivenName)
		}
	})
}

func count(tx registry.Tx, id registry.PersonID) error {
	p, err := tx.Person(id)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(p.GivenName)
	p.GivenName = strconv.Itoa(n + 1)
	return first(err, tx.UpdatePerson(p))
}

// An update that reads a little and then writes is one statement; the others are
// transactions.
func TestWhichUpdatesNeedATransaction(t *testing.T) {
	p, url := proxied(t)
	w := newWorld(t, reopen(t, url))
	large := w.unit
	large.ID, large.Code, large.ExternalID, large.Name = "unit-b", "B", "", strings.Repeat("x", 20_000)
	entry := 0
	notes := func(look func(registry.Tx) error) func(registry.Tx) error {
		return func(tx registry.Tx) error {
			entry++
			return first(look(tx), tx.AppendAudit(anEntry(entry, w.company.ID)))
		}
	}
	person := func(tx registry.Tx) error {
		_, err := tx.Person(w.person.ID)
		return err
	}
	units := func(tx registry.Tx) error {
		_, err := tx.Units(w.company.ID)
		return err
	}
	w.must(whole)
	w.must(notes(person))
	w.must(notes(units))
	for _, c := range []struct {
		name   string
		update func(registry.Tx) error
		want   bool
	}{
		{"one read", person, false},
		{"one read and a write", notes(person), false},
		{"several rows and a write", notes(units), false},
		{"two reads and no write", func(tx registry.Tx) error { return first(person(tx), units(tx)) }, false},
		{"a read after a write", whole, true},
		{"a write", func(tx registry.Tx) error { return tx.InsertUnit(large) }, false},
		{"a large read and a write", notes(units), true},
	} {
		p.cut.Store(&cut{at: "BEGIN"})
		w.must(c.update)
		if began := p.cut.Load() == nil; began != c.want {
			t.Errorf("%s: a transaction was begun: %v, want %v", c.name, began, c.want)
		}
	}
}

// What a sketch supposes instead of asking may be old: another replica has written.
func TestWhatIsSupposedMayBeWrong(t *testing.T) {
	if os.Getenv("VARCO_TEST_ENGINES") == "sqlite" {
		t.Skip("a developer asked for SQLite alone")
	}
	url := storetest.Postgres(t)
	w, replica := newWorld(t, reopen(t, url)), reopen(t, url)
	units := func(want int, then error) func(registry.Tx) error {
		return func(tx registry.Tx) error {
			units, err := tx.Units(w.company.ID)
			if err == nil && len(units) != want {
				err = &registry.Error{Kind: registry.Conflict, Msg: fmt.Sprintf("%d units", len(units))}
			}
			return first(err, then)
		}
	}
	noted := func(n int, fn func(registry.Tx) error) func(registry.Tx) error {
		return func(tx registry.Tx) error { return first(fn(tx), tx.AppendAudit(anEntry(n, w.company.ID))) }
	}
	opened := 1
	open := func() {
		u := w.unit
		opened++
		u.ID, u.Code, u.ExternalID = registry.UnitID(fmt.Sprint("unit-", opened)), fmt.Sprint(opened), ""
		if err := replica.Update(t.Context(), func(tx registry.Tx) error { return tx.InsertUnit(u) }); err != nil {
			t.Fatal(err)
		}
	}
	w.must(func(tx registry.Tx) error { return first(whole(tx), units(1, nil)(tx)) })
	for n := range 2 { // learned, then supposed
		w.must(noted(n, units(1, nil)))
	}
	open()
	w.must(units(2, nil))
	w.must(noted(2, units(2, nil)))
	w.must(noted(3, units(2, nil)))
	open()
	w.must(noted(4, units(3, nil)))
	open()
	refusal := &registry.Error{Kind: registry.Forbidden, Msg: "four"}
	w.refused(registry.Forbidden, "four", units(4, refusal))
}

// What is too much to be sent back is not kept in memory either.
func TestWhatIsTooMuchIsNotSupposed(t *testing.T) {
	if os.Getenv("VARCO_TEST_ENGINES") == "sqlite" {
		t.Skip("a developer asked for SQLite alone")
	}
	w := newWorld(t, reopen(t, storetest.Postgres(t)))
	units := func(tx registry.Tx) error {
		_, err := tx.Units(w.company.ID)
		return err
	}
	w.must(func(tx registry.Tx) error { return first(whole(tx), units(tx)) })
	w.must(units)
	if n := w.store.Recalled(); n != 1 {
		t.Fatalf("%d reads are kept, want that of one unit", n)
	}
	u := w.unit
	u.Name, u.ExternalID = strings.Repeat("x", 20_000), ""
	u.ID, u.Code = "unit-b", "B"
	w.must(func(tx registry.Tx) error { return tx.InsertUnit(u) })
	w.must(units) // supposed wrongly: it is forgotten
	w.must(units)
	if n := w.store.Recalled(); n != 0 {
		t.Errorf("%d reads are kept of too many units", n)
	}
}

// A hire supposes that nobody knew the person.
func TestAPersonWhoWasKnown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		hire := func(id registry.CollaboratorID, code registry.FiscalCode) func(registry.Tx) error {
			return func(tx registry.Tx) error {
				p, err := tx.PersonByCode(code)
				if err != nil {
					p = registry.Person{ID: registry.PersonID("person-" + id), FiscalCode: code, CreatedAt: noon}
					if err := tx.InsertPerson(p); err != nil {
						return err
					}
				}
				c := w.someone(id, string(id))
				c.PersonID = p.ID
				c.CompanyID = registry.CompanyID("company-" + string(id[0]))
				return tx.InsertCollaborator(c)
			}
		}
		other := w.company
		other.ID, other.FiscalCode = "company-b", "00000000001"
		w.must(func(tx registry.Tx) error { return tx.InsertCompany(other) })
		w.must(func(tx registry.Tx) error { return first(whole(tx), hire("a0", code(40))(tx)) })
		for i := range 3 {
			a, b := registry.CollaboratorID(fmt.Sprint("a", i+1)), registry.CollaboratorID(fmt.Sprint("b", i+1))
			w.must(hire(a, code(50+i)))
			w.must(hire(b, code(50+i)))
			got := read(w, func(rd registry.Reader) (registry.Collaborator, error) { return rd.Collaborator("company-b", b) })
			if got.PersonID != registry.PersonID("person-"+a) {
				t.Errorf("%s is %s, want the person whom %s is", b, got.PersonID, a)
			}
		}
	})
}
