package scim

import (
	"testing"
	"time"

	"varco/registry"
)

// BenchmarkShowUser is what a GET costs besides its two reads.
func BenchmarkShowUser(b *testing.B) {
	s := &server{config: Config{BaseURL: "https://varco.example/scim/v2"}}
	now := time.Date(2027, 1, 1, 9, 0, 0, 0, time.UTC)
	company := registry.Company{ID: "c", Name: "Meccanica Fittizia S.p.A.", State: registry.CompanyActive, Types: []string{"DATORE_PRIVATO"}}
	c := registry.Collaborator{
		ID: "u", CompanyID: "c", PersonID: "p", UserName: "CLLTTR65C14F257H", GivenName: "Ettore", FamilyName: "Collaudi",
		Card:       []byte(`{"name":{"formatted":"Ettore Collaudi"},"title":"Impiegato","emails":[{"value":"e@mecc.example","type":"work","primary":true}]}`),
		Person:     registry.Person{ID: "p", FiscalCode: "CLLTTR65C14F257H", FirstAccessAt: now},
		Employment: registry.Employment{Start: now, OpenedAt: now}, Processing: registry.Processing{Authorised: true},
		Grants:    []registry.Grant{{ID: "g", Profile: "co-sare-gestione", GrantedAt: now, ValidFrom: now}},
		CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	b.ReportAllocs()
	for b.Loop() {
		doc, _, err := s.user(c, registry.Client{Company: company}, now)
		if err != nil {
			b.Fatal(err)
		}
		if len(appendJSON(make([]byte, 0, 2048), doc)) == 0 {
			b.Fatal("nothing shown")
		}
	}
}
