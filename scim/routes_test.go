package scim_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"varco/registry"
	"varco/scim"
	"varco/store"
	"varco/store/storetest"
)

// target is a route with an id that exists in the company of the client "hr".
type target struct{ method, path, body string }

// targets are all routes; those that take an id once for each thing that has one.
func targets(w *world, user string) []target {
	promised, err := w.reg.PromiseResult(context.Background(), w.clients["hr"].Actor("r1"), []byte("{}"))
	w.must(err)
	ids := map[string][]string{
		"/Results/{id}":       {string(promised.ID)},
		"/ResourceTypes/{id}": {"User"}, "/Schemas/{id}": {"urn:ietf:params:scim:schemas:core:2.0:User"},
		"/Users/{id}": {user}, "/Groups/{id}": {w.vars["mecc"], w.vars["mo01"]}, "/Entitlements/{id}": {"co-sare-gestione@unit:MO01"},
		"/Roles/{id}": {"co-sare-gestione@unit:MO01"}, "/Profiles/{id}": {"co-sare-gestione@unit:MO01"},
	}
	bodies := map[string]string{
		"PATCH": `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"displayName","value":"changed"}]}`,
		"PUT":   `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:core:2.0:Group"],"userName":"changed","displayName":"changed"}`,
		"POST":  `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:core:2.0:Group"],"userName":"made","displayName":"made"}`,
	}
	var list []target
	for _, route := range scim.Routes() {
		method, pattern := route[0], route[1]
		if !strings.HasSuffix(pattern, "{id}") {
			list = append(list, target{method, pattern, bodies[method]})
		}
		for _, id := range ids[pattern] {
			list = append(list, target{method, strings.Replace(pattern, "{id}", id, 1), bodies[method]})
		}
	}
	return list
}

func (w *world) post(client, path, body string) map[string]any {
	w.t.Helper()
	answer := w.do(client, "POST", path, body, nil)
	var doc map[string]any
	w.must(json.NewDecoder(answer.Body).Decode(&doc))
	if answer.StatusCode != http.StatusCreated {
		w.t.Fatalf("POST %s: %v", path, doc)
	}
	return doc
}

// snapshot is everything a client can see.
func (w *world) snapshot(client string) string {
	w.t.Helper()
	var all strings.Builder
	for _, path := range []string{"/Users", "/Groups", "/Entitlements"} {
		data, err := io.ReadAll(w.do(client, "GET", path, "", nil).Body)
		w.must(err)
		all.Write(data)
	}
	return all.String()
}

func TestEveryRouteNeedsItsToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		user := w.post("hr", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"u1"}`)["id"].(string)
		w.client("revoked", w.clients["hr"].Company, registry.Scopes()...)
		w.must(w.reg.RevokeClient(context.Background(), registry.SystemOperator, w.clients["revoked"].ID))
		w.tokens["wrong"] = w.tokens["hr"][:len(w.tokens["hr"])-1] + "_"
		w.tokens["nonsense"] = "varco_\xff_x"
		before := w.snapshot("hr")
		for _, client := range []string{"", "unknown", "wrong", "nonsense", "revoked"} {
			for _, tt := range targets(w, user) {
				answer := w.do(client, tt.method, tt.path, tt.body, nil)
				if answer.StatusCode != http.StatusUnauthorized || answer.Header.Get("WWW-Authenticate") == "" {
					t.Errorf("%q %s %s: status %d, %v", client, tt.method, tt.path, answer.StatusCode, answer.Header)
				}
			}
		}
		if after := w.snapshot("hr"); after != before {
			t.Errorf("something changed:\n%s\n%s", before, after)
		}
	})
}

// TestEveryRouteStaysInItsCompany asks for everything of one company with the token of another.
func TestEveryRouteStaysInItsCompany(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		const code = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"CLLTTR65C14F257H","externalId":"1","entitlements":["co-sare-gestione@group"]}`
		user := w.post("hr", "/Users", code)["id"].(string)
		theirs := w.post("other", "/Users", code)["id"].(string) // the same person elsewhere
		before := w.snapshot("hr")
		for _, tt := range targets(w, user) {
			_, id, hasID := strings.Cut(strings.TrimPrefix(tt.path, "/"), "/")
			if !hasID || id == ".search" || strings.HasPrefix(tt.path, "/Schemas") || strings.HasPrefix(tt.path, "/ResourceTypes") {
				continue
			}
			if answer := w.do("other", tt.method, tt.path, tt.body, nil); answer.StatusCode != http.StatusNotFound {
				t.Errorf("%s %s: status %d for another company's %s", tt.method, tt.path, answer.StatusCode, id)
			}
		}
		if after := w.snapshot("hr"); after != before {
			t.Errorf("something changed:\n%s\n%s", before, after)
		}
		seen := w.snapshot("other")
		for _, secret := range []string{user, w.vars["mecc"], w.vars["mo01"], "Meccanica"} {
			if strings.Contains(seen, secret) {
				t.Errorf("the other company sees %s", secret)
			}
		}
		if !strings.Contains(seen, theirs) {
			t.Errorf("the other company does not see its own collaborator")
		}
		w.mustRefuse(t, "other", "/Groups/"+w.vars["re01"], user, before)
	})
}

// mustRefuse tests that a stranger cannot be made a member.
func (w *world) mustRefuse(t *testing.T, client, group, user, before string) {
	t.Helper()
	body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":[{"value":"` + user + `"}]}]}`
	if answer := w.do(client, "PATCH", group, body, nil); answer.StatusCode != http.StatusBadRequest {
		t.Errorf("another company's collaborator became a member: %d", answer.StatusCode)
	}
	if after := w.snapshot("hr"); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

func TestHugeBodyIsRefused(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	body := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"` + strings.Repeat("x", 1<<20) + `"}`
	if answer := w.do("hr", "POST", "/Users", body, nil); answer.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", answer.StatusCode)
	}
	many := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + strings.Repeat(`{"op":"add"},`, 1000) + `{"op":"add"}]}`
	if answer := w.do("hr", "PATCH", "/Users/x", many, nil); answer.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d for 1001 operations", answer.StatusCode)
	}
	card := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"x","title":"` + strings.Repeat("x", 40_000) + `"}`
	if answer := w.do("hr", "POST", "/Users", card, nil); answer.StatusCode != http.StatusBadRequest {
		t.Errorf("status %d for a large card", answer.StatusCode)
	}
	name := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"x","displayName":"` + strings.Repeat("x", 257) + `"}`
	if answer := w.do("hr", "POST", "/Users", name, nil); answer.StatusCode != http.StatusBadRequest {
		t.Errorf("status %d for a long name", answer.StatusCode)
	}
}

// TestRefusedPatchIsInTheTrail: what PATCH itself refuses is recorded like any refusal, and nothing of the request is
// half done.
func TestRefusedPatchIsInTheTrail(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	user := w.post("hr", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"u1"}`)["id"].(string)
	body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"title","value":"x"},{"op":"remove","path":"userName"}]}`
	before := w.snapshot("hr")
	if answer := w.do("hr", "PATCH", "/Users/"+user, body, nil); answer.StatusCode != http.StatusBadRequest {
		t.Fatalf("status %d", answer.StatusCode)
	}
	if after := w.snapshot("hr"); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
	entries, err := w.reg.Trail(context.Background(), registry.SystemOperator, registry.AuditQuery{Limit: 100})
	w.must(err)
	i := slices.IndexFunc(entries, func(e registry.AuditEntry) bool { return e.Outcome == registry.Refused })
	if i < 0 {
		t.Fatal("no refusal in the trail")
	}
	last := entries[i]
	if last.Target != user || last.Actor != w.clients["hr"].Actor("").String() ||
		last.Request != "r1" || !strings.Contains(last.Reason, "Operations[1]: userName: required") {
		t.Errorf("the trail has %+v", last)
	}
}

// broken is a store that does not answer any more.
type broken struct{ registry.Store }

func (broken) View(context.Context, func(registry.Reader) error) error {
	return &registry.Error{Kind: registry.Unavailable, Msg: "the store does not answer", Err: errors.New("dial tcp 10.0.0.1:5432")}
}

func TestUnavailableStore(t *testing.T) {
	s := storetest.Open(t)
	w := newWorld(t, s)
	w.serve(registry.New(broken{s}, func() time.Time { return w.now }, key))
	answer := w.do("hr", "GET", "/Users", "", nil)
	body, err := io.ReadAll(answer.Body)
	w.must(err)
	if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" || strings.Contains(string(body), "10.0.0.1") {
		t.Errorf("status %d: %s", answer.StatusCode, body)
	}
	if log := w.log.String(); !strings.Contains(log, "10.0.0.1") || !strings.Contains(log, "r1") || strings.Contains(log, w.tokens["hr"]) {
		t.Errorf("logged %q", log)
	}
}
