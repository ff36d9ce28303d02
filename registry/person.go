package registry

import "time"

// Person is a natural person [persona fisica], one for each codice fiscale, its
// variants of omocodia and its aliases. Identity data come from identity
// providers only, never from an employer.
type Person struct {
	ID           PersonID
	FiscalCode   FiscalCode // as a provider last asserted it; until then, as an employer wrote it
	GivenName    string
	FamilyName   string
	DateOfBirth  string // YYYY-MM-DD, as asserted; empty if never
	PlaceOfBirth string // Belfiore code
	Gender       string // M or F
	Email        string
	// FirstAccessAt is the first entry as a citizen; zero means never, and no grant
	// has effect before it (L6-04, A-08).
	FirstAccessAt time.Time
	// BlockedAt is set while the agency has suspended the identity, whatever
	// provider it comes from (L8-15, L8-16).
	BlockedAt time.Time
	CreatedAt time.Time
}

// PersonReader finds people.
type PersonReader interface {
	Person(PersonID) (Person, error)
	// PersonByCode finds the person by any variant or alias of the code.
	PersonByCode(FiscalCode) (Person, error)
}

// PersonWriter keeps people. InsertPerson also records the folded code as the
// person's key, unique over all people and aliases. A key that another transaction
// has taken since it was read is no refusal: Update runs again and finds it.
type PersonWriter interface {
	InsertPerson(Person) error
	UpdatePerson(Person) error
	InsertPersonAlias(PersonID, FiscalCode) error
}
