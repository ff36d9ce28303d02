package scim

import (
	"testing"

	"varco/registry"
)

// FuzzDocument looks for a panic between a body and what the registry is asked, and for a document that is not stable:
// what is canonical must be canonical again.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		`"userName":"u","name.givenName":"G","emails":{"value":"x"},"entitlements":["p@group"]`,
		`"userName":"u","urn:ietf:params:scim:schemas:extension:varco:2.0:User":{"employment":{"endDate":"2027-01-01"},"processing":{"scopes":"CO"}}`,
		`"userName":"u","name":[{"familyName":null}],"employment.endDate":"2027-01-01T10:00:00Z","thirdParty":{"fiscalCode":"09980010368"}`,
	} {
		f.Add(seed)
	}
	const head = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],`
	f.Fuzz(func(t *testing.T, members string) {
		body, err := decode([]byte(head + members + "}"))
		if err != nil {
			return
		}
		doc, err := userType.document(body, lenient)
		if err != nil {
			return
		}
		if _, err := draftOf(doc, registry.Collaborator{}); err != nil {
			return
		}
		doc.set("schemas", []any{urnUser})
		again, err := userType.document(mustDecode(t, string(appendJSON(nil, doc))), lenient)
		if err != nil {
			t.Fatalf("%s: %v", appendJSON(nil, doc), err)
		}
		again.set("schemas", []any{urnUser})
		if !equal(doc, again) {
			t.Errorf("%s became %s", appendJSON(nil, doc), appendJSON(nil, again))
		}
	})
}
