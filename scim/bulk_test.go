package scim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

const bulkHead = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[`

// hires is a bulk request that hires so many people.
func hires(n int) string {
	ops := make([]string, n)
	for i := range ops {
		ops[i] = fmt.Sprintf(`{"method":"POST","path":"/Users","bulkId":"%d","data":%s}`, i, hire(i))
	}
	return bulkHead + strings.Join(ops, ",") + "]}"
}

func hire(i int) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"n%d","externalId":"e%d",
		"name":{"givenName":"Nome","familyName":"Cognome"},"emails":[{"value":"n%d@example.it","type":"work"}],"entitlements":["co-sare-gestione@group"]}`, i, i, i)
}

type bulkAnswer struct {
	Operations []struct {
		BulkID, Status, Location string
		Response                 map[string]any
	}
}

func (w *world) bulk(body string, h http.Header) (int, bulkAnswer) {
	w.t.Helper()
	answer := w.do("hr", "POST", "/Bulk", body, h)
	var got bulkAnswer
	w.must(json.NewDecoder(answer.Body).Decode(&got))
	return answer.StatusCode, got
}

// TestBulkOfMany: as many operations as may be, side by side, answered in the order sent, each with its own entry in
// the trail; of two that want one name the first gets it.
func TestBulkOfMany(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		body := strings.Replace(hires(300), `"userName":"n200"`, `"userName":"N100"`, 1)
		status, got := w.bulk(body, nil)
		if status != http.StatusOK || len(got.Operations) != 300 {
			t.Fatalf("status %d, %d operations", status, len(got.Operations))
		}
		for i, op := range got.Operations {
			want := "201"
			if i == 200 {
				want = "409"
			}
			if op.BulkID != fmt.Sprint(i) || op.Status != want {
				t.Fatalf("operation %d: %+v", i, op)
			}
		}
		entries, err := w.reg.Trail(context.Background(), registry.SystemOperator, registry.AuditQuery{Limit: 1000})
		w.must(err)
		count := map[string]int{}
		for _, e := range entries {
			if e.Act == registry.ActHire {
				count[e.Outcome]++
			}
		}
		if count[registry.Done] != 299 || count[registry.Refused] != 1 {
			t.Errorf("the trail has %v", count)
		}
	})
}

type bomb struct {
	body string
	want int
}

func bulkBombs() map[string]bomb {
	deep := strings.Repeat(`{"a":`, 1000)
	wide := `{"method":"POST","path":"/Users","bulkId":"x","data":{"x":[` + strings.TrimSuffix(strings.Repeat("{},", 1_000_000), ",") + `]}}`
	return map[string]bomb{
		"1001 operations":     {hires(maxOperations + 1), http.StatusRequestEntityTooLarge},
		"10000 operations":    {bulkHead + strings.TrimSuffix(strings.Repeat(`{"method":"DELETE","path":"/Users/x"},`, 10_000), ",") + "]}", http.StatusRequestEntityTooLarge},
		"a deep value":        {bulkHead + `{"method":"POST","path":"/Users","bulkId":"x","data":` + deep, http.StatusBadRequest},
		"more than 4 MiB":     {bulkHead + strings.Repeat(" ", 4<<20) + "]}", http.StatusRequestEntityTooLarge},
		"a list of a million": {bulkHead + wide + "]}", http.StatusRequestEntityTooLarge},
	}
}

// TestBulkBombs are refused before anything is done; that they are not read to their end, decode's own test shows.
func TestBulkBombs(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	before := w.snapshot("hr")
	for name, tt := range bulkBombs() {
		if status, _ := w.bulk(tt.body, nil); status != tt.want {
			t.Errorf("%s: status %d, want %d", name, status, tt.want)
		}
	}
	if after := w.snapshot("hr"); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

// BenchmarkBulkBombs: 20 ms each on a machine that does nothing else.
func BenchmarkBulkBombs(b *testing.B) {
	w := newWorld(b, storetest.Open(b))
	for name, tt := range bulkBombs() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				w.bulk(tt.body, nil)
			}
		})
	}
}

const maxOperations = 1000 // as published

// BenchmarkBulk compares a bulk request of a thousand hires with a thousand requests on one connection.
func BenchmarkBulk(b *testing.B) {
	for _, engine := range []struct {
		name string
		url  func(testing.TB) string
	}{{"sqlite", storetest.SQLite}, {"postgres", storetest.Postgres}} {
		for name, run := range map[string]func(*testing.B, *world){"single": benchmarkSingle, "bulk": benchmarkBulk} {
			b.Run(engine.name+"/"+name, func(b *testing.B) {
				s, err := store.Open(context.Background(), engine.url(b))
				if err != nil {
					b.Fatal(err)
				}
				defer s.Close()
				run(b, newWorld(b, s))
			})
		}
	}
}

func benchmarkSingle(b *testing.B, w *world) {
	for i := 0; b.Loop(); i++ {
		if status := w.status("POST", "/Users", hire(i), nil); status != http.StatusCreated {
			b.Fatal(status)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "hires/s")
}

// benchmarkBulk counts hires, a thousand at a time.
func benchmarkBulk(b *testing.B, w *world) {
	for n := 0; b.Loop(); n++ {
		body := strings.NewReplacer(`"userName":"n`, fmt.Sprintf(`"userName":"%d-n`, n), `"externalId":"e`, fmt.Sprintf(`"externalId":"%d-e`, n)).Replace(hires(maxOperations))
		if status, got := w.bulk(body, nil); status != http.StatusOK || got.Operations[maxOperations-1].Status != "201" {
			b.Fatal(status)
		}
	}
	b.ReportMetric(float64(b.N*maxOperations)/b.Elapsed().Seconds(), "hires/s")
}
