package store_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

func anEntry(n int, company registry.CompanyID) registry.AuditEntry {
	return registry.AuditEntry{
		ID: registry.AuditID(fmt.Sprintf("entry-%d", n)), At: noon.Add(time.Duration(n/2) * time.Second), Actor: "CLIENT:c", Act: registry.ActAmend,
		Company: company, Target: "collaborator-a", Person: "person-a", Outcome: registry.Done, Reason: "r", Request: "q",
		Changes: []registry.Change{{Field: "userName", Before: "è <a>", After: "b\u2028"}, {Field: "x", After: "y"}},
	}
}

func trail(q registry.AuditQuery) func(registry.Reader) ([]registry.AuditEntry, error) {
	return func(rd registry.Reader) ([]registry.AuditEntry, error) { return rd.Audit(q) }
}

func TestAudit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		e := []registry.AuditEntry{anEntry(0, "company-a"), anEntry(1, "unknown"), anEntry(2, ""), anEntry(3, "company-a"), anEntry(4, "company-a")}
		e[2].Outcome, e[2].Changes = registry.Refused, nil
		w.must(func(tx registry.Tx) error {
			for _, i := range []int{4, 2, 0, 3, 1} {
				if err := tx.AppendAudit(e[i]); err != nil {
					return err
				}
			}
			return nil
		})
		for name, tc := range map[string]struct {
			query registry.AuditQuery
			want  []registry.AuditEntry
		}{
			"all":                 {registry.AuditQuery{Limit: 10}, e},
			"limit":               {registry.AuditQuery{Limit: 2}, e[:2]},
			"company":             {registry.AuditQuery{Company: "company-a", Limit: 10}, []registry.AuditEntry{e[0], e[3], e[4]}},
			"from":                {registry.AuditQuery{From: noon.Add(time.Second), Limit: 10}, e[2:]},
			"until":               {registry.AuditQuery{Until: noon.Add(time.Second), Limit: 10}, e[:2]},
			"from until":          {registry.AuditQuery{From: noon.Add(time.Second), Until: noon.Add(2 * time.Second), Limit: 10}, e[2:4]},
			"after":               {registry.AuditQuery{After: e[0].ID, Limit: 2}, e[1:3]},
			"after the company's": {registry.AuditQuery{Company: "company-a", After: e[0].ID, Limit: 10}, e[3:]},
		} {
			if got := read(w, trail(tc.query)); !reflect.DeepEqual(got, tc.want) {
				t.Errorf("%s: got %+v\nwant %+v", name, got, tc.want)
			}
		}
	})
}

func TestTamperingWithTheTrailIsSeen(t *testing.T) {
	tamper := map[string]string{
		"content":       "UPDATE audit_detail SET body = replace(body, 'CLIENT:c', 'CLIENT:d')",
		"salt":          "UPDATE audit_detail SET salt = '" + strings.Repeat("0", 64) + "'",
		"erased":        "DELETE FROM audit_detail",
		"commitment":    "UPDATE audit_entry SET commitment = '" + strings.Repeat("0", 64) + "'",
		"time":          "UPDATE audit_entry SET at = at + 1",
		"company":       "UPDATE audit_entry SET company_id = 'company-b'",
		"no company":    "UPDATE audit_entry SET company_id = NULL",
		"act":           "UPDATE audit_entry SET act = 'read'",
		"outcome":       "UPDATE audit_entry SET outcome = 'REFUSED'",
		"another entry": "INSERT INTO audit_entry (id, at, act, outcome, commitment) SELECT 'entry-9', at, act, outcome, commitment FROM audit_entry",
	}
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newWorld(t, reopen(t, url))
		db := raw(t, url)
		for name, statement := range tamper {
			w.must(func(tx registry.Tx) error { return tx.AppendAudit(anEntry(0, "company-a")) })
			for _, do := range []string{"", statement} {
				if _, err := db.Exec(do); err != nil {
					t.Fatal(err)
				}
				_, err := tryRead(w, trail(registry.AuditQuery{Limit: 10}))
				seen := err != nil && registry.KindOf(err) == registry.Internal && strings.Contains(err.Error(), "entry-")
				if seen != (do != "") {
					t.Errorf("%s: got %v, want an Internal error that names the entry", name, err)
				}
			}
			if _, err := db.Exec("DELETE FROM audit_detail; DELETE FROM audit_entry"); err != nil {
				t.Fatal(err)
			}
		}
	})
}
