package saml

import (
	"strings"
	"time"
)

// Identity is the person an identity provider vouches for, as SPID's attributes
// tell it (attributi.rst). CIE tells the first four only.
type Identity struct {
	FiscalCode   string // without the prefix TINIT-; not checked here
	Name         string
	FamilyName   string
	DateOfBirth  string // YYYY-MM-DD
	PlaceOfBirth string // Belfiore code
	Gender       string // M or F
	Email        string
	SpidCode     string
}

// IdentityOf reads the person out of an assertion.
func IdentityOf(a Assertion) (Identity, error) {
	const rule = "Assertion/AttributeStatement/fiscalNumber"
	code, ok := strings.CutPrefix(a.first("fiscalNumber"), spidIssuer)
	if !ok || len(a.Attributes["fiscalNumber"]) != 1 {
		return Identity{}, refuse(103, rule, "is not one value that begins with %s", spidIssuer)
	}
	born := a.first("dateOfBirth")
	if _, err := time.Parse(time.DateOnly, born); born != "" && err != nil {
		return Identity{}, refuse(103, "Assertion/AttributeStatement/dateOfBirth", "is not a date YYYY-MM-DD")
	}
	return Identity{
		FiscalCode:   code,
		Name:         a.first("name"),
		FamilyName:   a.first("familyName"),
		DateOfBirth:  born,
		PlaceOfBirth: a.first("placeOfBirth"),
		Gender:       a.first("gender"),
		Email:        a.first("email"),
		SpidCode:     a.first("spidCode"),
	}, nil
}

// first is the first value of an attribute, "" when there is none.
func (a Assertion) first(name string) string {
	if values := a.Attributes[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}
