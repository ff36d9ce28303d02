package store

import "varco/registry"

// Recalled counts the reads that sketches suppose.
func (s *Store) Recalled() int {
	s.recall.mu.RLock()
	defer s.recall.mu.RUnlock()
	return len(s.recall.known)
}

// SelectPage is the statement for a page on PostgreSQL.
func SelectPage(q registry.Query) (string, []any, error) { return selectPage(q, postgresDialect) }
