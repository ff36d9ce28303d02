package store_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

// joined is the world's collaborator as it is read.
func (w *world) joined() registry.Collaborator {
	c := w.collaborator
	g := w.grant
	g.UnitCode = w.unit.Code
	c.Person, c.HomeUnitCode, c.HomeUnitName, c.Grants = w.person, w.unit.Code, w.unit.Name, []registry.Grant{g}
	return c
}

func (w *world) find(id registry.CollaboratorID) registry.Collaborator {
	w.t.Helper()
	return read(w, func(rd registry.Reader) (registry.Collaborator, error) { return rd.Collaborator(w.company.ID, id) })
}

func TestCollaborator(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		want := w.joined()
		if got := w.find(want.ID); !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
		all := read(w, func(rd registry.Reader) ([]registry.Collaborator, error) { return rd.CollaboratorsOf(w.person.ID) })
		if !reflect.DeepEqual(all, []registry.Collaborator{want}) {
			t.Errorf("got %+v\nwant %+v", all, want)
		}
		for _, company := range []registry.CompanyID{"company-b", ""} {
			missing(w, func(rd registry.Reader) (registry.Collaborator, error) { return rd.Collaborator(company, want.ID) })
		}
		missing(w, func(rd registry.Reader) (registry.Collaborator, error) {
			return rd.Collaborator(w.company.ID, "nobody")
		})
	})
}

func TestEveryFieldOfACollaboratorIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		c := w.someone("collaborator-b", "Bea")
		c.ExternalID, c.DisplayName, c.GivenName, c.FamilyName, c.Card = "b", "Bea B.", "Bea", "Bianchi", []byte(`{"title":"Quadro \u00e8"}`)
		c.Employment = registry.Employment{
			Start: noon, End: noon.Add(48 * time.Hour), EndKnownAt: noon.Add(time.Hour), OpenedAt: noon.Add(-time.Hour), ClosedAt: noon.Add(49 * time.Hour),
			CloseReason: registry.EndTermination, Relationship: registry.ThirdPartyRelationship, Stable: true, JobCode: "J1",
		}
		c.Processing = registry.Processing{
			Authorised: true, AuthorisedOn: registry.DayOf(noon), DocumentRef: "doc", Scopes: []registry.Area{"x", "y"}, ReviewBy: registry.DayOf(noon).Add(90),
		}
		c.ThirdParty = registry.ThirdParty{FiscalCode: "12345678903", AppointmentRef: "nomina"}
		c.PolicyAcceptedAt, c.UpdatedAt = noon.Add(time.Minute), noon.Add(time.Second)
		w.must(func(tx registry.Tx) error { return tx.InsertCollaborator(c) })
		if got := w.find(c.ID); !reflect.DeepEqual(got, c) {
			t.Errorf("got %+v\nwant %+v", got, c)
		}
		blank := w.someone(c.ID, "Bea")
		blank.Version = 2
		w.must(func(tx registry.Tx) error { return tx.UpdateCollaborator(blank) })
		if got := w.find(c.ID); !reflect.DeepEqual(got, blank) {
			t.Errorf("got %+v\nwant %+v", got, blank)
		}
	})
}

func TestUpdateCollaboratorOfAnotherVersion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for _, version := range []int64{1, 3} {
			c := w.collaborator
			c.Version = version
			w.refused(registry.Stale, "version", func(tx registry.Tx) error { return tx.UpdateCollaborator(c) })
		}
	})
}

func TestUniqueAmongCollaborators(t *testing.T) {
	cases := map[string]func(*registry.Collaborator){
		"userName: already taken in this company":            func(c *registry.Collaborator) { c.UserName = "ANNA.rossi" },
		"externalId: already taken in this company":          func(c *registry.Collaborator) { c.ExternalID = "matricola-1" },
		"fiscalCode: already a collaborator of this company": func(c *registry.Collaborator) { c.PersonID = "person-a" },
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		gone := w.collaborator
		gone.DeletedAt, gone.Version = noon, 2
		for msg, change := range cases {
			c := w.someone("collaborator-b", "b")
			change(&c)
			w.refused(registry.Conflict, msg, func(tx registry.Tx) error { return tx.InsertCollaborator(c) })
			w.trial(func(tx registry.Tx) {
				if err := first(tx.UpdateCollaborator(gone), tx.InsertCollaborator(c)); err != nil {
					t.Errorf("%s, of one that is deleted", err)
				}
			})
		}
		w.must(func(tx registry.Tx) error { return tx.UpdateCollaborator(gone) })
		missing(w, func(rd registry.Reader) (registry.Collaborator, error) { return rd.Collaborator(w.company.ID, gone.ID) })
	})
}

func TestUniquenessIsTheRuleOfTheConflict(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		err := w.update(func(tx registry.Tx) error { return tx.InsertCollaborator(w.collaborator) })
		if refusal, ok := err.(*registry.Error); !ok || refusal.Rule != "uniqueness" {
			t.Errorf("got %#v, want the rule uniqueness", err)
		}
	})
}

func TestTheHomeUnitIsOfTheSameCompany(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		other := w.company
		other.ID, other.FiscalCode = "company-b", "00000000001"
		c := w.someone("collaborator-b", "b")
		c.CompanyID, c.HomeUnit = other.ID, w.unit.ID
		w.refused(registry.Conflict, "not there", func(tx registry.Tx) error {
			return first(tx.InsertCompany(other), tx.InsertCollaborator(c))
		})
	})
}

// Whoever belonged to a unit that was closed belongs to none.
func TestAClosedUnitIsNobodysHome(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		closed := w.unit
		closed.ClosedAt, closed.Version = noon, closed.Version+1
		w.must(func(tx registry.Tx) error { return tx.UpdateUnit(closed) })
		c := w.find(w.collaborator.ID)
		if c.HomeUnit != "" || c.HomeUnitCode != "" || c.HomeUnitName != "" {
			t.Errorf("home unit %q %q %q", c.HomeUnit, c.HomeUnitCode, c.HomeUnitName)
		}
		w.trial(func(tx registry.Tx) {
			page, err := tx.Collaborators(registry.Query{
				Company: w.company.ID, At: noon, Limit: 10,
				Where: registry.Compare{Field: registry.FieldDepartment, Op: registry.Equal, Value: w.unit.Code},
			})
			if err != nil || page.Total != 0 {
				t.Errorf("found %d by the code of the closed unit: %v", page.Total, err)
			}
		})
	})
}

func TestPeriods(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		var want []registry.Employment
		for i := range 3 {
			opened := noon.Add(time.Duration(i) * 24 * time.Hour)
			want = append(want, registry.Employment{
				Start: opened, End: opened.Add(time.Hour), EndKnownAt: opened, OpenedAt: opened, ClosedAt: opened.Add(time.Hour),
				CloseReason: registry.EndTermination, Relationship: registry.EmployeeRelationship, Stable: i > 0, JobCode: "j",
			})
		}
		w.must(func(tx registry.Tx) error {
			return first(tx.InsertPeriod(w.collaborator.ID, want[2]), tx.InsertPeriod(w.collaborator.ID, want[0]), tx.InsertPeriod(w.collaborator.ID, want[1]))
		})
		got := read(w, func(rd registry.Reader) ([]registry.Employment, error) {
			periods, err := rd.Periods(w.collaborator.ID)
			return periods[w.collaborator.ID], err
		})
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
	})
}

func TestDeadlineOfTheSameDayIsReplaced(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newWorld(t, reopen(t, url))
		last := registry.DayOf(noon)
		for _, late := range []int{0, 2} {
			d := registry.Deadline{LastDay: last, DueAt: last.Add(6).Start(), DoneAt: noon, LateDays: late}
			w.must(func(tx registry.Tx) error { return tx.InsertDeadline(w.collaborator.ID, d, noon) })
		}
		var got string
		err := raw(t, url).QueryRow("SELECT count(*) || ' ' || max(last_day) || ' ' || max(late_days) FROM deadline").Scan(&got)
		if want := fmt.Sprintf("1 %s 2", last); err != nil || got != want {
			t.Errorf("got %q and error %v, want %q", got, err, want)
		}
	})
}

func TestDue(t *testing.T) {
	const term = 30 * 24 * time.Hour
	cases := map[string]struct {
		change func(*registry.Collaborator)
		after  time.Duration // of noon, when the collaborator becomes due; 0: never
	}{
		"no end, no person":      {func(*registry.Collaborator) {}, term},
		"no end, person entered": {func(c *registry.Collaborator) { c.PersonID = "person-b" }, 0},
		"end": {func(c *registry.Collaborator) {
			c.PersonID, c.Employment.End = "person-b", noon.Add(time.Hour)
		}, time.Hour},
		"end before the term":        {func(c *registry.Collaborator) { c.Employment.End = noon.Add(time.Hour) }, time.Hour},
		"end, closed":                {func(c *registry.Collaborator) { c.Employment.End, c.Employment.ClosedAt = noon, noon }, 0},
		"end, deleted":               {func(c *registry.Collaborator) { c.Employment.End, c.DeletedAt = noon, noon }, 0},
		"no end, no person, deleted": {func(c *registry.Collaborator) { c.DeletedAt = noon }, 0},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		p := registry.Person{ID: "person-b", FiscalCode: code(2), FirstAccessAt: noon, CreatedAt: noon}
		w.must(func(tx registry.Tx) error { return tx.InsertPerson(p) })
		for name, tc := range cases {
			c := w.someone("collaborator-b", "b")
			tc.change(&c)
			w.trial(func(tx registry.Tx) {
				if err := tx.InsertCollaborator(c); err != nil {
					t.Error(err)
				}
				due := func(after time.Duration) bool {
					all, err := tx.Due(noon.Add(after), 10)
					return err == nil && len(all) == 1 && all[0].ID == c.ID
				}
				switch {
				case tc.after == 0 && due(10*term):
					t.Errorf("%s: due, want never", name)
				case tc.after > 0 && (due(tc.after-time.Microsecond) || !due(tc.after)):
					t.Errorf("%s: not due from exactly %s on", name, tc.after)
				}
			})
		}
	})
}

func TestDueIsLimited(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.must(func(tx registry.Tx) error {
			for i := range 6 {
				c := w.someone(registry.CollaboratorID(fmt.Sprint("c", i)), fmt.Sprint("u", i))
				if i%2 == 0 {
					c.Employment.End = noon.Add(time.Hour)
				}
				if err := tx.InsertCollaborator(c); err != nil {
					return err
				}
			}
			return nil
		})
		due := read(w, func(rd registry.Reader) ([]registry.Collaborator, error) { return rd.Due(noon.AddDate(1, 0, 0), 4) })
		if len(due) != 4 {
			t.Errorf("got %d, want 4", len(due))
		}
	})
}
