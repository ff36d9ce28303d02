// Package storetest gives tests a fresh registry on every engine under test.
//
// It imports store; tests of every room import it. Start reading at [Each].
//
// PostgreSQL is the server at the URL in VARCO_TEST_POSTGRES, where databases can
// be created. Where the variable is not set the test fails: nothing is skipped
// unless a developer says VARCO_TEST_ENGINES=sqlite.
package storetest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"varco/store"
	"varco/store/migrations"
)

// Each runs a test on each engine, as subtests named "sqlite" and "postgres",
// each with an empty store of its own.
func Each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	EachURL(t, func(t *testing.T, url string) { test(t, open(t, url)) })
}

// EachURL is [Each] for tests that open the store themselves. The database is
// empty and at the program's version, and is removed when the test ends.
func EachURL(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	if os.Getenv("VARCO_TEST_ENGINES") != "sqlite" {
		t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
	}
}

// Open gives an empty store on SQLite, for tests to which the engine is all one.
func Open(t testing.TB) *store.Store {
	t.Helper()
	return open(t, SQLite(t))
}

func open(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// SQLite is the URL of an empty database in a file of the test's own.
func SQLite(t testing.TB) string {
	t.Helper()
	url := "sqlite:" + filepath.Join(t.TempDir(), "varco.db")
	if err := store.Migrate(context.Background(), url); err != nil {
		t.Fatal(err)
	}
	return url
}

// Postgres is the URL of an empty database on the server under test.
func Postgres(t testing.TB) string {
	t.Helper()
	template, err := migrated()
	if err != nil {
		t.Fatal(err)
	}
	return create(t, "TEMPLATE "+template)
}

// Bare is Postgres before any migration.
func Bare(t testing.TB) string {
	t.Helper()
	return create(t, italian)
}

// italian makes the order of texts that of a language, not that of their bytes:
// what relies on the order of bytes has to say so.
const italian = "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'it-IT' LOCALE 'C'"

func create(t testing.TB, options string) string {
	t.Helper()
	name := "varco_test_" + strings.ToLower(rand.Text())
	if err := administer("CREATE DATABASE " + name + " " + options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := administer("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return database(name)
}

// migrated makes the database that the others are copied from, unless it is there
// from an earlier run. It gets its name, which tells the migrations it has seen,
// when it is complete.
var migrated = sync.OnceValues(func() (string, error) {
	name := "varco_template_" + fingerprint()
	if there, err := exists(name); there || err != nil {
		return name, err
	}
	draft := "varco_draft_" + strings.ToLower(rand.Text())
	if err := administer("CREATE DATABASE " + draft + " " + italian); err != nil {
		return "", err
	}
	if err := store.Migrate(context.Background(), database(draft)); err != nil {
		return "", err
	}
	if err := administer("ALTER DATABASE " + draft + " RENAME TO " + name); err == nil {
		return name, nil
	}
	// Another package's tests were faster.
	return name, administer("DROP DATABASE " + draft)
})

func fingerprint() string {
	hash := sha256.New()
	err := fs.WalkDir(migrations.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := migrations.Files.ReadFile(path)
		hash.Write(b)
		return err
	})
	if err != nil {
		panic(err) // embedded files can be read
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}

func exists(name string) (bool, error) {
	var n int
	err := onServer(func(db *sql.DB) error {
		return db.QueryRow("SELECT count(*) FROM pg_database WHERE datname = $1", name).Scan(&n)
	})
	return n > 0, err
}

// administer runs a statement on the server under test.
func administer(statement string) error {
	return onServer(func(db *sql.DB) error {
		_, err := db.Exec(statement)
		return err
	})
}

func onServer(do func(*sql.DB) error) error {
	server := os.Getenv("VARCO_TEST_POSTGRES")
	if server == "" {
		return errors.New("VARCO_TEST_POSTGRES is not set: run scripts/test or scripts/check, which start a PostgreSQL; VARCO_TEST_ENGINES=sqlite tests without one")
	}
	db, err := sql.Open("postgres", server)
	if err != nil {
		return err
	}
	return errors.Join(do(db), db.Close())
}

// database is the URL of another database on the server under test.
func database(name string) string {
	u, err := url.Parse(os.Getenv("VARCO_TEST_POSTGRES"))
	if err != nil {
		panic(err) // onServer has used it
	}
	u.Path = "/" + name
	return u.String()
}
