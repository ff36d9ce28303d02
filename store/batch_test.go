package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"varco/registry"
)

// hall is a store on SQLite with a leader that holds the transaction until it is
// told to go on.
type hall struct {
	*Store
	t        *testing.T
	occupied chan struct{} // closed when the leader has the transaction
	proceed  chan struct{} // closed to let it go on
	all      sync.WaitGroup
}

func newHall(t *testing.T) *hall {
	t.Helper()
	s, err := Open(context.Background(), "sqlite:"+filepath.Join(t.TempDir(), "varco.db"), Migrating())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return &hall{Store: s, t: t, occupied: make(chan struct{}), proceed: make(chan struct{})}
}

// lead starts an update that others wait for.
func (h *hall) lead(do func(registry.Tx) error, check func(error)) {
	h.all.Go(func() {
		var once sync.Once
		check(h.Update(context.Background(), func(tx registry.Tx) error {
			once.Do(func() { close(h.occupied) })
			<-h.proceed
			return do(tx)
		}))
	})
	<-h.occupied
}

// follow starts an update and returns when it waits.
func (h *hall) follow(ctx context.Context, do func(registry.Tx) error, check func(error)) {
	before := h.line.length()
	h.all.Go(func() { check(h.Update(ctx, do)) })
	for h.line.length() == before {
		time.Sleep(time.Millisecond)
	}
}

func (h *hall) end() {
	close(h.proceed)
	h.all.Wait()
}

func (l *line) length() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}

func (h *hall) kept(err error) {
	if err != nil {
		h.t.Error(err)
	}
}

func put(ids ...registry.CompanyID) func(registry.Tx) error {
	return func(tx registry.Tx) error {
		for _, id := range ids {
			c := registry.Company{ID: id, Name: "c", State: registry.CompanyActive, FiscalCode: registry.CompanyCode(fmt.Sprintf("%011s", id)), CreatedAt: time.Unix(1, 0), UpdatedAt: time.Unix(1, 0), Version: 1}
			if err := tx.InsertCompany(c); err != nil {
				return err
			}
		}
		return nil
	}
}

// companies are the ids that everybody can see.
func (h *hall) companies() []string {
	h.t.Helper()
	var ids []string
	if err := h.read.db.Select(&ids, "SELECT id FROM company ORDER BY id"); err != nil {
		h.t.Fatal(err)
	}
	return ids
}

func (h *hall) wants(ids ...string) {
	h.t.Helper()
	if got := h.companies(); !slices.Equal(got, ids) {
		h.t.Errorf("kept %v, want %v", got, ids)
	}
}

// What a batch has read once it need not read again, unless it was written or taken
// back meanwhile.
func TestABatchSeesWhatItWrites(t *testing.T) {
	h := newHall(t)
	refusal := errors.New("no")
	is := func(name string) func(registry.Tx) error {
		return func(tx registry.Tx) error {
			c, err := tx.Company("a")
			if err == nil && c.Name != name {
				t.Errorf("the company is called %q, want %q", c.Name, name)
			}
			return err
		}
	}
	rename := func(tx registry.Tx) error {
		c, err := tx.Company("a")
		if err != nil {
			return err
		}
		c.Name, c.Version = "renamed", c.Version+1
		return tx.UpdateCompany(c)
	}
	refused := func(tx registry.Tx) error { return errors.Join(rename(tx), is("renamed")(tx), refusal) }
	isRefusal := func(err error) {
		if !errors.Is(err, refusal) {
			t.Errorf("got %v, want the refusal itself", err)
		}
	}
	h.lead(put("a"), h.kept)
	h.follow(context.Background(), is("c"), h.kept)
	h.follow(context.Background(), refused, isRefusal)
	h.follow(context.Background(), is("c"), h.kept)
	h.follow(context.Background(), rename, h.kept)
	h.follow(context.Background(), is("renamed"), h.kept)
	h.end()
}

// So does a rehearsal.
func TestARehearsalSeesWhatItTakesBack(t *testing.T) {
	h := newHall(t)
	name := func(rd registry.Reader) (string, error) {
		c, err := rd.Company("a")
		return c.Name, err
	}
	err := h.Rehearse(context.Background(), func(s registry.Store) error {
		if err := s.Update(context.Background(), put("a")); err != nil {
			return err
		}
		err := s.Update(context.Background(), func(tx registry.Tx) error {
			c, err := tx.Company("a")
			if err != nil {
				return err
			}
			c.Name, c.Version = "renamed", c.Version+1
			if err := tx.UpdateCompany(c); err != nil {
				return err
			}
			got, err := name(tx)
			return errors.Join(err, errors.New("no: "+got))
		})
		if err == nil || err.Error() != "no: renamed" {
			t.Errorf("got %v, want no: renamed", err)
		}
		return s.View(context.Background(), func(rd registry.Reader) error {
			got, err := name(rd)
			if got != "c" {
				t.Errorf("the company is called %q after its renaming was taken back", got)
			}
			return err
		})
	})
	h.kept(err)
}

// One commit for all, nothing of it seen before, and each answered for itself.
func TestABatch(t *testing.T) {
	h := newHall(t)
	refusal := errors.New("no")
	h.lead(put("a"), h.kept)
	h.follow(context.Background(), put("b"), h.kept)
	h.follow(context.Background(), func(tx registry.Tx) error {
		return errors.Join(put("c")(tx), refusal)
	}, func(err error) {
		if !errors.Is(err, refusal) {
			t.Errorf("got %v, want the refusal itself", err)
		}
	})
	h.follow(context.Background(), put("d", "a"), func(err error) {
		if registry.KindOf(err) != registry.Conflict {
			t.Errorf("got %v, want Conflict with what another of the batch wrote", err)
		}
	})
	h.follow(context.Background(), func(tx registry.Tx) error {
		if got := h.companies(); len(got) > 0 {
			t.Errorf("%v are seen before the commit: these updates were not committed together", got)
		}
		return put("e")(tx)
	}, h.kept)
	h.end()
	h.wants("a", "b", "e")
}

// Whoever leads and fails is alone with it.
func TestALeaderThatFails(t *testing.T) {
	h := newHall(t)
	refusal := errors.New("no")
	h.lead(func(tx registry.Tx) error { return errors.Join(put("a")(tx), refusal) }, func(err error) {
		if !errors.Is(err, refusal) {
			t.Errorf("got %v, want the refusal itself", err)
		}
	})
	h.follow(context.Background(), put("b"), h.kept)
	h.follow(context.Background(), put("c"), h.kept)
	h.end()
	h.wants("b", "c")
}

// A panic is its caller's own, and the next ones find the line in order.
func TestAPanicInABatch(t *testing.T) {
	h := newHall(t)
	panics := func(tx registry.Tx) error {
		_ = put("x")(tx)
		panic("at the disco")
	}
	guarded := func(do func()) {
		defer func() {
			if recover() == nil {
				t.Error("the caller was not told of the panic")
			}
		}()
		do()
	}
	h.lead(put("a"), h.kept)
	before := h.line.length()
	h.all.Go(func() { guarded(func() { _ = h.Update(context.Background(), panics) }) })
	for h.line.length() == before {
		time.Sleep(time.Millisecond)
	}
	h.follow(context.Background(), put("b"), h.kept)
	h.end()
	guarded(func() { _ = h.Update(context.Background(), panics) }) // as the leader
	h.kept(h.Update(context.Background(), put("c")))
	h.wants("a", "b", "c")
}

// Patience counts in the line as well, and a turn given up harms nobody.
func TestWhoeverWaitsTooLong(t *testing.T) {
	h := newHall(t)
	h.lead(put("a"), h.kept)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	told := make(chan error, 1)
	h.follow(ctx, put("b"), func(err error) { told <- err })
	h.follow(context.Background(), put("c"), h.kept)
	if err := <-told; registry.KindOf(err) != registry.Unavailable {
		t.Errorf("got %v, want Unavailable", err)
	}
	h.end()
	h.wants("a", "c")
}

// When SQLite gives the transaction up, nobody is told that it was kept: those who
// were in it run again.
func TestABatchThatBreaks(t *testing.T) {
	h := newHall(t)
	var runs atomic.Int32
	h.lead(put("a"), h.kept)
	h.follow(context.Background(), put("b"), h.kept)
	h.follow(context.Background(), func(tx registry.Tx) error {
		if runs.Add(1) > 1 {
			return put("c")(tx)
		}
		_, err := tx.(*conn).tx.Exec("ROLLBACK") // as a full disk does
		return errors.Join(err, errors.New("the disk is full"))
	}, h.kept)
	h.follow(context.Background(), put("d"), h.kept)
	h.end()
	h.wants("a", "b", "c", "d")
}

// A commit that fails fails for everybody.
func TestABatchThatIsNotCommitted(t *testing.T) {
	h := newHall(t)
	failed := func(err error) {
		if err == nil {
			t.Error("acknowledged, and not committed")
		}
	}
	h.lead(put("a"), failed)
	h.follow(context.Background(), func(tx registry.Tx) error {
		_, err := tx.(*conn).tx.Exec("PRAGMA defer_foreign_keys=ON; INSERT INTO person_code (code, person_id) VALUES ('0123456789012345', 'nobody')")
		return err
	}, failed)
	h.end()
	h.wants()
}

// A batch is bounded: the line moves on.
func TestBatchesAreBounded(t *testing.T) {
	h := newHall(t)
	h.lead(put("a"), h.kept)
	for i := range mostTogether + 10 {
		h.follow(context.Background(), func(tx registry.Tx) error {
			if i >= mostTogether-1 && len(h.companies()) == 0 {
				t.Errorf("number %d still waits for the first batch's commit", i)
			}
			return put(registry.CompanyID(fmt.Sprintf("p%03d", i)))(tx)
		}, h.kept)
	}
	h.end()
	if n := len(h.companies()); n != mostTogether+11 {
		t.Errorf("%d kept, want %d", n, mostTogether+11)
	}
}

// Many at once, a third of which fail half-way: exactly the acknowledged are there.
func TestManyUpdatesAtOnce(t *testing.T) {
	h := newHall(t)
	var mu sync.Mutex
	var acknowledged []string
	for lane := range 32 {
		h.all.Go(func() {
			for i := range 10 {
				id := fmt.Sprintf("%02d-%02d", lane, i)
				err := h.Update(context.Background(), func(tx registry.Tx) error {
					if err := put(registry.CompanyID(id))(tx); err != nil || (lane+i)%3 > 0 {
						return err
					}
					return put("same", registry.CompanyID(id+"-more"))(tx)
				})
				mu.Lock()
				if err == nil {
					acknowledged = append(acknowledged, id)
				}
				mu.Unlock()
			}
		})
	}
	h.all.Wait()
	var kept []string
	for _, id := range h.companies() {
		if len(id) == len("00-00") {
			kept = append(kept, id)
		}
	}
	slices.Sort(acknowledged)
	if !slices.Equal(kept, acknowledged) {
		t.Errorf("%d kept, %d acknowledged", len(kept), len(acknowledged))
	}
	if n := len(h.companies()); n != len(kept)+2 {
		t.Errorf("%d more than the acknowledged, want the two that one update wrote beside its own", n-len(kept))
	}
}
