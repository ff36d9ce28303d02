package store_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"varco/store"
	"varco/store/storetest"
)

// eachBare runs a test on an empty database of each engine, not yet migrated.
func eachBare(t *testing.T, test func(t *testing.T, url string)) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		if strings.HasPrefix(url, "sqlite:") {
			url = "sqlite:" + filepath.Join(t.TempDir(), "a b?c#d%e.db")
		} else {
			url = storetest.Bare(t)
		}
		test(t, url)
	})
}

func TestOpenRefusesADatabaseThatIsBehind(t *testing.T) {
	eachBare(t, func(t *testing.T, url string) {
		if s, err := store.Open(context.Background(), url); err == nil {
			_ = s.Close()
			t.Fatal("opened an empty database")
		}
		reopen(t, url, store.Migrating())
		v, err := store.Status(context.Background(), url)
		if err != nil || v.Database != v.Program || v.Program == 0 {
			t.Errorf("got %+v and error %v, want the program's version", v, err)
		}
	})
}

func TestADatabaseThatIsNewerIsRefused(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		if _, err := raw(t, url).Exec("UPDATE schema_version SET version = 4711"); err != nil {
			t.Fatal(err)
		}
		_, openErr := store.Open(context.Background(), url)
		for _, err := range []error{openErr, store.Migrate(context.Background(), url)} {
			if err == nil || !strings.Contains(err.Error(), "4711") || !strings.Contains(err.Error(), "this program knows") {
				t.Errorf("got %v, want an error that names both versions", err)
			}
		}
	})
}

func TestMigrateKeepsWhatIsThere(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newWorld(t, reopen(t, url))
		if err := store.Migrate(context.Background(), url); err != nil {
			t.Fatal(err)
		}
		w.find(w.collaborator.ID)
	})
}

func TestReplicasMigrateAtOnce(t *testing.T) {
	eachBare(t, func(t *testing.T, url string) {
		var replicas sync.WaitGroup
		for range 6 {
			replicas.Go(func() {
				if err := store.Migrate(context.Background(), url); err != nil {
					t.Error(err)
				}
			})
		}
		replicas.Wait()
		reopen(t, url)
	})
}

func TestURLsThatAreRefused(t *testing.T) {
	for _, url := range []string{"", "mysql://x", "varco.db", "postgres://%zz", "sqlite:" + filepath.Join(t.TempDir(), "none", "varco.db")} {
		if s, err := store.Open(context.Background(), url, store.Migrating()); err == nil {
			_ = s.Close()
			t.Errorf("%q was opened", url)
		}
	}
}
