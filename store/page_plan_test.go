package store_test

import (
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

// On PostgreSQL every page in the order of creation is a range of an index, however many there are: what a page costs
// does not depend on where it lies.
func TestPagesAreRangesOfAnIndex(t *testing.T) {
	if os.Getenv("VARCO_TEST_ENGINES") == "sqlite" {
		t.Skip("asks PostgreSQL")
	}
	db := crowded(t)
	last := &registry.Position{Company: "c2", ID: "x", Value: int64(11900)}
	for _, q := range []registry.Query{
		{Company: "c2", Limit: 100}, {Company: "c2", Limit: 100, After: last}, {Limit: 100}, {Limit: 100, After: last},
	} {
		steps := explain(t, db, q)
		node := slices.IndexFunc(steps, func(s string) bool { return strings.Contains(s, "Index Only Scan using collaborator_created") })
		if node < 0 || touched(steps[node:]) > 20 || q.After == nil != !slices.ContainsFunc(steps, startsAtPosition) {
			t.Errorf("%+v:\n%s", q, strings.Join(steps, "\n"))
		}
	}
}

// A search for an e-mail address begins at the address.
func TestEmailsAreFoundByIndex(t *testing.T) {
	if os.Getenv("VARCO_TEST_ENGINES") == "sqlite" {
		t.Skip("asks PostgreSQL")
	}
	db := crowded(t)
	steps := explain(t, db, registry.Query{Company: "c2", Limit: 100, Where: registry.Some{
		Of:    registry.Part{Pointer: "/emails", Kind: registry.List},
		Where: registry.Compare{Field: registry.Part{Pointer: "/value", Kind: registry.FoldedText}, Op: registry.Equal, Value: "x"},
	}})
	if plan := strings.Join(steps, "\n"); !strings.Contains(plan, "using collaborator_email_pkey") || touched(steps) > 50 {
		t.Errorf("%s", plan)
	}
}

// crowded is a database with 12,000 collaborators in three companies.
func crowded(t *testing.T) *sql.DB {
	t.Helper()
	db := raw(t, storetest.Postgres(t))
	db.SetMaxOpenConns(1)
	for _, q := range []string{
		"INSERT INTO company (id, fiscal_code, name, types, qualifications, state, created_at, updated_at, version) SELECT 'c' || n, lpad(n::text, 11, '0'), 'c', '[]', '[]', 'ACTIVE', 1, 1, 1 FROM generate_series(1, 3) n",
		"INSERT INTO collaborator (id, company_id, user_name, user_name_key, opened_at, stable, processing_authorised, processing_scopes, created_at, updated_at, version, waiting) SELECT md5(n::text), 'c' || 1 + n % 3, 'u' || n, 'u' || n, n, false, true, '[]', n, n, 1, true FROM generate_series(1, 12000) n",
		"INSERT INTO collaborator_email (collaborator_id, value_key) SELECT md5(n::text), 'u' || n || '@x.example' FROM generate_series(1, 12000) n",
		"ANALYZE",
		"SET enable_seqscan = off",
		"SET plan_cache_mode = force_generic_plan",
	} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func startsAtPosition(step string) bool {
	return strings.Contains(step, "Index Cond: ") && strings.Contains(step, "ROW(")
}

func explain(t *testing.T, db *sql.DB, q registry.Query) []string {
	t.Helper()
	query, args, err := store.SelectPage(q)
	if err != nil {
		t.Fatal(err)
	}
	values := make([]string, len(args))
	for i, a := range args {
		values[i] = fmt.Sprintf("'%v'", a)
	}
	var steps []string
	for _, statement := range []string{ // as the store sends it: one plan for all values
		"DEALLOCATE ALL", "PREPARE page AS " + sqlx.Rebind(sqlx.DOLLAR, query),
		"EXPLAIN (ANALYZE, BUFFERS) EXECUTE page(" + strings.Join(values, ", ") + ")",
	} {
		steps = nil
		if err := sqlx.NewDb(db, "postgres").Select(&steps, statement); err != nil {
			t.Fatal(err)
		}
	}
	return steps
}

// touched is how many pages the first step of a plan that tells so has read.
func touched(steps []string) int {
	for _, s := range steps {
		var n int
		if _, err := fmt.Sscanf(strings.TrimSpace(s), "Buffers: shared hit=%d", &n); err == nil {
			return n
		}
	}
	return 1 << 30
}
