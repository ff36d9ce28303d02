package samltest

import (
	"strconv"
	"strings"
	"time"

	"varco/registry"
)

// Person is somebody the test provider can vouch for.
type Person struct {
	FiscalCode registry.FiscalCode
	Name       string
	FamilyName string
}

// spidAttributes are what SPID tells of a person (attributi.rst). Date and place of
// birth and gender are those of the code.
func (p Person) spidAttributes(now time.Time) [][2]string {
	code := string(p.FiscalCode.Folded())
	day, _ := strconv.Atoi(code[9:11])
	gender := "M"
	if day > 40 {
		day, gender = day-40, "F"
	}
	month := time.Month(strings.IndexByte("ABCDEHLMPRST", code[8]) + 1)
	year, _ := strconv.Atoi(code[6:8])
	year += 2000
	if year > now.Year() {
		year -= 100
	}
	return [][2]string{
		{"spidCode", "TEST" + code[6:16]},
		{"fiscalNumber", "TINIT-" + string(p.FiscalCode)},
		{"name", p.Name},
		{"familyName", p.FamilyName},
		{"dateOfBirth", time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)},
		{"placeOfBirth", code[11:15]},
		{"gender", gender},
		{"email", strings.ToLower(code) + "@example.org"},
	}
}

// stranger is the person of a valid code that nobody announced.
func stranger(code registry.FiscalCode) Person {
	return Person{FiscalCode: code, Name: "Persona", FamilyName: "Di Prova"}
}
