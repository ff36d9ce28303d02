package scim_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"varco/store"
	"varco/store/storetest"
)

// BenchmarkRead is what connectors read, from the handler's door to the last byte.
func BenchmarkRead(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkReads(b, storetest.SQLite(b)) })
	if os.Getenv("VARCO_TEST_ENGINES") != "sqlite" {
		b.Run("postgres", func(b *testing.B) { benchmarkReads(b, storetest.Postgres(b)) })
	}
}

func benchmarkReads(b *testing.B, url string) {
	s, err := store.Open(context.Background(), url)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	}()
	w := newWorld(b, s)
	var id string
	for n := range 101 {
		id = w.post("hr", "/Users", employee(n))["id"].(string)
	}
	for name, path := range map[string]string{
		"get":    "/Users/" + id,
		"filter": "/Users?filter=userName%20eq%20%22employee-7%22",
		"list":   "/Users?count=100&cursor=",
		"group":  "/Groups/" + w.vars["mo01"],
	} {
		b.Run(name, func(b *testing.B) { w.benchmark(b, path) })
	}
}

// employee is the body of a POST, as an HR system writes it.
func employee(n int) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"employee-%d","externalId":"HR-%d",
		"name":{"familyName":"Collaudi","givenName":"Ettore","formatted":"Ettore Collaudi"},"displayName":"Ettore Collaudi",
		"emails":[{"value":"e%d@mecc.example","type":"work","primary":true}],"title":"Impiegato","department":"MO01",
		"entitlements":["co-sare-gestione@group"]}`, n, n, n)
}

// benchmark asks for the same thing over and over.
func (w *world) benchmark(b *testing.B, path string) {
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest("GET", "/scim/v2"+path, nil)
		r.Header.Set("Authorization", "Bearer "+w.tokens["hr"])
		recorder := httptest.NewRecorder()
		w.handler.ServeHTTP(recorder, r)
		if recorder.Code != http.StatusOK {
			b.Fatal(recorder.Code, recorder.Body)
		}
		b.SetBytes(int64(recorder.Body.Len()))
	}
}
