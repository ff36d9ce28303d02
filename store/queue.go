package store

import (
	"fmt"
	"slices"
	"strings"

	"varco/registry"
)

// change is one write of a transaction.
type change struct {
	query string
	args  []any
	table string   // the table it writes
	reads []string // other tables whose rows decide what it writes
	adds  bool     // it only adds rows, whatever else is in the table
	sure  bool     // it must find its row: Stale otherwise
	finds read     // the read that finds what it adds, and nothing before, by a unique index
}

// read is a statement with one argument.
type read struct{ query, value string }

// write makes a change. On PostgreSQL, where the round trips are the cost of a
// write, changes wait until the transaction reads or ends, and then go together.
func (c *conn) write(n change) error {
	if c.failed != nil {
		return c.failed
	}
	if !c.pool.dialect.together {
		c.kept.without(n.table)
		touched, err := c.exec(n.query, n.args)
		if err == nil && n.sure && touched == 0 {
			err = c.fail(errStale)
		}
		return err
	}
	if slices.ContainsFunc(c.queue, n.follows) {
		if err := c.flush(); err != nil {
			return err
		}
	}
	c.queue = append(c.queue, n)
	return nil
}

var errStale = &registry.Error{Kind: registry.Stale, Msg: "version: no longer the current one"}

// follows tells whether a change must see what another one did. Changes that go
// together all see the database as it was before any of them.
func (n change) follows(q change) bool {
	return n.table == q.table && !(n.adds && q.adds) || slices.Contains(n.reads, q.table)
}

// insert adds rows of a table.
func (c *conn) insert(t table, rows ...any) error {
	query := t.insertOne
	if len(rows) > 1 {
		query = t.insert(len(rows))
	}
	var values []any
	for _, r := range rows {
		values = append(values, t.values(r)...)
	}
	return c.write(change{query: query, args: values, table: t.name, adds: true})
}

// update writes the row with an id.
func (c *conn) update(t table, row, id any) error {
	return c.write(change{query: t.update(), args: append(t.changes(row), id), table: t.name})
}

// succeed is update for a row that has a version: the stored one must have the
// version before.
func (c *conn) succeed(t table, row, id any, version int64) error {
	values := append(t.changes(row), id, version-1)
	return c.write(change{query: t.update() + " AND version = ?", args: values, table: t.name, sure: true})
}

// flush sends the changes that wait, as one statement.
func (c *conn) flush() error {
	queue := c.queue
	c.queue = nil
	if len(queue) == 0 {
		return c.failed
	}
	if c.sketch != nil {
		return c.fail(errUnsketched)
	}
	query, args := together(queue)
	rows, err := list[touchedRow](c, query, args...)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if queue[r.Change].sure && r.Rows == 0 {
			return c.fail(errStale)
		}
	}
	c.sent = append(c.sent, query)
	return nil
}

// touchedRow tells how many rows a change touched.
type touchedRow struct {
	Change int `db:"change"`
	Rows   int `db:"touched"`
}

// together makes one statement of several changes.
func together(queue []change) (string, []any) {
	var with, counts []string
	var args []any
	for i, n := range queue {
		with = append(with, fmt.Sprintf("w%d AS (%s RETURNING 1)", i, n.query))
		counts = append(counts, fmt.Sprintf("SELECT %d AS change, count(*) AS touched FROM w%d", i, i))
		args = append(args, n.args...)
	}
	return "WITH " + strings.Join(with, ", ") + " " + strings.Join(counts, " UNION ALL "), args
}
