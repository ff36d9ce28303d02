package scim_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"varco/store"
	"varco/store/storetest"
)

type cursorPage struct {
	NextCursor string
	Resources  []struct{ ID, UserName string }
}

// TestPagesBearComingAndGoing: between two pages some are deleted, some are hired and some are renamed; whoever was there
// all the time is seen once.
func TestPagesBearComingAndGoing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for i, sorting := range []string{"", "&sortBy=userName", "&sortBy=displayName&sortOrder=descending", "&sortBy=meta.created"} {
			var there []string
			hire := func(name string) string {
				w.now = w.now.Add(time.Second)
				return w.post("hr", "/Users", fmt.Sprintf(
					`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"%s%d-%d"}`, name, i, len(there)))["id"].(string)
			}
			for range 12 {
				there = append(there, hire("m"))
			}
			gone, seen := map[string]bool{}, map[string]int{}
			cursor := ""
			for n := 0; ; n++ {
				var page cursorPage
				if status := w.get("hr", "/Users?count=3&cursor="+url.QueryEscape(cursor)+sorting, &page); status != http.StatusOK {
					t.Fatal(status)
				}
				for _, r := range page.Resources {
					seen[r.ID]++
				}
				if cursor = page.NextCursor; cursor == "" {
					break
				}
				last := page.Resources[len(page.Resources)-1].ID // the very one the cursor stands at, and one before it
				for _, id := range []string{last, page.Resources[0].ID} {
					gone[id] = true
					w.do("hr", "DELETE", "/Users/"+id, "", nil)
				}
				hire(fmt.Sprintf("a%d-", n))
			}
			for _, id := range there {
				if seen[id] != 1 {
					t.Errorf("%q: %s was seen %d times", sorting, id, seen[id])
				}
			}
			if len(gone) < 6 || slices.ContainsFunc(there, func(id string) bool { return seen[id] > 1 }) {
				t.Errorf("%q: %d were deleted", sorting, len(gone))
			}
		}
	})
}
