package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"varco/store/migrations"
)

// migrationTime is how long one migration may take.
const migrationTime = 10 * time.Minute

// Version says where a database and the program stand.
type Version struct {
	Database int // migrations applied; 0 for an empty database
	Program  int // migrations the program knows
}

func (v Version) check() error {
	switch {
	case v.Database > v.Program:
		return fmt.Errorf("store: the database is at schema version %d, this program knows %d: run a newer program", v.Database, v.Program)
	case v.Database < v.Program:
		return fmt.Errorf("store: the database is at schema version %d, this program needs %d: run varco migrate", v.Database, v.Program)
	default:
		return nil
	}
}

// Status tells the version of the database at a URL. It changes nothing.
func Status(ctx context.Context, url string) (Version, error) {
	s, err := connect(url, 1)
	if err != nil {
		return Version{}, err
	}
	v, err := schemaVersion(ctx, s.read.db)
	return v, errors.Join(err, s.Close())
}

// Migrate brings the database at a URL to the program's version, creating a
// SQLite file where there is none. Several replicas may do so at once. A database
// that is newer than the program is refused.
func Migrate(ctx context.Context, url string) error {
	db, err := connectToMigrate(url)
	if err != nil {
		return err
	}
	return errors.Join(migrate(ctx, db), db.Close())
}

// connectToMigrate opens a connection that waits as long as a migration takes.
func connectToMigrate(url string) (*sqlx.DB, error) {
	if path, ok := strings.CutPrefix(url, sqlitePrefix); ok {
		return createSQLite(path)
	}
	if !isPostgres(url) {
		return nil, errURL
	}
	return openPostgres(url, migrationTime)
}

func migrate(ctx context.Context, db *sqlx.DB) error {
	for n := 1; ; n++ {
		v, err := schemaVersion(ctx, db)
		if err == nil && v.Database >= v.Program {
			return v.check()
		}
		if err == nil {
			err = advance(ctx, db, v.Database)
		}
		// Another replica may have been faster with the same migration: look again.
		if err != nil && (n == attempts || !outrun(err)) {
			return fmt.Errorf("store: migrating from schema version %d: %w", v.Database, err)
		}
		if err != nil && !pause(ctx, n) {
			return ctx.Err()
		}
	}
}

// outrun tells whether an error may come from a replica that migrates as well:
// both created the same table, or both took the same step.
func outrun(err error) bool {
	return conflicting(err) || errors.Is(err, errOutrun) || duplicated(err)
}

var errOutrun = errors.New("another replica took this step")

// advance applies the migration that follows a version. The version is changed
// first: that is the row on which a second replica waits and then gives up.
func advance(ctx context.Context, db *sqlx.DB, from int) error {
	name, script, err := migration(from)
	if err != nil {
		return err
	}
	tx, err := db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing to roll back once committed
	if from == 0 {
		if _, err := tx.ExecContext(ctx, createVersion); err != nil {
			return err
		}
	}
	result, err := tx.ExecContext(ctx, tx.Rebind("UPDATE schema_version SET version = ? WHERE version = ?"), from+1, from)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); n == 0 || err != nil {
		return errors.Join(errOutrun, err)
	}
	if _, err := tx.ExecContext(ctx, script); err != nil {
		return err
	}
	if more := derive[name]; more != nil {
		if err := more(ctx, tx); err != nil {
			return err
		}
	}
	return tx.Commit()
}

const createVersion = `
CREATE TABLE IF NOT EXISTS schema_version (id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1), version BIGINT NOT NULL);
INSERT INTO schema_version (id, version) VALUES (1, 0) ON CONFLICT DO NOTHING`

// migration is the name and the text of the migration that follows a version.
func migration(from int) (name, text string, err error) {
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		return "", "", err
	}
	script, err := migrations.Files.ReadFile(names[from])
	return names[from], string(script), err
}

// schemaVersion reads the version of a database. One without the version's table
// is an empty database, at version 0.
func schemaVersion(ctx context.Context, db *sqlx.DB) (Version, error) {
	names, err := fs.Glob(migrations.Files, "*.sql")
	v := Version{Program: len(names)}
	if err != nil {
		return v, err
	}
	err = db.GetContext(ctx, &v.Database, "SELECT version FROM schema_version WHERE id = 1")
	if err != nil && missingTable(err) {
		err = nil
	}
	return v, err
}

// createSQLite makes the file readable to its owner alone: it holds personal data.
func createSQLite(path string) (*sqlx.DB, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	db, err := sqlx.Open("sqlite", sqliteDSN(path, "rw", false))
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}
