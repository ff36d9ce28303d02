package store_test

import (
	"testing"
	"time"

	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

func TestPerson(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		byID := func(rd registry.Reader) (registry.Person, error) { return rd.Person(w.person.ID) }
		if got := read(w, byID); got != w.person {
			t.Errorf("got %+v, want %+v", got, w.person)
		}
		changed := w.person
		changed.Email, changed.BlockedAt = "", noon
		w.must(func(tx registry.Tx) error { return tx.UpdatePerson(changed) })
		if got := read(w, byID); got != changed {
			t.Errorf("got %+v, want %+v", got, changed)
		}
		missing(w, func(rd registry.Reader) (registry.Person, error) { return rd.Person("nobody") })
	})
}

func TestPersonByCode(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.must(func(tx registry.Tx) error { return tx.InsertPersonAlias(w.person.ID, homocode(code(7))) })
		for _, c := range []registry.FiscalCode{code(1), homocode(code(1)), code(7), homocode(code(7))} {
			got := read(w, func(rd registry.Reader) (registry.Person, error) { return rd.PersonByCode(c) })
			if got != w.person {
				t.Errorf("%s: got %+v, want %+v", c, got, w.person)
			}
		}
		missing(w, func(rd registry.Reader) (registry.Person, error) { return rd.PersonByCode(code(2)) })
	})
}

func TestOnePersonForEachCode(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		other := registry.Person{ID: "person-b", FiscalCode: homocode(code(1)), CreatedAt: noon}
		w.refused(registry.Conflict, "fiscalCode: already the code of a person", func(tx registry.Tx) error {
			return tx.InsertPerson(other)
		})
		missing(w, func(rd registry.Reader) (registry.Person, error) { return rd.Person(other.ID) })
		other.FiscalCode = code(2)
		w.must(func(tx registry.Tx) error { return tx.InsertPerson(other) })
		w.refused(registry.Conflict, "fiscalCode: already the code of a person", func(tx registry.Tx) error {
			return tx.InsertPersonAlias(other.ID, w.person.FiscalCode)
		})
		w.refused(registry.Conflict, "not there", func(tx registry.Tx) error {
			return tx.InsertPersonAlias("nobody", code(3))
		})
	})
}

// A first access within the term keeps every collaboration of the person from
// expiring; one after the term does not.
func TestFirstAccessEndsTheWait(t *testing.T) {
	const term = 30 * 24 * time.Hour
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for name, tc := range map[string]struct {
			entered time.Duration // after the employment was opened
			due     bool
		}{
			"within the term": {term - time.Microsecond, false},
			"at its end":      {term, true},
			"never":           {0, true},
		} {
			p := registry.Person{ID: "person-b", FiscalCode: code(2), CreatedAt: noon}
			c := w.someone("collaborator-b", "b")
			c.PersonID = p.ID
			w.trial(func(tx registry.Tx) {
				err := first(tx.InsertPerson(p), tx.InsertCollaborator(c))
				if tc.entered > 0 {
					p.FirstAccessAt = noon.Add(tc.entered)
					err = first(err, tx.UpdatePerson(p))
				}
				due, dueErr := tx.Due(noon.Add(term), 10)
				if got := len(due) == 1 && due[0].ID == c.ID; got != tc.due || first(err, dueErr) != nil {
					t.Errorf("%s: due: %v, want %v; error %v", name, due, tc.due, first(err, dueErr))
				}
			})
		}
	})
}

func TestAPersonAddedAndChangedInOneTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		p := registry.Person{ID: "person-b", FiscalCode: code(2), CreatedAt: noon}
		entered := p
		entered.FirstAccessAt = noon
		c := w.someone("collaborator-b", "b")
		c.PersonID = p.ID
		w.must(func(tx registry.Tx) error {
			return first(tx.InsertPerson(p), tx.UpdatePerson(entered), tx.InsertCollaborator(c))
		})
		if got := w.find(c.ID).Person; got != entered {
			t.Errorf("got %+v, want %+v", got, entered)
		}
		if due := read(w, func(rd registry.Reader) ([]registry.Collaborator, error) { return rd.Due(noon.AddDate(1, 0, 0), 1) }); len(due) > 0 {
			t.Errorf("due: %+v, want none: the person entered in time", due)
		}
	})
}
