package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

// Sixteen updates that read before they write have one effect: each but one must
// see what the first wrote.
func TestParallelUpdatesThatReadThenWrite(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		var effects atomic.Int32
		parallel(16, func(int) {
			err := w.update(func(tx registry.Tx) error {
				c, err := tx.Collaborator(w.company.ID, w.collaborator.ID)
				if err != nil || len(c.Grants) == 0 {
					return err
				}
				err = first(tx.EndGrants([]registry.GrantID{w.grant.ID}, noon, "x", registry.EndRevoked), tx.AppendAudit(anEntry(int(effects.Add(1)), w.company.ID)))
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
		if n := len(read(w, trail(registry.AuditQuery{Limit: 100}))); n != 1 {
			t.Errorf("%d audit entries, want 1", n)
		}
	})
}

// Each of these updates reads what another writes, and no row is written twice:
// only a serializable transaction sees the conflict.
func TestWriteSkewIsImpossible(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		second := w.unit
		second.ID, second.Code, second.ExternalID = "unit-b", "B", ""
		w.must(func(tx registry.Tx) error { return tx.InsertUnit(second) })
		parallel(2, func(i int) {
			err := w.update(func(tx registry.Tx) error {
				units, err := tx.Units(w.company.ID)
				if err != nil || len(units) == 1 {
					return err
				}
				u := []registry.Unit{w.unit, second}[i]
				u.ClosedAt, u.Version = noon, 2
				time.Sleep(10 * time.Millisecond) // both have read by now, where they can
				return tx.UpdateUnit(u)
			})
			if err != nil {
				t.Error(err)
			}
		})
		if units := read(w, func(rd registry.Reader) ([]registry.Unit, error) { return rd.Units(w.company.ID) }); len(units) != 1 {
			t.Errorf("%d open units, want 1: a company keeps at least one", len(units))
		}
	})
}

func TestParallelInsertsOfOneUserName(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		var hired, taken atomic.Int32
		parallel(16, func(i int) {
			err := w.update(func(tx registry.Tx) error {
				return tx.InsertCollaborator(w.someone(registry.CollaboratorID(fmt.Sprint("c", i)), "same"))
			})
			switch {
			case err == nil:
				hired.Add(1)
			case registry.KindOf(err) == registry.Conflict:
				taken.Add(1)
			default:
				t.Error(err)
			}
		})
		if hired.Load() != 1 || taken.Load() != 15 {
			t.Errorf("%d hired and %d refused, want 1 and 15", hired.Load(), taken.Load())
		}
	})
}

func TestARefusalRollsBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		refusal := &registry.Error{Kind: registry.Forbidden, Msg: "no"}
		err := w.update(func(tx registry.Tx) error {
			return first(tx.InsertCollaborator(w.someone("c", "c")), refusal)
		})
		if !errors.Is(err, refusal) {
			t.Errorf("got %v, want the refusal itself", err)
		}
		missing(w, func(rd registry.Reader) (registry.Collaborator, error) { return rd.Collaborator(w.company.ID, "c") })
	})
}

// A failed statement ends the transaction, whatever the caller makes of it.
func TestAFailureCannotBeSwallowed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.refused(registry.Conflict, "already there", func(tx registry.Tx) error {
			_ = tx.InsertPerson(w.person)
			_ = tx.InsertCollaborator(w.someone("c", "c"))
			return nil
		})
		missing(w, func(rd registry.Reader) (registry.Collaborator, error) { return rd.Collaborator(w.company.ID, "c") })
	})
}

func TestATransactionReadsWhatItWrote(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.must(func(tx registry.Tx) error {
			c := w.someone("c", "c")
			if err := tx.InsertCollaborator(c); err != nil {
				return err
			}
			got, err := tx.Collaborator(w.company.ID, c.ID)
			if err == nil && got.UserName != "c" {
				t.Errorf("got %+v", got)
			}
			return err
		})
	})
}

func TestTheCallersDeadlineHolds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Nanosecond)
		defer cancel()
		<-ctx.Done()
		err := s.Update(ctx, func(tx registry.Tx) error { return tx.DeleteNotice("n") })
		if registry.KindOf(err) != registry.Unavailable || err == nil {
			t.Errorf("Update: got %v, want Unavailable", err)
		}
		err = s.View(ctx, func(rd registry.Reader) error {
			_, err := rd.Companies()
			return err
		})
		if registry.KindOf(err) != registry.Unavailable || err == nil {
			t.Errorf("View: got %v, want Unavailable", err)
		}
	})
}

// Somebody who goes away does not stop what was begun for them.
func TestTheCallerMayGoAway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ctx, cancel := context.WithCancel(context.Background())
		err := s.Update(ctx, func(tx registry.Tx) error {
			cancel()
			return tx.InsertCollaborator(w.someone("c", "c"))
		})
		if err != nil {
			t.Fatal(err)
		}
		w.find("c")
	})
}

func TestPing(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := reopen(t, url)
		if err := s.Ping(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := s.Ping(context.Background()); err == nil {
			t.Error("a closed store answered")
		}
	})
}

func parallel(n int, do func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { do(i) })
	}
	all.Wait()
}

// What the database refuses for another's sake is tried again, but not for ever.
func TestRetriesAreBounded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		conflict := &pq.Error{Code: pqerror.TRSerializationFailure}
		for _, lasting := range []bool{false, true} {
			runs := 0
			err := w.update(func(tx registry.Tx) error {
				runs++
				if lasting || runs < 3 {
					return conflict
				}
				return tx.DeleteNotice("n")
			})
			if !lasting && (err != nil || runs != 3) {
				t.Errorf("two conflicts: got %v after %d runs, want success after 3", err, runs)
			}
			if lasting && (registry.KindOf(err) != registry.Unavailable || err == nil || runs < 5 || runs > 20) {
				t.Errorf("a lasting conflict: got %v after %d runs, want Unavailable after a few", err, runs)
			}
		}
	})
}
