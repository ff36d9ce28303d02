package store_test

import (
	"reflect"
	"testing"

	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

func TestCompany(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for _, find := range []func(registry.Reader) (registry.Company, error){
			func(rd registry.Reader) (registry.Company, error) { return rd.Company(w.company.ID) },
			func(rd registry.Reader) (registry.Company, error) { return rd.CompanyByCode(w.company.FiscalCode) },
		} {
			if got := read(w, find); !reflect.DeepEqual(got, w.company) {
				t.Errorf("got %+v, want %+v", got, w.company)
			}
		}
		missing(w, func(rd registry.Reader) (registry.Company, error) { return rd.Company("none") })
		missing(w, func(rd registry.Reader) (registry.Company, error) { return rd.CompanyByCode("00000000000") })
	})
}

func TestCompaniesAreInOrderOfTheirCode(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for _, c := range []registry.CompanyCode{"99999999990", "RSSMRA80A01H501U", "00000000001"} {
			other := w.company
			other.ID, other.FiscalCode, other.Qualifications = registry.CompanyID(c), c, nil
			w.must(func(tx registry.Tx) error { return tx.InsertCompany(other) })
		}
		var got []registry.CompanyCode
		for _, c := range read(w, registry.Reader.Companies) {
			got = append(got, c.FiscalCode)
		}
		want := []registry.CompanyCode{"00000000001", "12345678903", "99999999990", "RSSMRA80A01H501U"}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestCompanyCodeIsUnique(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		other := w.company
		other.ID = "company-b"
		w.refused(registry.Conflict, "fiscalCode: already a company", func(tx registry.Tx) error { return tx.InsertCompany(other) })
	})
}

func TestUpdateCompany(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		c := w.company
		c.State, c.Qualifications, c.Version = registry.CompanyFrozen, nil, 2
		w.must(func(tx registry.Tx) error { return tx.UpdateCompany(c) })
		got := read(w, func(rd registry.Reader) (registry.Company, error) { return rd.Company(c.ID) })
		if !reflect.DeepEqual(got, c) {
			t.Errorf("got %+v, want %+v", got, c)
		}
		w.refused(registry.Stale, "version", func(tx registry.Tx) error { return tx.UpdateCompany(c) })
	})
}

func TestUnit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		find := func(rd registry.Reader) (registry.Unit, error) { return rd.Unit(w.company.ID, w.unit.ID) }
		if got := read(w, find); got != w.unit {
			t.Errorf("got %+v, want %+v", got, w.unit)
		}
		missing(w, func(rd registry.Reader) (registry.Unit, error) { return rd.Unit("company-b", w.unit.ID) })

		u := w.unit
		u.Name, u.ExternalID, u.Version = "Sede nuova", "", 2
		w.must(func(tx registry.Tx) error { return tx.UpdateUnit(u) })
		if got := read(w, find); got != u {
			t.Errorf("got %+v, want %+v", got, u)
		}
		w.refused(registry.Stale, "version", func(tx registry.Tx) error { return tx.UpdateUnit(u) })
	})
}

func TestUnitNamesAreUniqueAmongOpenUnits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		other := registry.Unit{ID: "unit-b", CompanyID: w.company.ID, Code: "A-1", Name: "Altra", ExternalID: w.unit.ExternalID, CreatedAt: noon, UpdatedAt: noon, Version: 1}
		insert := func(tx registry.Tx) error { return tx.InsertUnit(other) }
		w.refused(registry.Conflict, "externalId: already taken by an open unit", insert)
		other.Code, other.ExternalID = w.unit.Code, ""
		w.refused(registry.Conflict, "code: already an open unit", insert)

		closed := w.unit
		closed.ClosedAt, closed.Version = noon, 2
		w.must(func(tx registry.Tx) error { return first(tx.UpdateUnit(closed), tx.InsertUnit(other)) })
		missing(w, func(rd registry.Reader) (registry.Unit, error) { return rd.Unit(w.company.ID, w.unit.ID) })
		other.ID, other.Code = "unit-c", "A-0"
		w.must(insert)
		var codes []string
		for _, u := range read(w, func(rd registry.Reader) ([]registry.Unit, error) { return rd.Units(w.company.ID) }) {
			codes = append(codes, u.Code)
		}
		if want := []string{"A-0", "HQ"}; !reflect.DeepEqual(codes, want) {
			t.Errorf("open units %v, want %v", codes, want)
		}
	})
}

func TestAUnitBelongsToACompany(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		u := w.unit
		u.ID, u.CompanyID = "unit-b", "company-b"
		w.refused(registry.Conflict, "not there", func(tx registry.Tx) error { return tx.InsertUnit(u) })
	})
}
