package store

import (
	"fmt"
	"net/url"

	"github.com/jmoiron/sqlx"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

const sqlitePrefix = "sqlite:"

var sqliteDialect = dialect{placeholder: sqlx.QUESTION, position: "instr", member: `'$."%s"'`, listed: "json_each(%s) AS e", scalar: "e.value",
	among: "IN (SELECT value FROM json_each(?) AS named)"}

// connectSQLite opens one connection that writes and several that read. SQLite
// has one writer at a time: a queue in the pool is fairer than one in the file.
func connectSQLite(path string, connections int) (*Store, error) {
	writer, err := sqlx.Open("sqlite", sqliteDSN(path, "rw", false))
	if err != nil {
		return nil, err
	}
	reader, err := sqlx.Open("sqlite", sqliteDSN(path, "rw", true))
	if err != nil {
		return nil, err
	}
	return &Store{
		read:  newPool(reader, sqliteDialect, connections),
		write: newPool(writer, sqliteDialect, 1),
	}, nil
}

// sqliteDSN is what every connection to the file starts from. The pragmas are
// here because one given by a statement would reach a single connection of the
// pool. An acknowledged write is on the disk: synchronous FULL. What a savepoint
// takes back is kept in memory: on the disk it would be a file for each update of a
// batch, and nobody needs it after a crash.
func sqliteDSN(path, mode string, readOnly bool) string {
	q := url.Values{
		"mode":          {mode},
		"_txlock":       {"immediate"},
		"_busy_timeout": {"2000"},
		"_dqs":          {"false"},
		"_pragma":       {"journal_mode(WAL)", "foreign_keys(ON)", "synchronous(FULL)", "cache_size(-32768)", "temp_store(MEMORY)"},
		"_query_only":   {fmt.Sprint(readOnly)},
	}
	file := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}
	return file.String()
}
