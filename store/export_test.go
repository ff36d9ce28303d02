package store

import "varco/registry"

// SelectPage is the statement for a page on PostgreSQL.
func SelectPage(q registry.Query) (string, []any, error) { return selectPage(q, postgresDialect) }
