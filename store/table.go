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
	name    string
	columns []string
}

func tableOf[R any](name string) table {
	t := table{name: name}
	for _, f := range columnNames.TypeMap(reflect.TypeFor[R]()).Index {
		if f.Field.Tag.Get("db") != "" {
			t.columns = append(t.columns, f.Name)
		}
	}
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

// update is the statement that writes every column of the row with a key, the
// first column. Its arguments are [table.values] and the key once more.
func (t table) update() string {
	return "UPDATE " + t.name + " SET " + t.assignments() + " WHERE " + t.columns[0] + " = ?"
}

func (t table) assignments() string { return strings.Join(t.columns, " = ?, ") + " = ?" }

// values are the columns' values of a row struct, in their order.
func (t table) values(row any) []any {
	fields := columnNames.FieldsByName(reflect.ValueOf(row), t.columns)
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
