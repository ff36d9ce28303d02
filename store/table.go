package store

import (
	"reflect"
	"strings"

	"github.com/jmoiron/sqlx/reflectx"
)

// columnNames reads the db tags of row structs, for sqlx and for table alike.
var columnNames = reflectx.NewMapper("db")

// table is a table as its row struct names it: a column for each field.
type table struct {
	name      string
	columns   []string
	mutable   []string // the columns that an update writes
	insertOne string   // insert(1)
}

func tableOf[R any](name string) table {
	t := table{name: name}
	for _, f := range columnNames.TypeMap(reflect.TypeFor[R]()).Index {
		if f.Field.Tag.Get("db") != "" {
			t.columns = append(t.columns, f.Name)
		}
	}
	// Nothing changes its id or its company. An UPDATE that named them would make
	// SQLite search the tables that refer to them.
	for _, c := range t.columns {
		if c != "id" && c != "company_id" {
			t.mutable = append(t.mutable, c)
		}
	}
	t.insertOne = t.insert(1)
	return t
}

// as names the columns one by one, of a table that goes by an alias.
func (t table) as(alias string) string { return t.under(alias, "") }

// under is as, for columns that are read into the struct field with this name.
func (t table) under(alias, field string) string {
	named := make([]string, len(t.columns))
	for i, c := range t.columns {
		named[i] = alias + "." + c
		if field != "" {
			named[i] += ` AS "` + field + "." + c + `"`
		}
	}
	return strings.Join(named, ", ")
}

// list names the columns one by one.
func (t table) list() string { return strings.Join(t.columns, ", ") }

// insert is the statement that adds rows with [table.values].
func (t table) insert(rows int) string {
	one := "(" + marks(len(t.columns)) + ")"
	return "INSERT INTO " + t.name + " (" + t.list() + ") VALUES " + one + strings.Repeat(", "+one, rows-1)
}

// update is the statement that writes the row with an id. Its arguments are
// [table.changes] and the id.
func (t table) update() string {
	return "UPDATE " + t.name + " SET " + t.assignments() + " WHERE id = ?"
}

func (t table) assignments() string { return strings.Join(t.mutable, " = ?, ") + " = ?" }

// values are the values of a row struct for an insert.
func (t table) values(row any) []any { return valuesOf(row, t.columns) }

// changes are the values of a row struct for an update.
func (t table) changes(row any) []any { return valuesOf(row, t.mutable) }

func valuesOf(row any, columns []string) []any {
	fields := columnNames.FieldsByName(reflect.ValueOf(row), columns)
	values := make([]any, len(fields))
	for i, f := range fields {
		values[i] = f.Interface()
	}
	return values
}

// marks is n placeholders.
func marks(n int) string {
	if n == 0 {
		return ""
	}
	return "?" + strings.Repeat(", ?", n-1)
}

// anys widens a slice to what a statement takes.
func anys[T any](values []T) []any {
	wide := make([]any, len(values))
	for i, v := range values {
		wide[i] = v
	}
	return wide
}
