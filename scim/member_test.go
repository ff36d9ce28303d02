package scim_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"varco/store"
	"varco/store/storetest"
)

// TestParallelAddsLoseNobody adds members to one unit from many connections at once.
func TestParallelAddsLoseNobody(t *testing.T) {
	const many = 32
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		users := make([]string, many)
		for i := range users {
			users[i] = w.post("hr", "/Users", fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"u%d"}`, i))["id"].(string)
		}
		var wg sync.WaitGroup
		for _, id := range users {
			wg.Go(func() {
				body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":[{"value":"` + id + `"}]}]}`
				if answer := w.do("hr", "PATCH", "/Groups/"+w.vars["mo01"], body, nil); answer.StatusCode != http.StatusNoContent {
					t.Errorf("status %d", answer.StatusCode)
				}
			})
		}
		wg.Wait()
		var group struct{ Members []struct{ Value string } }
		w.get("hr", "/Groups/"+w.vars["mo01"], &group)
		if len(group.Members) != many {
			t.Errorf("%d of %d members are there", len(group.Members), many)
		}
	})
}
