package scim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"varco/store"
	"varco/store/storetest"
)

// advertised is one attribute as /Schemas shows it.
type advertised struct {
	Name, Type, Mutability, Returned string
	MultiValued, Required            bool
	CanonicalValues                  []string
	SubAttributes                    []advertised
}

type advertisedSchema struct {
	ID         string
	Attributes []advertised
}

func (w *world) get(client, path string, into any) int {
	w.t.Helper()
	answer := w.do(client, "GET", path, "", nil)
	w.must(json.NewDecoder(answer.Body).Decode(into))
	return answer.StatusCode
}

func (w *world) schemas(resource string) []advertisedSchema {
	w.t.Helper()
	var kind struct {
		Schema           string
		SchemaExtensions []struct{ Schema string }
	}
	w.get("hr", "/ResourceTypes/"+resource, &kind)
	list := make([]advertisedSchema, 1+len(kind.SchemaExtensions))
	w.get("hr", "/Schemas/"+kind.Schema, &list[0])
	for i, e := range kind.SchemaExtensions {
		w.get("hr", "/Schemas/"+e.Schema, &list[i+1])
	}
	return list
}

// samples are values for attributes whose rule is more than their type.
var samples = map[string]any{
	"department": "MO02", "fiscalCode": "SMLCHR90B51F240B", "startDate": "2027-01-10", "endDate": "2028-12-31",
	"authorisedOn": "2027-01-01", "reviewBy": "2028-01-01", "thirdParty": map[string]any{"fiscalCode": "09980010368", "appointmentRef": "a"},
	"entitlements": []any{map[string]any{"value": "co-sare-gestione@group"}}, "active": true, "authorised": true,
	"roles":             []any{map[string]any{"value": "co-sare-gestione@group"}},
	"terminationReason": "MOVED", "members": []any{},
}

func (a advertised) sample() any {
	if v, ok := samples[a.Name]; ok {
		return v
	}
	var v any = "sample " + a.Name
	switch {
	case len(a.CanonicalValues) > 0:
		v = a.CanonicalValues[0]
	case a.Type == "boolean":
		v = true
	case a.Type == "binary":
		v = "c2FtcGxl"
	case a.Type == "complex":
		o := map[string]any{}
		for _, sub := range a.SubAttributes {
			if sub.Mutability != "readOnly" {
				o[sub.Name] = sub.sample()
			}
		}
		v = o
	}
	if a.MultiValued {
		return []any{v}
	}
	return v
}

// TestSchemasAreTrue writes every attribute that /Schemas calls writable and reads it back, and is refused every one
// that it calls readOnly.
func TestSchemasAreTrue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		user := w.post("hr", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"u1"}`)["id"].(string)
		for _, schema := range w.schemas("User") {
			for _, a := range schema.Attributes {
				w.holdsTrue(t, "/Users/"+user, schema.ID, a)
			}
		}
		for _, schema := range w.schemas("Group") {
			for _, a := range schema.Attributes {
				if a.Name != "code" { // immutable and always there
					w.holdsTrue(t, "/Groups/"+w.vars["mo01"], schema.ID, a)
				}
			}
		}
	})
}

func (w *world) holdsTrue(t *testing.T, resource, urn string, a advertised) {
	t.Helper()
	value, err := json.Marshal(a.sample())
	w.must(err)
	body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"%s:%s","value":%s}]}`, urn, a.Name, value)
	answer := w.do("hr", "PATCH", resource, body, nil)
	var doc map[string]any
	if a.Mutability == "readOnly" {
		w.must(json.NewDecoder(answer.Body).Decode(&doc))
		if doc["scimType"] != "mutability" {
			t.Errorf("%s:%s is readOnly: %d %v", urn, a.Name, answer.StatusCode, doc)
		}
		return
	}
	if answer.StatusCode >= 300 {
		w.must(json.NewDecoder(answer.Body).Decode(&doc))
		t.Errorf("%s:%s = %s: %v", urn, a.Name, value, doc)
		return
	}
	w.get("hr", resource, &doc)
	if extension, ok := doc[urn].(map[string]any); ok {
		doc = extension
	}
	if a.Returned == "never" {
		if doc[a.Name] != nil {
			t.Errorf("%s:%s is never returned, yet %v was", urn, a.Name, doc[a.Name])
		}
		return
	}
	if !shows(doc[a.Name], a.sample()) {
		t.Errorf("%s:%s: wrote %s, read %v", urn, a.Name, value, doc[a.Name])
	}
}

// shows says whether got holds all that was written.
func shows(got, written any) bool {
	switch written := written.(type) {
	case map[string]any:
		o, _ := got.(map[string]any)
		for name, v := range written {
			if !shows(o[name], v) {
				return false
			}
		}
		return true
	case []any:
		list, _ := got.([]any)
		for i, v := range written {
			if i >= len(list) || !shows(list[i], v) {
				return false
			}
		}
		return len(list) == len(written)
	}
	return reflect.DeepEqual(got, written)
}

// TestNothingIsShownThatIsNotAdvertised walks over full resources of every type.
func TestNothingIsShownThatIsNotAdvertised(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	w.post("hr", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"SMLCHR90B51F240B","entitlements":["co-sare-gestione@unit:MO01"],
		"`+enterprise+`":{"department":"MO01","manager":"m"},"emails":["a@x"],"urn:ietf:params:scim:schemas:extension:varco:2.0:User":{"employment":{"endDate":"2027-12-31"}}}`)
	for _, kind := range []string{"User", "Group", "Entitlement", "Role", "Profile"} {
		known := map[string]bool{"schemas": true, "id": true, "externalId": true, "meta": true}
		schemas := map[string]bool{}
		for _, s := range w.schemas(kind) {
			schemas[s.ID] = true
			for _, a := range s.Attributes {
				name := a.Name
				if s.ID != w.schemas(kind)[0].ID {
					name = s.ID + ":" + name
				}
				known[name] = true
				for _, sub := range a.SubAttributes {
					known[name+"."+sub.Name] = true
				}
			}
		}
		var list struct{ Resources []map[string]any }
		endpoint := map[string]string{"User": "/Users", "Group": "/Groups", "Entitlement": "/Entitlements", "Role": "/Roles", "Profile": "/Profiles"}[kind]
		if status := w.get("hr", endpoint, &list); status != http.StatusOK || len(list.Resources) == 0 {
			t.Fatalf("%s: %d", kind, status)
		}
		for _, doc := range list.Resources {
			for _, name := range shownNames(doc, schemas) {
				if !known[name] {
					t.Errorf("%s shows %s, which no schema has", kind, name)
				}
			}
			for _, urn := range doc["schemas"].([]any) {
				if !schemas[urn.(string)] {
					t.Errorf("%s says it has schema %s", kind, urn)
				}
			}
		}
	}
}

// shownNames are the names in a resource, down to sub-attributes.
func shownNames(doc map[string]any, schemas map[string]bool) []string {
	var names []string
	for name, v := range doc {
		if schemas[name] {
			for _, inner := range shownNames(v.(map[string]any), nil) {
				names = append(names, name+":"+inner)
			}
			continue
		}
		names = append(names, name)
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, e := range list {
			if o, ok := e.(map[string]any); ok && !strings.HasPrefix(name, "meta") {
				for sub := range o {
					names = append(names, name+"."+sub)
				}
			}
		}
	}
	return names
}
