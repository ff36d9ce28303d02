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
	"sync/atomic"
	"time"

	_ "github.com/lib/pq" // the driver "postgres"
	_ "modernc.org/sqlite"
)

// floor is the least that a durable answer of SCIM's shape costs on an engine:
// net/http, encoding/json and one prepared statement for each request, two where a
// document is read to be changed. No token, no rule, no history; not a SCIM server.
type floor struct {
	base        string // its own address
	position    atomic.Int64
	read, write *sql.DB

	insert, replace, join, byID, page, members *sql.Stmt
	by                                         map[string]*sql.Stmt // a filter's attribute
}

const floorTables = `CREATE TABLE floor_user (
	id TEXT PRIMARY KEY, position BIGINT NOT NULL UNIQUE, user_name TEXT NOT NULL UNIQUE, external_id TEXT NOT NULL,
	fiscal_code TEXT NOT NULL, document TEXT NOT NULL);
CREATE INDEX floor_external_id ON floor_user (external_id);
CREATE INDEX floor_fiscal_code ON floor_user (fiscal_code);
CREATE TABLE floor_member (user_id TEXT PRIMARY KEY, group_id TEXT NOT NULL);
CREATE INDEX floor_group ON floor_member (group_id);`

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
	if _, err := write.Exec(floorTables); err != nil {
		return nil, err
	}
	f := &floor{base: base, read: read, write: write}
	return f, f.prepare()
}

func (f *floor) prepare() error {
	const document = "SELECT document FROM floor_user WHERE "
	f.by = map[string]*sql.Stmt{}
	var errs []error
	for attribute, column := range map[string]string{"userName": "user_name", "externalId": "external_id", varcoSchema + ":fiscalCode": "fiscal_code"} {
		statement, err := f.read.Prepare(document + column + " = $1")
		f.by[attribute], errs = statement, append(errs, err)
	}
	for _, s := range []struct {
		into **sql.Stmt
		pool *sql.DB
		text string
	}{
		{&f.insert, f.write, "INSERT INTO floor_user (id, position, user_name, external_id, fiscal_code, document) VALUES ($1, $2, $3, $4, $5, $6)"},
		{&f.replace, f.write, "UPDATE floor_user SET document = $1 WHERE id = $2"},
		{&f.join, f.write, "INSERT INTO floor_member (user_id, group_id) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET group_id = excluded.group_id"},
		{&f.byID, f.read, document + "id = $1"},
		{&f.page, f.read, "SELECT position, document FROM floor_user WHERE position > $1 ORDER BY position LIMIT 100"},
		{&f.members, f.read, "SELECT m.user_id, u.user_name FROM floor_member m JOIN floor_user u ON u.id = m.user_id WHERE m.group_id = $1 LIMIT " + strconv.Itoa(mostShown)},
	} {
		statement, err := s.pool.Prepare(s.text)
		*s.into, errs = statement, append(errs, err)
	}
	return errors.Join(errs...)
}

func (f *floor) close() error { return errors.Join(f.read.Close(), f.write.Close()) }

func (f *floor) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ServiceProviderConfig", func(w http.ResponseWriter, _ *http.Request) {
		var o offers
		o.Pagination.Cursor = true
		respond(w, http.StatusOK, o, nil)
	})
	mux.HandleFunc("POST /Users", f.create)
	mux.HandleFunc("GET /Users/{id}", func(w http.ResponseWriter, r *http.Request) {
		u, err := row(f.byID, r.PathValue("id"))
		respond(w, http.StatusOK, u, err)
	})
	mux.HandleFunc("GET /Users", f.list)
	mux.HandleFunc("PATCH /Users/{id}", f.change)
	mux.HandleFunc("POST /Groups", f.createGroup)
	mux.HandleFunc("GET /Groups/{id}", f.group)
	mux.HandleFunc("PATCH /Groups/{id}", f.addMember)
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
	_, err := f.insert.Exec(u.ID, f.position.Add(1), u.UserName, u.ExternalID, u.Varco.FiscalCode, string(encode(u)))
	if err == nil && u.Enterprise != nil { // when a world is filled, never when it is measured
		_, err = f.join.Exec(u.ID, u.Enterprise.Department)
	}
	w.Header().Set("Location", u.Meta.Location)
	respond(w, http.StatusCreated, u, err)
}

// list knows filters of the form ATTRIBUTE eq "...", and pages of 100 by cursor.
func (f *floor) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if query.Has("cursor") {
		found, err := f.pageAfter(query.Get("cursor"))
		respond(w, http.StatusOK, found, err)
		return
	}
	attribute, quoted, _ := strings.Cut(query.Get("filter"), " eq ")
	value, err := strconv.Unquote(quoted)
	if err != nil || f.by[attribute] == nil {
		respond(w, 0, nil, errors.Join(err, errors.New("no such filter")))
		return
	}
	found := userList{Schemas: []string{listSchema}}
	u, err := row(f.by[attribute], value)
	if err == nil {
		found.TotalResults, found.Resources = 1, []user{u}
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	respond(w, http.StatusOK, found, err)
}

// pageAfter is the page that begins after a position.
func (f *floor) pageAfter(cursor string) (userList, error) {
	var position int64
	if cursor != "" {
		var err error
		if position, err = strconv.ParseInt(cursor, 10, 64); err != nil {
			return userList{}, err
		}
	}
	rows, err := f.page.Query(position)
	if err != nil {
		return userList{}, err
	}
	defer rows.Close()
	list := userList{Schemas: []string{listSchema}}
	for rows.Next() {
		var document []byte
		var u user
		if err := rows.Scan(&position, &document); err != nil {
			return userList{}, err
		}
		if err := json.Unmarshal(document, &u); err != nil {
			return userList{}, err
		}
		list.Resources = append(list.Resources, u)
	}
	if list.TotalResults = len(list.Resources); list.TotalResults == pageSize {
		list.NextCursor = strconv.FormatInt(position, 10)
	}
	return list, rows.Err()
}

func (f *floor) change(w http.ResponseWriter, r *http.Request) {
	var p patch
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil || len(p.Operations) != 1 {
		respond(w, 0, nil, errors.Join(err, errors.New("one operation is expected")))
		return
	}
	u, err := row(f.byID, r.PathValue("id"))
	if err == nil {
		err = json.Unmarshal(p.Operations[0].Value, &u.Active)
	}
	if err == nil {
		u.Meta.LastModified = time.Now().UTC().Format(time.RFC3339Nano)
		_, err = f.replace.Exec(string(encode(u)), u.ID)
	}
	respond(w, http.StatusOK, u, err)
}

// createGroup gives a group its name for an id, and keeps nothing.
func (f *floor) createGroup(w http.ResponseWriter, r *http.Request) {
	var g group
	err := json.NewDecoder(r.Body).Decode(&g)
	g.ID = g.DisplayName
	respond(w, http.StatusCreated, g, err)
}

func (f *floor) group(w http.ResponseWriter, r *http.Request) {
	g := group{Schemas: []string{groupSchema}, ID: r.PathValue("id"), DisplayName: r.PathValue("id")}
	rows, err := f.members.Query(g.ID)
	if err != nil {
		respond(w, 0, nil, err)
		return
	}
	defer rows.Close()
	for rows.Next() && err == nil {
		m := groupMember{Type: "User"}
		err = rows.Scan(&m.Value, &m.Name)
		m.Ref = f.base + "/Users/" + m.Value
		g.Members = append(g.Members, m)
	}
	respond(w, http.StatusOK, g, errors.Join(err, rows.Err()))
}

// addMember moves one user into a group.
func (f *floor) addMember(w http.ResponseWriter, r *http.Request) {
	var p patch
	var members []groupMember
	err := json.NewDecoder(r.Body).Decode(&p)
	if err == nil && len(p.Operations) == 1 {
		err = json.Unmarshal(p.Operations[0].Value, &members)
	}
	if err != nil || len(members) != 1 {
		respond(w, 0, nil, errors.Join(err, errors.New("one member is expected")))
		return
	}
	if _, err := f.join.Exec(members[0].Value, r.PathValue("id")); err != nil {
		respond(w, 0, nil, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// row reads the one user that a statement gives.
func row(statement *sql.Stmt, value string) (user, error) {
	var u user
	var document []byte
	if err := statement.QueryRow(value).Scan(&document); err != nil {
		return u, err
	}
	return u, json.Unmarshal(document, &u)
}

func respond(w http.ResponseWriter, status int, body any, err error) {
	if err != nil {
		status, body = http.StatusInternalServerError, map[string]string{"detail": err.Error()}
	}
	w.Header().Set("Content-Type", "application/scim+json")
	w.WriteHeader(status)
	_, _ = w.Write(encode(body)) // whoever asked may be gone
}
