package store

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"varco/registry"
)

// No statement of the daily work reads a whole table: its cost would grow with
// the number of collaborators.
func TestStatementsGoByAnIndex(t *testing.T) {
	url := sqlitePrefix + filepath.Join(t.TempDir(), "varco.db")
	s, err := Open(context.Background(), url, Migrating())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	statements, err := hotReads(sqliteDialect)
	if err != nil {
		t.Fatal(err)
	}
	statements = append(statements, hotWrites()...)
	for _, t := range []table{personTable, companyTable, unitTable, loginTable, visitTable, clientTable} {
		statements = append(statements, t.update())
	}
	statements = append(statements, selectDue, selectCompanyByCode, selectClientsOf, selectPeriods(2), selectHold, selectHolds, countDepartures, selectLifted, settleHold, selectLoginRequest,
		takeLoginRequest, deleteVisit, endWait, endLogins, endUnitGrants, touchUnitHolders, endGrants+"(?)", leaseNotices, selectResidents, sqliteDialect.moveHome(), deleteNotice,
	)
	for _, m := range []registry.SessionMatch{{Collaborator: "x"}, {Person: "x"}, {Company: "x"}, {Login: "x"}, {Unit: "x"}, {Grants: []registry.GrantID{"x"}}} {
		where, _, _ := sessionsThat(m)
		statements = append(statements, noticeSessions+where, endSessions+where+")")
	}
	for _, q := range []registry.AuditQuery{{Company: "x"}, {Company: "x", After: "x"}, {After: "x"}} {
		where, _ := auditWhere(q)
		statements = append(statements, selectAudit+where+" ORDER BY a.at, a.id LIMIT ?")
	}
	for _, table := range forgotten {
		statements = append(statements, "DELETE FROM "+table+" WHERE expires_at < ?")
	}
	for _, q := range statements {
		for _, step := range plan(t, s, q) {
			if scans(step) {
				t.Errorf("%s\nin %s", step, q)
			}
		}
	}
}

// scans tells whether a step reads a table from end to end. Derived tables are
// small: their LIMIT makes them so.
func scans(step string) bool {
	name, isScan := strings.CutPrefix(step, "SCAN ")
	switch name, _, _ = strings.Cut(name, " "); name {
	case "page", "due", "e", "w", "late", "named", "CONSTANT":
		return false
	default:
		return isScan
	}
}

func plan(t *testing.T, s *Store, query string) []string {
	t.Helper()
	args := make([]any, strings.Count(query, "?"))
	for i := range args {
		args[i] = 1
	}
	rows, err := s.write.db.Query("EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}
