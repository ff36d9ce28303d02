package store_test

import (
	"reflect"
	"testing"
	"time"

	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

func TestClient(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		want := registry.Client{
			ID: "client-a", CompanyID: w.company.ID, Name: "HR", Scopes: []registry.Scope{registry.ScopeRead, registry.ScopeUsers},
			TokenHash: []byte{0, 1, 254, 255}, Attestation: "sì", CreatedAt: noon, CreatedBy: "SYSTEM:operator", ExpiresAt: noon.Add(time.Hour), Company: w.company,
		}
		later := want
		later.ID, later.CreatedAt, later.Scopes = "client-0", noon.Add(time.Second), nil
		w.must(func(tx registry.Tx) error { return first(tx.InsertClient(later), tx.InsertClient(want)) })
		byID := func(rd registry.Reader) (registry.Client, error) { return rd.Client(want.ID) }
		if got := read(w, byID); !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
		all := read(w, func(rd registry.Reader) ([]registry.Client, error) { return rd.Clients(w.company.ID) })
		if !reflect.DeepEqual(all, []registry.Client{want, later}) {
			t.Errorf("got %+v\nwant %+v", all, []registry.Client{want, later})
		}
		want.RevokedAt = noon
		w.must(func(tx registry.Tx) error { return tx.UpdateClient(want) })
		if got := read(w, byID); !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
		missing(w, func(rd registry.Reader) (registry.Client, error) { return rd.Client("none") })
		if none := read(w, func(rd registry.Reader) ([]registry.Client, error) { return rd.Clients("company-b") }); len(none) > 0 {
			t.Errorf("another company has %v", none)
		}
	})
}
