package scim_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"varco/store/storetest"
)

// BenchmarkGet is one GET by id, from the handler's door to the last byte, on SQLite.
func BenchmarkGet(b *testing.B) {
	w := newWorld(b, storetest.Open(b))
	user := w.post("hr", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"CLLTTR65C14F257H",
		"name":{"familyName":"Collaudi","givenName":"Ettore","formatted":"Ettore Collaudi"},"emails":[{"value":"e@mecc.example","type":"work","primary":true}],
		"title":"Impiegato","entitlements":["co-sare-gestione@group"],"department":"MO01"}`)["id"].(string)
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest("GET", "/scim/v2/Users/"+user, nil)
		r.Header.Set("Authorization", "Bearer "+w.tokens["hr"])
		recorder := httptest.NewRecorder()
		w.handler.ServeHTTP(recorder, r)
		if recorder.Code != http.StatusOK {
			b.Fatal(recorder.Code)
		}
	}
}

// BenchmarkFilter is one search by user name.
func BenchmarkFilter(b *testing.B) {
	w := newWorld(b, storetest.Open(b))
	w.post("hr", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"CLLTTR65C14F257H"}`)
	b.ReportAllocs()
	for b.Loop() {
		answer := w.do("hr", "GET", `/Users?filter=userName%20eq%20%22CLLTTR65C14F257H%22`, "", nil)
		if answer.StatusCode != http.StatusOK {
			b.Fatal(answer.StatusCode)
		}
	}
}
