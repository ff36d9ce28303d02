package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
)

// pool is a set of connections and the statements prepared on them.
type pool struct {
	db       *sqlx.DB
	dialect  dialect
	prepared statements
}

// statements are prepared statements by their text with ?.
type statements struct {
	mu     sync.RWMutex
	byText map[string]*sql.Stmt
}

func (s *statements) find(text string) *sql.Stmt {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.byText[text]
}

// keep remembers a statement, and reports false when the text was there or when
// there are too many.
func (s *statements) keep(text string, stmt *sql.Stmt) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byText[text] != nil || len(s.byText) >= mostPrepared {
		return false
	}
	s.byText[text] = stmt
	return true
}

// mostPrepared bounds what the server keeps for each connection.
const mostPrepared = 256

// dialect is where the engines' SQL differs.
type dialect struct {
	placeholder int    // a constant of sqlx
	position    string // the function that finds a text in a text, from 1; 0: not there
	byteOrder   string // what makes a comparison of texts go by their bytes
	among       string // that a text is in a JSON list of them, the argument
	json        string // what makes JSON of a text
	member      string // a member of a JSON object, by its name
	listed      string // the elements of a JSON list, as column value of table e
	scalar      string // an element that is a text
	together    bool   // one statement can make several changes
}

func connect(url string, connections int) (*Store, error) {
	if path, ok := strings.CutPrefix(url, sqlitePrefix); ok {
		return connectSQLite(path, connections)
	}
	if isPostgres(url) {
		return connectPostgres(url, connections)
	}
	return nil, errURL
}

var errURL = errors.New("store: the database URL must begin with sqlite: or postgres://")

func newPool(db *sqlx.DB, d dialect, connections int) *pool {
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return &pool{db: db, dialect: d, prepared: statements{byText: map[string]*sql.Stmt{}}}
}

// prepare prepares statements once; each connection learns them when it first
// uses them.
func (p *pool) prepare(ctx context.Context, queries []string) error {
	for _, q := range queries {
		if p.prepared.find(q) != nil {
			continue
		}
		stmt, err := p.db.PrepareContext(ctx, p.rebind(q))
		if err != nil {
			return fmt.Errorf("store: preparing %.60q: %w", q, err)
		}
		if !p.prepared.keep(q, stmt) {
			_ = stmt.Close()
		}
	}
	return nil
}

// rebind writes a statement's ? the way the engine wants them.
func (p *pool) rebind(query string) string { return sqlx.Rebind(p.dialect.placeholder, query) }
