package store

import (
	"time"

	"varco/registry"
)

type personRow struct {
	ID            text    `db:"id"`
	FiscalCode    text    `db:"fiscal_code"`
	GivenName     text    `db:"given_name"`
	FamilyName    text    `db:"family_name"`
	DateOfBirth   text    `db:"date_of_birth"`
	PlaceOfBirth  text    `db:"place_of_birth"`
	Gender        text    `db:"gender"`
	Email         text    `db:"email"`
	FirstAccessAt instant `db:"first_access_at"`
	BlockedAt     instant `db:"blocked_at"`
	CreatedAt     instant `db:"created_at"`
}

func newPersonRow(p registry.Person) personRow {
	return personRow{
		ID: text(p.ID), FiscalCode: text(p.FiscalCode), GivenName: text(p.GivenName), FamilyName: text(p.FamilyName),
		DateOfBirth: text(p.DateOfBirth), PlaceOfBirth: text(p.PlaceOfBirth), Gender: text(p.Gender), Email: text(p.Email),
		FirstAccessAt: instant(p.FirstAccessAt), BlockedAt: instant(p.BlockedAt), CreatedAt: instant(p.CreatedAt),
	}
}

func (r personRow) person() registry.Person {
	return registry.Person{
		ID: registry.PersonID(r.ID), FiscalCode: registry.FiscalCode(r.FiscalCode),
		GivenName: string(r.GivenName), FamilyName: string(r.FamilyName),
		DateOfBirth: string(r.DateOfBirth), PlaceOfBirth: string(r.PlaceOfBirth), Gender: string(r.Gender), Email: string(r.Email),
		FirstAccessAt: time.Time(r.FirstAccessAt), BlockedAt: time.Time(r.BlockedAt), CreatedAt: time.Time(r.CreatedAt),
	}
}

// personCodeRow is a code, folded, under which a person is known.
type personCodeRow struct {
	Code     text `db:"code"`
	PersonID text `db:"person_id"`
}

var (
	personTable     = tableOf[personRow]("person")
	personCodeTable = tableOf[personCodeRow]("person_code")
)

var (
	selectPerson       = "SELECT " + personTable.as("p") + " FROM person p WHERE p.id = ?"
	selectPersonByCode = "SELECT " + personTable.as("p") + " FROM person_code k JOIN person p ON p.id = k.person_id WHERE k.code = ?"
)

// A first access within the term ends the wait of each of the person's collaborations.
const endWait = "UPDATE collaborator SET waiting = FALSE WHERE person_id = ? AND present AND waiting AND (opened_at > ? OR start_at > ?)"

func (c *conn) Person(id registry.PersonID) (registry.Person, error) {
	row, err := one[personRow](c, selectPerson, id)
	return row.person(), err
}

func (c *conn) PersonByCode(code registry.FiscalCode) (registry.Person, error) {
	row, err := one[personRow](c, selectPersonByCode, code.Folded())
	return row.person(), err
}

// newborn stands for the table when a person is added who never entered: what
// reads the table to see who entered, as stillWaiting does, need not see them.
const newborn = "person who never entered"

func (c *conn) InsertPerson(p registry.Person) error {
	n := change{query: personTable.insertOne, args: personTable.values(newPersonRow(p)), table: personTable.name, adds: true}
	if p.FirstAccessAt.IsZero() {
		n.table = newborn
	}
	if err := c.write(n); err != nil {
		return err
	}
	return c.InsertPersonAlias(p.ID, p.FiscalCode)
}

func (c *conn) UpdatePerson(p registry.Person) error {
	err := c.write(change{
		query: personTable.update(), args: append(personTable.changes(newPersonRow(p)), p.ID),
		table: personTable.name, reads: []string{newborn},
	})
	if err != nil || p.FirstAccessAt.IsZero() {
		return err
	}
	limit := instant(p.FirstAccessAt.Add(-registry.PreregistrationLife))
	return c.write(change{query: endWait, args: []any{p.ID, limit, limit}, table: "collaborator"})
}

func (c *conn) InsertPersonAlias(id registry.PersonID, code registry.FiscalCode) error {
	row := personCodeRow{text(code.Folded()), text(id)}
	return c.write(change{
		query: personCodeTable.insertOne, args: personCodeTable.values(row), table: personCodeTable.name, adds: true,
		finds: read{selectPersonByCode, string(row.Code)},
	})
}
