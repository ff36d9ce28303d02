package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	_ "github.com/lib/pq" // the driver "postgres"
	_ "modernc.org/sqlite"
)

// floor is the least that a durable answer of SCIM's shape costs on an engine:
// net/http, encoding/json and one prepared statement for each request. No token,
// no rule, no history; not a SCIM server.
type floor struct {
	base                            string // its own address
	read, write                     *sql.DB
	insert, setActive, byID, byName *sql.Stmt
}

const floorTable = `CREATE TABLE floor_user (
	id TEXT PRIMARY KEY, user_name TEXT NOT NULL UNIQUE, active BOOLEAN NOT NULL, document TEXT NOT NULL)`

// runFloor serves the floor until ctx ends. The flags are those of varco demo.
func runFloor(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("load floor", flag.ContinueOnError)
	address := flags.String("addr", "127.0.0.1:0", "where to listen")
	data := flags.String("data", "", "folder of the SQLite database")
	database := flags.String("database", "", "URL of a PostgreSQL database")
	readyFile := flags.String("ready", "", "file to write when all is ready")
	if err := flags.Parse(args); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		return err
	}
	f, err := openFloor(*data, *database, "http://"+listener.Addr().String())
	if err != nil {
		return err
	}
	defer f.close()
	beside := *readyFile + ".new"
	told := ready{SCIMURL: f.base}
	told.Company.Units = []string{"U1"}
	if err := errors.Join(os.WriteFile(beside, encode(told), 0o600), os.Rename(beside, *readyFile)); err != nil {
		return err
	}
	server := &http.Server{Handler: f.handler(), ReadHeaderTimeout: patience}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// openFloor makes the table and prepares the statements, on an engine as durable as
// Varco's store asks for: PostgreSQL as it comes, or SQLite with WAL and
// synchronous FULL, one connection that writes and others that read.
func openFloor(data, postgres, base string) (*floor, error) {
	const connections = 16
	driver, dsn, writers := "postgres", postgres, connections
	if postgres == "" {
		driver, writers = "sqlite", 1
		dsn = "file:" + filepath.Join(data, "floor.db") + "?_txlock=immediate&_pragma=busy_timeout(2000)" +
			"&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-32768)"
	}
	read, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, err
	}
	write, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, err
	}
	for pool, most := range map[*sql.DB]int{read: connections, write: writers} {
		pool.SetMaxOpenConns(most)
		pool.SetMaxIdleConns(most)
	}
	if _, err := write.Exec(floorTable); err != nil {
		return nil, err
	}
	f := &floor{base: base, read: read, write: write}
	return f, errors.Join(
		prepare(&f.insert, write, "INSERT INTO floor_user (id, user_name, active, document) VALUES ($1, $2, $3, $4)"),
		prepare(&f.setActive, write, "UPDATE floor_user SET active = $1 WHERE id = $2 RETURNING active, document"),
		prepare(&f.byID, read, "SELECT active, document FROM floor_user WHERE id = $1"),
		prepare(&f.byName, read, "SELECT active, document FROM floor_user WHERE user_name = $1"),
	)
}

func (f *floor) close() error { return errors.Join(f.read.Close(), f.write.Close()) }

func prepare(into **sql.Stmt, pool *sql.DB, text string) (err error) {
	*into, err = pool.Prepare(text)
	return err
}

func (f *floor) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /Users", f.create)
	mux.HandleFunc("GET /Users/{id}", func(w http.ResponseWriter, r *http.Request) {
		u, err := row(f.byID, r.PathValue("id"))
		respond(w, http.StatusOK, u, err)
	})
	mux.HandleFunc("GET /Users", f.find)
	mux.HandleFunc("PATCH /Users/{id}", f.change)
	return mux
}

func (f *floor) create(w http.ResponseWriter, r *http.Request) {
	var u user
	if err := json.NewDecoder(r.Body).Decode(&u); err != nil {
		respond(w, 0, nil, err)
		return
	}
	now := time.Now().UTC().Format(time.RFC3339Nano)
	u.ID = newID()
	u.Meta = &meta{ResourceType: "User", Created: now, LastModified: now, Location: f.base + "/Users/" + u.ID}
	_, err := f.insert.Exec(u.ID, u.UserName, u.Active, string(encode(u)))
	w.Header().Set("Location", u.Meta.Location)
	respond(w, http.StatusCreated, u, err)
}

// find knows one filter: userName eq "...".
func (f *floor) find(w http.ResponseWriter, r *http.Request) {
	wanted := strings.TrimPrefix(r.FormValue("filter"), "userName eq ")
	userName, err := strconv.Unquote(wanted)
	if err != nil {
		respond(w, 0, nil, err)
		return
	}
	found := userList{Schemas: []string{listSchema}}
	u, err := row(f.byName, userName)
	if err == nil {
		found.TotalResults, found.Resources = 1, []user{u}
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	respond(w, http.StatusOK, found, err)
}

func (f *floor) change(w http.ResponseWriter, r *http.Request) {
	var p patch
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil || len(p.Operations) != 1 {
		respond(w, 0, nil, errors.Join(err, errors.New("one operation is expected")))
		return
	}
	u, err := row(f.setActive, p.Operations[0].Value, r.PathValue("id"))
	respond(w, http.StatusOK, u, err)
}

// row reads the one user that a statement gives.
func row(statement *sql.Stmt, args ...any) (user, error) {
	var u user
	var active bool
	var document []byte
	if err := statement.QueryRow(args...).Scan(&active, &document); err != nil {
		return u, err
	}
	err := json.Unmarshal(document, &u)
	u.Active = active
	return u, err
}

func respond(w http.ResponseWriter, status int, body any, err error) {
	if err != nil {
		status, body = http.StatusInternalServerError, map[string]string{"detail": err.Error()}
	}
	w.Header().Set("Content-Type", "application/scim+json")
	w.WriteHeader(status)
	_, _ = w.Write(encode(body)) // whoever asked may be gone
}
