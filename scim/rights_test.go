package scim_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"varco/store"
	"varco/store/storetest"
)

// rights is what each way of looking says that a user holds, one line for each way.
func (w *world) rights(user string) map[string]string {
	w.t.Helper()
	var doc struct{ Entitlements, Roles, Groups []struct{ Value string } }
	w.get("groups", "/Users/"+user, &doc)
	values := func(list []struct{ Value string }) string {
		var out []string
		for _, e := range list {
			if v := strings.TrimPrefix(e.Value, "profile:"); strings.Contains(v, "@") {
				out = append(out, v)
			}
		}
		slices.Sort(out)
		return strings.Join(out, " ")
	}
	var list struct {
		Resources []struct {
			ID, Value string
			Members   []struct{ Value string }
		}
	}
	w.get("groups", "/Groups?filter=kind%20eq%20%22PROFILE%22&count=200", &list)
	var byGroup, byFilter []string
	for _, g := range list.Resources {
		value := strings.TrimPrefix(g.ID, "profile:")
		for _, m := range g.Members {
			if m.Value == user {
				byGroup = append(byGroup, value)
			}
		}
		var found struct{ TotalResults int }
		w.get("hr", "/Users?filter=roles.value%20eq%20%22"+value+"%22", &found)
		if found.TotalResults == 1 {
			byFilter = append(byFilter, value)
		}
	}
	slices.Sort(byGroup)
	slices.Sort(byFilter)
	return map[string]string{
		"entitlements": values(doc.Entitlements), "roles": values(doc.Roles), "groups": values(doc.Groups),
		"members": strings.Join(byGroup, " "), "filter": strings.Join(byFilter, " "),
	}
}

// TestEveryWayShowsTheSameTruth grants and revokes in each of the ways and looks in all of them.
func TestEveryWayShowsTheSameTruth(t *testing.T) {
	const e1, e2 = "co-sare-gestione@unit:MO01", "co-sare-visualizzazione@group"
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		user := w.post("hr", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"u1"}`)["id"].(string)
		patch := func(path, op string) {
			t.Helper()
			body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + op + `]}`
			if answer := w.do("groups", "PATCH", path, body, nil); answer.StatusCode >= 300 {
				t.Fatalf("%s %s: %d", path, op, answer.StatusCode)
			}
		}
		put := func(rest string) {
			t.Helper()
			body := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"u1"` + rest + `}`
			if answer := w.do("hr", "PUT", "/Users/"+user, body, nil); answer.StatusCode != http.StatusOK {
				t.Fatalf("%s: %d", rest, answer.StatusCode)
			}
		}
		member := fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":"%s"}]}`, user)
		for i, step := range []struct {
			do   func()
			want string
		}{
			{func() { patch("/Users/"+user, `{"op":"add","path":"entitlements","value":"`+e1+`"}`) }, e1},
			{func() { patch("/Users/"+user, `{"op":"add","path":"roles","value":"`+e2+`"}`) }, e1 + " " + e2},
			{func() { patch("/Groups/profile:"+e1, strings.Replace(member, "add", "remove", 1)) }, e2},
			{func() { patch("/Users/"+user, `{"op":"remove","path":"roles[value eq \"`+e2+`\"]"}`) }, ""},
			{func() { patch("/Groups/profile:"+e2, member) }, e2},
			{func() { patch("/Users/"+user, `{"op":"replace","path":"entitlements","value":["`+e1+`"]}`) }, e1},
			{func() { put(`,"roles":["` + e2 + `"]`) }, e2},
			{func() { put(``) }, e2},
			{func() { put(`,"entitlements":[]`) }, ""},
		} {
			step.do()
			for way, got := range w.rights(user) {
				if got != step.want {
					t.Errorf("step %d: %s shows %q, want %q", i, way, got, step.want)
				}
			}
		}
	})
}
