package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"

	"varco/registry"
)

// conn runs the statements of one View or one Update. It is the registry's Reader
// and Tx; the methods of each noun are in the noun's file.
type conn struct {
	ctx  context.Context // of the View or Update: the registry's readers carry none
	pool *pool
	tx   *sqlx.Tx // nil in a View
	// failed is the first failure of the transaction. An engine that has refused a
	// statement takes no other, so neither does the conn.
	failed error
	sketch *sketch  // of an Update that runs without a transaction; tx is nil then
	queue  []change // writes that wait for each other
	sent   []string // the statements they made
	kept   kept     // of the batch, on SQLite
}

var _ registry.Tx = (*conn)(nil)

// exec runs a write and returns how many rows it touched.
func (c *conn) exec(query string, args []any) (int64, error) {
	values, err := bindable(args)
	if err != nil {
		return 0, c.fail(err)
	}
	result, err := c.send(query, values)
	if err != nil {
		return 0, c.fail(err)
	}
	n, err := result.RowsAffected()
	return n, c.fail(err)
}

// list reads every row of a statement, after the writes that wait.
func list[R any](c *conn, query string, args ...any) ([]R, error) {
	if err := c.flush(); err != nil {
		return nil, err
	}
	values, err := bindable(args)
	if err != nil {
		return nil, c.fail(err)
	}
	if c.sketch != nil {
		all, err := sighted[R](c, query, values)
		return all, c.fail(err)
	}
	if all, ok := c.kept[readOf(query, values)].([]R); ok {
		return all, nil
	}
	rows, err := c.run(query, values)
	if err != nil {
		return nil, c.fail(err)
	}
	l, err := layoutOf(reflect.TypeFor[R](), query, rows)
	if err != nil {
		return nil, c.fail(errors.Join(err, rows.Close()))
	}
	all, err := scanAll[R](rows, l)
	if err == nil && c.kept != nil && steady[query] {
		c.kept[readOf(query, values)] = all
	}
	return all, c.fail(err)
}

// one reads the only row of a statement; there being none is NotFound.
func one[R any](c *conn, query string, args ...any) (R, error) {
	rows, err := list[R](c, query, args...)
	if err != nil {
		return *new(R), err
	}
	if len(rows) == 0 {
		return *new(R), errNotFound
	}
	return rows[0], nil
}

var errNotFound = &registry.Error{Kind: registry.NotFound, Msg: "not found"}

// orNotFound is the answer for rows that were not read, or were not there.
func orNotFound(err error) error {
	if err != nil {
		return err
	}
	return errNotFound
}

// fail turns an error into the registry's and remembers it.
func (c *conn) fail(err error) error {
	if c.failed != nil || err == nil {
		return c.failed
	}
	err = fault(err)
	if c.tx != nil || c.sketch != nil {
		c.failed = err
	}
	return err
}

// run sends a query, by its prepared statement where it was prepared at open.
func (c *conn) run(query string, values []any) (*sql.Rows, error) {
	stmt := c.pool.prepared.find(query)
	switch {
	case stmt == nil && c.tx != nil:
		return c.tx.QueryContext(c.ctx, c.pool.rebind(query), values...)
	case stmt == nil:
		return c.pool.db.QueryContext(c.ctx, c.pool.rebind(query), values...)
	case c.tx != nil:
		stmt = c.tx.StmtContext(c.ctx, stmt)
	}
	return stmt.QueryContext(c.ctx, values...)
}

// send is run for a statement that gives no rows back.
func (c *conn) send(query string, values []any) (sql.Result, error) {
	stmt := c.pool.prepared.find(query)
	if stmt == nil {
		return c.tx.ExecContext(c.ctx, c.pool.rebind(query), values...)
	}
	return c.tx.StmtContext(c.ctx, stmt).ExecContext(c.ctx, values...)
}

// bindable turns arguments into what a driver takes. Text that no engine keeps
// unchanged is refused here, for both alike.
func bindable(args []any) ([]any, error) {
	values := make([]any, len(args))
	for i, arg := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return nil, err
		}
		if s, ok := v.(string); ok && (!utf8.ValidString(s) || strings.Contains(s, "\x00")) {
			return nil, &registry.Error{Kind: registry.Invalid, Msg: "text that is not UTF-8 or holds the character U+0000 cannot be kept"}
		}
		values[i] = v
	}
	return values, nil
}

// each turns rows into what they stand for.
func each[R, T any](rows []R, turn func(R) T) []T {
	if len(rows) == 0 {
		return nil
	}
	all := make([]T, len(rows))
	for i, r := range rows {
		all[i] = turn(r)
	}
	return all
}
