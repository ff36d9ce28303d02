package store_test

import (
	"net/netip"
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
			UnitID: w.unit.ID, UnitCode: w.unit.Code, Strict: true, ProfileGroups: true, Quota: registry.Quota{PerSecond: 7, Burst: 9},
			Proof: registry.Proof{
				Keys: "{}", KeyURL: "https://k", Issuer: "i", Subject: "s", Audience: "a", Certificate: []byte{0, 1, 254, 255},
				Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
			},
			Attestation: "sì", CreatedAt: noon, CreatedBy: "SYSTEM:operator", ExpiresAt: noon.Add(time.Hour), Company: w.company,
		}
		later := want
		later.ID, later.CreatedAt, later.Scopes = "client-0", noon.Add(time.Second), nil
		later.UnitID, later.UnitCode, later.Proof = "", "", registry.Proof{}
		agency := later
		agency.ID, agency.CompanyID, agency.Company, agency.Agency = "client-b", "", registry.Company{}, true
		for i, id := range []registry.SecretID{"secret-b", "secret-a"} {
			want.Secrets = append(want.Secrets, registry.ClientSecret{
				ID: id, ClientID: want.ID, Hash: []byte{byte(i)}, CreatedAt: noon.Add(time.Duration(i) * time.Microsecond), CreatedBy: "x", ExpiresAt: noon.Add(time.Minute),
			})
		}
		w.must(func(tx registry.Tx) error {
			return first(tx.InsertClient(later), tx.InsertClient(want), tx.InsertClient(agency), tx.InsertSecret(want.Secrets[1]), tx.InsertSecret(want.Secrets[0]))
		})
		byID := func(rd registry.Reader) (registry.Client, error) { return rd.Client(want.ID) }
		if got := read(w, byID); !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
		all := read(w, func(rd registry.Reader) ([]registry.Client, error) { return rd.Clients(w.company.ID) })
		if !reflect.DeepEqual(all, []registry.Client{want, later}) {
			t.Errorf("got %+v\nwant %+v", all, []registry.Client{want, later})
		}
		if got := read(w, func(rd registry.Reader) ([]registry.Client, error) { return rd.Clients("") }); !reflect.DeepEqual(got, []registry.Client{agency}) {
			t.Errorf("the agency has %+v", got)
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
