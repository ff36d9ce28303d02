package scim_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"varco/registry"
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

// A client of one unit is told of what it can grant there, in every form, and of nothing else.
func TestRightsOfAUnitClient(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	w.clientFor("unit", registry.NewClient{Company: w.clients["hr"].CompanyID, Unit: "MO01", Scopes: registry.Scopes(), ProfileGroups: true})
	user := w.post("hr", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"CLLTTR65C14F257H","entitlements":[
		"co-sare-gestione@unit:MO01","co-sare-gestione@unit:MO02","co-sare-gestione@group"],
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"MO01"}}`)["id"].(string)
	for _, path := range []string{"/Entitlements", "/Roles", "/Profiles", "/Groups?filter=kind%20eq%20%22PROFILE%22"} {
		var list struct {
			Resources []struct {
				ID        string
				Supported *bool
			}
		}
		join := "?"
		if strings.Contains(path, "?") {
			join = "&"
		}
		if status := w.get("unit", path+join+"count=200", &list); status != 200 {
			t.Fatalf("%s: %d", path, status)
		}
		offered := 0
		for _, r := range list.Resources {
			if r.Supported != nil && !*r.Supported {
				continue
			}
			if offered++; !strings.HasSuffix(r.ID, "@unit:MO01") {
				t.Errorf("%s offers %s", path, r.ID)
			}
		}
		if offered == 0 {
			t.Errorf("%s offers nothing", path)
		}
	}
	var one struct{ Groups []struct{ Value string } }
	w.get("unit", "/Users/"+user, &one)
	for _, g := range one.Groups {
		if place, ok := strings.CutPrefix(g.Value, "profile:"); ok && place != "co-sare-gestione@unit:MO01" {
			t.Errorf("is in a group that is not there: %s", g.Value)
		}
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
