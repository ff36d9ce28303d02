package store

import (
	"database/sql"
	"fmt"
	"reflect"
	"sync"
)

// layout is which field of a row struct each column of a statement goes to. It is
// worked out when a statement is first read: a joined row has some seventy columns.
type layout struct {
	fields   [][]int // by reflect.Value.FieldByIndex
	sighting string  // the statement as a sketch sends it
}

// layouts remembers them by row struct and statement.
var layouts = struct {
	sync.RWMutex
	known map[layoutKey]layout
}{known: map[layoutKey]layout{}}

type layoutKey struct {
	row   reflect.Type
	query string
}

// mostLayouts bounds what is remembered of statements that are made as they come.
const mostLayouts = 1024

func knownLayout(row reflect.Type, query string) (layout, bool) {
	layouts.RLock()
	defer layouts.RUnlock()
	l, ok := layouts.known[layoutKey{row, query}]
	return l, ok
}

// layoutOf finds the layout of a statement that was just run.
func layoutOf(row reflect.Type, query string, rows *sql.Rows) (layout, error) {
	if l, ok := knownLayout(row, query); ok {
		return l, nil
	}
	names, err := rows.Columns()
	if err != nil {
		return layout{}, err
	}
	l := layout{fields: columnNames.TraversalsByName(row, names), sighting: sighting(query, names)}
	for i, path := range l.fields {
		if len(path) == 0 {
			return layout{}, fmt.Errorf("%v has no field for the column %q", row, names[i])
		}
	}
	layouts.Lock()
	defer layouts.Unlock()
	if len(layouts.known) < mostLayouts {
		layouts.known[layoutKey{row, query}] = l
	}
	return l, nil
}

// scanAll reads every row. What a statement gives after the columns of the layout
// goes beside, row by row.
func scanAll[R any](rows *sql.Rows, l layout, beside ...any) ([]R, error) {
	defer rows.Close()
	var row R
	fields := reflect.ValueOf(&row).Elem()
	dest := make([]any, len(l.fields), len(l.fields)+len(beside))
	for i, path := range l.fields {
		dest[i] = fields.FieldByIndex(path).Addr().Interface()
	}
	dest = append(dest, beside...)
	var all []R
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, rows.Err()
}
