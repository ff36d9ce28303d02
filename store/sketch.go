package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"varco/registry"
)

// On PostgreSQL the round trips are the cost of a write: BEGIN, each read, the
// changes, COMMIT. Most updates need none for BEGIN and COMMIT. Such an update is
// first sketched: it runs without a transaction, on what is committed at the moment,
// and every row it sees is remembered as the text that PostgreSQL makes of it. Then
// one statement settles it, which is a serializable transaction by itself: it runs
// the same reads again, makes the changes, and fails as a whole unless every read
// gives exactly the rows that were seen.
//
// Why that is as good as a transaction: the settling statement reads and writes
// what the whole update would have read and written inside of it, and fn, which
// touches nothing but its tx, would have done the same things there. Between the
// sketch and its statement anything may happen; either it changes no row that fn
// saw, and then fn cannot tell, or the statement fails. Conflicts with others while
// the statement runs are PostgreSQL's to find, since its reads are reads of a
// serializable transaction like any other.
//
// An update that changes nothing, a refusal as well, is settled in the same way
// unless it rests on a single read, which is one snapshot as it stands. Whatever else
// comes out of a sketch - a broken constraint, rows that changed, a read after a
// write - the update runs again from the start in a transaction with BEGIN and
// COMMIT, which has the last word.

// sketch is what an update saw that runs without a transaction.
type sketch struct {
	recall   *recall
	seen     []sight
	supposed bool // some of it was
}

// sight is a read and the rows it gave, each as text, nil for none.
type sight struct {
	read   read
	query  string // with the text of each row
	values []any
	rows   any
}

// mostSeen bounds the text of one sight, in bytes: it is sent back.
const mostSeen = 16 << 10

var errUnsketched = &registry.Error{Kind: registry.Unavailable, Msg: "this update needs a transaction"}

// sketched runs fn without a transaction, and again where another update got in the
// way of its statement. It reports false when fn must run in a transaction.
func (s *Store) sketched(ctx context.Context, fn func(registry.Tx) error) (err error, settled bool) {
	for range sketches {
		c := &conn{ctx: ctx, pool: s.read, sketch: &sketch{recall: &s.recall}}
		err = fn(c)
		if c.failed != nil || conflicting(err) {
			return nil, false
		}
		if err != nil {
			c.queue = nil // a refusal writes nothing
		}
		if len(c.queue) == 0 && len(c.sketch.seen) < 2 && !c.sketch.supposed {
			return err, true
		}
		refusal := err
		err = s.settle(c)
		if err == nil || refusal != nil && errors.Is(err, context.DeadlineExceeded) {
			return refusal, true // with no time left to look again a refusal stands: it writes nothing
		}
		if !conflicting(err) {
			break
		}
	}
	if err != nil && !conflicting(err) {
		s.recall.forget()
	}
	return err, unanswered(err)
}

// sketches is how often an update is sketched.
const sketches = 3

// settle sends the statement that makes a sketch true. A statement whose answer
// never came may have been committed: that is final, as for a commit.
func (s *Store) settle(c *conn) error {
	query, args := c.sketch.settling(c.queue)
	w := &conn{ctx: c.ctx, pool: s.write}
	if _, err := list[settledRow](w, query, args...); err != nil {
		return err
	}
	for _, seen := range c.sketch.seen {
		_ = s.read.prepare(c.ctx, []string{seen.query}) // next time is soon enough, as below
	}
	_ = s.write.prepare(c.ctx, []string{query})
	return nil
}

type settledRow struct {
	Kept int `db:"kept"`
}

// settling makes the statement: the changes together, and a division by zero unless
// all that was seen is still so and every change found the row it must find.
func (k *sketch) settling(queue []change) (string, []any) {
	var with []string
	var args []any
	terms := []string{"TRUE"}
	for i, n := range queue {
		with = append(with, fmt.Sprintf("w%d AS (%s RETURNING 1)", i, n.query))
		args = append(args, n.args...)
		if n.sure {
			terms = append(terms, fmt.Sprintf("EXISTS (SELECT 1 FROM w%d)", i))
		}
	}
	for _, seen := range k.seen {
		if slices.ContainsFunc(queue, seen.proved) {
			continue
		}
		terms = append(terms, "(SELECT string_agg(sight, '\n') FROM ("+seen.query+") AS now) IS NOT DISTINCT FROM ?")
		args = append(append(args, seen.values...), seen.rows)
	}
	query := "SELECT 1 / CASE WHEN " + strings.Join(terms, " AND ") + " THEN 1 ELSE 0 END AS kept"
	if len(with) > 0 {
		query = "WITH " + strings.Join(with, ", ") + " " + query
	}
	return query, args
}

// proved tells whether there was no row and a change succeeds only if that is so. To
// look again as well would make every hire a conflict with its neighbours in the
// index.
func (s sight) proved(n change) bool {
	return s.rows == nil && s.read == n.finds && s.read != read{}
}

// sighted is list for a sketch.
func sighted[R any](c *conn, query string, values []any) ([]R, error) {
	l, known := knownLayout(reflect.TypeFor[R](), query)
	if !known || !strings.HasPrefix(query, "SELECT ") {
		return nil, errUnsketched // where the columns are learned
	}
	r := readOf(query, values)
	if known, ok := c.sketch.recall.suppose(r); ok {
		c.sketch.supposed = true
		rows, _ := known.rows.([]R)
		return rows, c.sketch.see(sight{read: r, query: l.sighting, values: values, rows: known.sight.rows})
	}
	seen := sight{read: r, query: l.sighting, values: values}
	rows, err := c.run(seen.query, values)
	if err != nil {
		return nil, err
	}
	var texts texts
	all, err := scanAll[R](rows, l, &texts)
	if err != nil {
		return nil, err
	}
	if len(texts) > 0 {
		seen.rows = strings.Join(texts, "\n")
	}
	if err := c.sketch.see(seen); err != nil {
		return nil, err
	}
	c.sketch.recall.keep(r, recalled{seen, all})
	return all, nil
}

// see notes what was seen, unless that is too much.
func (k *sketch) see(s sight) error {
	if text, ok := s.rows.(string); ok && len(text) > mostSeen {
		return errUnsketched
	}
	k.seen = append(k.seen, s)
	return nil
}

// readOf is the zero read for one with other than one text for an argument.
func readOf(query string, values []any) read {
	if len(values) == 1 {
		if value, ok := values[0].(string); ok {
			return read{query, value}
		}
	}
	return read{}
}

// sighting is a read with these columns that gives each row as text beside them.
func sighting(query string, columns []string) string {
	var named strings.Builder
	for _, name := range columns {
		fmt.Fprintf(&named, "r.%q, ", name)
	}
	return "SELECT " + named.String() + "CAST(r AS text) AS sight FROM (" + query + ") AS r"
}

// texts collects a column, row by row.
type texts []string

var _ sql.Scanner = (*texts)(nil)

func (t *texts) Scan(src any) error {
	var one text
	err := one.Scan(src)
	*t = append(*t, string(one))
	return err
}
