package notify_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"varco/notify"
	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

// newOutbox is a registry with a clock that the test moves and some notices written.
func newOutbox(t *testing.T, s *store.Store, subjects ...string) (*registry.Registry, *time.Time) {
	t.Helper()
	now := time.Date(2027, 2, 1, 9, 0, 0, 0, time.UTC)
	reg := registry.New(s, func() time.Time { return now }, make([]byte, 32))
	err := s.Update(context.Background(), func(tx registry.Tx) error {
		var notices []registry.Notice
		for _, subject := range subjects {
			notices = append(notices, registry.Notice{
				ID: registry.NoticeID(subject), Kind: registry.NoticeSessionEnded,
				Recipient: "https://app.example", Subject: subject, CreatedAt: now,
			})
		}
		return tx.InsertNotices(notices)
	})
	if err != nil {
		t.Fatal(err)
	}
	return reg, &now
}

func TestDrainDeliversOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		reg, now := newOutbox(t, s, "a", "b", "c")
		var told []string
		deliver := func(_ context.Context, n registry.Notice) error {
			told = append(told, n.Subject)
			return nil
		}
		for range 2 {
			if err := notify.Drain(context.Background(), reg, deliver); err != nil {
				t.Fatal(err)
			}
			*now = now.Add(time.Hour)
		}
		slices.Sort(told)
		if !slices.Equal(told, []string{"a", "b", "c"}) {
			t.Errorf("told %v", told)
		}
	})
}

func TestDrainTriesAgainAfterTheLease(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		reg, now := newOutbox(t, s, "down", "up")
		var told []string
		down := true
		deliver := func(_ context.Context, n registry.Notice) error {
			if n.Subject == "down" && down {
				return errors.New("unreachable")
			}
			told = append(told, n.Subject)
			return nil
		}
		if err := notify.Drain(context.Background(), reg, deliver); err == nil {
			t.Error("a failed delivery is not reported")
		}
		down = false
		if err := notify.Drain(context.Background(), reg, deliver); err != nil || slices.Contains(told, "down") {
			t.Errorf("a leased notice was delivered before its lease ended: %v %v", told, err)
		}
		*now = now.Add(time.Minute)
		if err := notify.Drain(context.Background(), reg, deliver); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(told, []string{"up", "down"}) {
			t.Errorf("told %v", told)
		}
	})
}

func TestReplicasShareTheOutbox(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		reg, _ := newOutbox(t, s, "one", "two", "three", "four")
		told := make(chan string, 16)
		done := make(chan error, 4)
		for range 4 {
			go func() {
				done <- notify.Drain(context.Background(), reg, func(_ context.Context, n registry.Notice) error {
					told <- n.Subject
					return nil
				})
			}()
		}
		for range 4 {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		if len(told) != 4 {
			t.Errorf("%d deliveries of 4 notices", len(told))
		}
	})
}
