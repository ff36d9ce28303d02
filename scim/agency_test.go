package scim_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

// The agency's client finds who holds a profile in every company, each shown as its company sees it, and changes nothing.
func TestAgencyOverSCIM(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		const body = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"CLLTTR65C14F257H","entitlements":["co-sare-gestione@group"]}`
		mine := w.post("hr", "/Users", body)["id"].(string)
		w.post("other", "/Users", body)
		client, token, err := w.reg.CreateClient(context.Background(), registry.SystemOperator, registry.NewClient{
			Agency: true, Name: "agency", Scopes: []registry.Scope{registry.ScopeRead}, Lifetime: 1e15,
		})
		w.must(err)
		w.clients["agency"], w.tokens["agency"] = client, token
		type person struct {
			ID         string
			Enterprise struct{ Organization string }                         `json:"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`
			Varco      struct{ ScopedEntitlements []struct{ State string } } `json:"urn:ietf:params:scim:schemas:extension:varco:2.0:User"`
		}
		var list struct{ Resources []person }
		filter := url.QueryEscape(`entitlements.value eq "co-sare-gestione@group" and active eq true`)
		if status := w.get("agency", "/Users?filter="+filter, &list); status != 200 || len(list.Resources) != 2 {
			t.Fatalf("%d %+v", status, list)
		}
		for _, p := range list.Resources {
			want := "Logistica Fintoni S.r.l."
			if p.ID == mine {
				want = "Meccanica Fittizia S.p.A."
			}
			if p.Enterprise.Organization != want || p.Varco.ScopedEntitlements[0].State != string(registry.EffectNoFirstAccess) {
				t.Errorf("shown %+v, want %s", p, want)
			}
			var one person
			if status := w.get("agency", "/Users/"+p.ID, &one); status != 200 || one.Enterprise.Organization != want {
				t.Errorf("%d %+v", status, one)
			}
		}
		if status := w.get("agency", "/Groups/"+w.vars["mo01"], &list); status != 404 {
			t.Errorf("a unit: %d", status)
		}
		before := w.snapshot("hr")
		for _, tt := range targets(w, mine) {
			if tt.method == "GET" || strings.HasSuffix(tt.path, ".search") {
				continue
			}
			if answer := w.do("agency", tt.method, tt.path, tt.body, nil); answer.StatusCode < 400 && tt.path != "/Bulk" {
				t.Errorf("%s %s: %d", tt.method, tt.path, answer.StatusCode)
			}
		}
		if w.snapshot("hr") != before {
			t.Error("something changed")
		}
	})
}
