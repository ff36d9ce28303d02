package store_test

import (
	"reflect"
	"testing"
	"time"

	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

// lease takes notices that are due at an instant, until another.
func (w *world) lease(now, until time.Time, limit int) []registry.Notice {
	w.t.Helper()
	var leased []registry.Notice
	w.must(func(tx registry.Tx) (err error) {
		leased, err = tx.LeaseNotices(now, until, limit)
		return err
	})
	return leased
}

func TestNotices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		older := registry.Notice{ID: "n1", Kind: registry.NoticeRevocationLate, Recipient: "agency", Subject: "collaborator-a", CreatedAt: noon}
		newer := registry.Notice{ID: "n0", Kind: registry.NoticeSessionEnded, Recipient: "https://app.example", Subject: "s", CreatedAt: noon.Add(time.Second)}
		w.must(func(tx registry.Tx) error { return tx.InsertNotices([]registry.Notice{newer, older}) })
		if got := w.lease(noon.Add(-time.Second), noon, 10); len(got) > 0 {
			t.Errorf("leased before they were due: %+v", got)
		}
		if got := w.lease(noon.Add(time.Second), noon, 1); len(got) != 1 || got[0].ID != older.ID {
			t.Errorf("got %+v, want the older one", got)
		}
		until := noon.Add(time.Minute)
		older.Attempts, newer.Attempts = 2, 1
		if got := w.lease(noon.Add(time.Second), until, 10); !reflect.DeepEqual(got, []registry.Notice{older, newer}) {
			t.Errorf("got %+v, want %+v", got, []registry.Notice{older, newer})
		}
		if got := w.lease(until.Add(-time.Microsecond), until, 10); len(got) > 0 {
			t.Errorf("leased twice: %+v", got)
		}
		w.must(func(tx registry.Tx) error { return tx.DeleteNotice(older.ID) })
		newer.Attempts = 2
		if got := w.lease(until, until, 10); !reflect.DeepEqual(got, []registry.Notice{newer}) {
			t.Errorf("got %+v, want %+v", got, newer)
		}
	})
}
