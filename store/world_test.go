package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"varco/registry"
	"varco/store"
)

// noon is the instant from which the tests count.
var noon = time.Date(2026, 3, 2, 11, 0, 0, 123456000, time.UTC)

// world is a store with one company, one unit, one person who has entered and one
// collaborator with a grant on the unit.
type world struct {
	t            *testing.T
	store        *store.Store
	company      registry.Company
	unit         registry.Unit
	person       registry.Person
	collaborator registry.Collaborator
	grant        registry.Grant
}

func newWorld(t *testing.T, s *store.Store) *world {
	w := &world{t: t, store: s}
	w.company = registry.Company{
		ID: "company-a", FiscalCode: "12345678903", Name: "Alfa", VATNumber: "12345678903",
		Types:          []string{"DATORE_PRIVATO", "ALTRO"},
		Qualifications: []registry.Qualification{{Kind: "ACCREDITATO", From: noon, Until: noon.Add(time.Hour)}, {Kind: "CERTIFICATORE", From: noon}},
		State:          registry.CompanyActive, CreatedAt: noon, UpdatedAt: noon, Version: 1,
	}
	w.unit = registry.Unit{ID: "unit-a", CompanyID: w.company.ID, Code: "HQ", Name: "Sede", ExternalID: "ext-hq", CreatedAt: noon, UpdatedAt: noon, Version: 1}
	w.person = registry.Person{
		ID: "person-a", FiscalCode: code(1), GivenName: "Anna", FamilyName: "Rossi", DateOfBirth: "1980-01-01", PlaceOfBirth: "H501",
		Gender: "F", Email: "anna@example.com", FirstAccessAt: noon.Add(-time.Hour), CreatedAt: noon.Add(-time.Hour),
	}
	w.collaborator = w.someone("collaborator-a", "Anna.Rossi")
	w.collaborator.PersonID, w.collaborator.HomeUnit, w.collaborator.ExternalID = w.person.ID, w.unit.ID, "matricola-1"
	w.grant = registry.Grant{
		ID: "grant-a", CollaboratorID: w.collaborator.ID, Profile: "co-sare-gestione", UnitID: w.unit.ID,
		GrantedAt: noon, GrantedBy: "CLIENT:c", ValidFrom: noon, ValidUntil: noon.Add(24 * time.Hour),
	}
	w.must(func(tx registry.Tx) error {
		return first(tx.InsertCompany(w.company), tx.InsertUnit(w.unit), tx.InsertPerson(w.person),
			tx.InsertCollaborator(w.collaborator), tx.InsertGrants([]registry.Grant{w.grant}))
	})
	return w
}

// someone is a collaborator of the company of whom nothing but the name is known.
func (w *world) someone(id registry.CollaboratorID, userName string) registry.Collaborator {
	return registry.Collaborator{
		ID: id, CompanyID: w.company.ID, UserName: userName,
		Employment: registry.Employment{Start: noon, OpenedAt: noon, Relationship: registry.EmployeeRelationship},
		CreatedAt:  noon, UpdatedAt: noon, Version: 1,
	}
}

// update runs one transaction.
func (w *world) update(fn func(registry.Tx) error) error {
	return w.store.Update(context.Background(), fn)
}

func (w *world) must(fn func(registry.Tx) error) {
	w.t.Helper()
	if err := w.update(fn); err != nil {
		w.t.Fatal(err)
	}
}

// trial runs a transaction and undoes it, so that cases can share a world.
func (w *world) trial(fn func(registry.Tx)) {
	w.t.Helper()
	undo := errors.New("undo")
	err := w.update(func(tx registry.Tx) error {
		if err := whole(tx); err != nil {
			return err
		}
		fn(tx)
		return undo
	})
	if !errors.Is(err, undo) {
		w.t.Error(err)
	}
}

// whole makes an update one with BEGIN and COMMIT, on every engine: it reads after a
// write.
func whole(tx registry.Tx) error {
	if err := tx.DeleteNotice("none"); err != nil {
		return err
	}
	_, err := tx.Companies()
	return err
}

// refused runs a transaction that must fail with a kind and a text.
func (w *world) refused(kind registry.Kind, msg string, fn func(registry.Tx) error) {
	w.t.Helper()
	err := w.update(fn)
	if err == nil || registry.KindOf(err) != kind || !strings.Contains(err.Error(), msg) {
		w.t.Errorf("got %v, want a refusal of kind %d with %q", err, kind, msg)
	}
}

// read runs one read outside of a transaction.
func read[T any](w *world, fn func(registry.Reader) (T, error)) T {
	w.t.Helper()
	got, err := tryRead(w, fn)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

func tryRead[T any](w *world, fn func(registry.Reader) (T, error)) (got T, err error) {
	err = w.store.View(context.Background(), func(rd registry.Reader) (err error) {
		got, err = fn(rd)
		return err
	})
	return got, err
}

// missing checks that a read finds nothing.
func missing[T any](w *world, fn func(registry.Reader) (T, error)) {
	w.t.Helper()
	if got, err := tryRead(w, fn); err == nil || registry.KindOf(err) != registry.NotFound {
		w.t.Errorf("got %v and error %v, want NotFound", got, err)
	}
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// code is the n-th of many valid fiscal codes.
func code(n int) registry.FiscalCode {
	letters := []byte("AAAAAA")
	for i := 5; n > 0; i, n = i-1, n/26 {
		letters[i] += byte(n % 26)
	}
	return registry.FiscalCode(string(letters) + "80A01H501A").Folded()
}

// homocode is another variant of the same code.
func homocode(c registry.FiscalCode) registry.FiscalCode {
	b := []byte(c)
	b[14] = "LMNPQRSTUV"[b[14]-'0']
	for check := byte('A'); check <= 'Z'; check++ {
		b[15] = check
		if v, err := registry.ParseFiscalCode(string(b)); err == nil {
			return v
		}
	}
	panic(fmt.Sprintf("%s has no variant", c))
}

// raw is the database below a store.
func raw(t *testing.T, url string) *sql.DB {
	t.Helper()
	driver, source := "postgres", url
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, source = "sqlite", path
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// reopen opens the store at a URL for one test.
func reopen(t *testing.T, url string, opts ...store.Option) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
