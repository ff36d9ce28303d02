package scim_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"varco/store"
	"varco/store/storetest"
)

// dump is every row of every table.
func dump(t *testing.T, url string) string {
	t.Helper()
	driver, source, tables := "postgres", url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
	row := func(table string) string { return "SELECT CAST(r AS text) FROM " + table + " AS r ORDER BY 1" }
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, source, tables = "sqlite", path, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
		row = func(table string) string {
			columns := "SELECT group_concat('quote(' || name || ')', '|| '','' ||') FROM pragma_table_info('" + table + "')"
			return "SELECT " + texts(t, driver, source, columns)[0] + " FROM " + table + " ORDER BY 1"
		}
	}
	var all strings.Builder
	for _, table := range texts(t, driver, source, tables) {
		fmt.Fprintf(&all, "%s:\n%s\n", table, strings.Join(texts(t, driver, source, row(table)), "\n"))
	}
	return all.String()
}

// texts is the one column of a query.
func texts(t *testing.T, driver, source, query string) []string {
	t.Helper()
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(query, err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestRehearsalLeavesNothing sends every request that writes as a dry run, those that are refused too, and compares all
// tables: no change, no entry in the trail, no notice.
func TestRehearsalLeavesNothing(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s, err := store.Open(context.Background(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		w := newWorld(t, s)
		user := w.post("hr", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"CLLTTR65C14F257H","entitlements":["co-sare-gestione@group"]}`)["id"].(string)
		w.enter("CLLTTR65C14F257H")
		all := targets(w, user)
		before := dump(t, url)
		if !strings.Contains(before, user) {
			t.Fatalf("the dump is not one: %s", before)
		}
		dry := header("Prefer", "dry-run")
		rehearsed := 0
		for _, tt := range all {
			if tt.method == "GET" || strings.HasSuffix(tt.path, "/.search") || strings.HasPrefix(tt.path, "/Me") {
				continue
			}
			answer := w.do("hr", tt.method, tt.path, tt.body, dry)
			if answer.Header.Get("Preference-Applied") != "dry-run" {
				t.Errorf("%s %s: not a dry run", tt.method, tt.path)
			}
			if answer.StatusCode == http.StatusOK {
				rehearsed++
			}
		}
		if status, _ := w.bulk(hires(100), dry); status != http.StatusOK {
			t.Errorf("bulk: status %d", status)
		}
		if status, _ := w.bulk(hires(101), dry); status != http.StatusRequestEntityTooLarge {
			t.Errorf("bulk of 101: status %d", status)
		}
		if after := dump(t, url); after != before || rehearsed < 6 {
			t.Errorf("%d went through; before:\n%s\nafter:\n%s", rehearsed, before, after)
		}
	})
}
