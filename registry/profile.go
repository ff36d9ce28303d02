package registry

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Level is where a profile is granted [livello di abilitazione]: on the whole
// company [gruppo] or on one of its units [sottogruppo] (LPT §3.1).
type Level string

// The two levels; there is no third (L3-06).
const (
	LevelGroup Level = "GROUP"
	LevelUnit  Level = "UNIT"
)

// ProfileCode names a profile in the catalogue, such as "co-sare-gestione".
type ProfileCode string

// ProfileAdministrator is the profile that lets its holder grant profiles to
// others [Amministratore, P01].
const ProfileAdministrator ProfileCode = "amministratore"

// Area is the family of data a profile touches; an authorisation to process
// personal data may be limited to some areas (L8-10).
type Area string

// Profile is one row of the catalogue [profilo] (LPT §6.1). Label and Function
// are the words of the published table.
type Profile struct {
	Code     ProfileCode
	Label    string
	Function string
	Area     Area
	Levels   []Level
	// Reserved profiles are granted and taken away by the agency alone (L6-09, L6-12).
	Reserved bool
	// AnyType: the company needs one of these types; empty means any.
	AnyType []string
	// Qualifications: the company needs all of these, in force.
	Qualifications []string
}

// CompanyType is one of the fourteen kinds of company [tipologia azienda] (LPT §3.1).
type CompanyType struct {
	Code           string
	Label          string
	LegalReference string
	OnBehalf       bool // may act for other employers [soggetto abilitato] (L3-05)
	RegisterData   bool // must declare its enrolment in a register (L5-05)
}

//go:embed catalogue.json
var catalogueFile []byte

var catalogue = loadCatalogue()

type catalogueData struct {
	Version      int
	CompanyTypes []CompanyType
	Profiles     []Profile
}

func loadCatalogue() catalogueData {
	var c catalogueData
	d := json.NewDecoder(bytes.NewReader(catalogueFile))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		panic("registry: catalogue.json: " + err.Error())
	}
	return c
}

// Profiles is the catalogue, in the order of the published table.
func Profiles() []Profile { return slices.Clone(catalogue.Profiles) }

// CompanyTypes are the fourteen types, in the order of the document.
func CompanyTypes() []CompanyType { return slices.Clone(catalogue.CompanyTypes) }

// Areas are the families of data that profiles touch, in the catalogue's order.
func Areas() []Area {
	var areas []Area
	for _, p := range catalogue.Profiles {
		if !slices.Contains(areas, p.Area) {
			areas = append(areas, p.Area)
		}
	}
	return areas
}

// ProfileByCode finds a profile in the catalogue.
func ProfileByCode(code ProfileCode) (Profile, error) {
	for _, p := range catalogue.Profiles {
		if p.Code == code {
			return p, nil
		}
	}
	return Profile{}, refuse(Invalid, "entitlements: profile %q is not in the catalogue", code)
}

// Allows tells whether the table has an X for the profile at this level (L6-02).
func (p Profile) Allows(l Level) bool { return slices.Contains(p.Levels, l) }

// Conditional tells whether the profile asks anything of the company.
func (p Profile) Conditional() bool { return len(p.AnyType) > 0 || len(p.Qualifications) > 0 }

// Missing says what the company lacks to use the profile at an instant, or "".
func (p Profile) Missing(c Company, at time.Time) string {
	if len(p.AnyType) > 0 && !slices.ContainsFunc(p.AnyType, c.HasType) {
		return "the company is none of " + strings.Join(p.AnyType, ", ")
	}
	for _, q := range p.Qualifications {
		if !c.Qualified(q, at) {
			return "the company has no qualification " + q + " in force"
		}
	}
	return ""
}

// Entitlement is a profile at a place: on the whole company, or on the unit with
// this code. It is what a connector reads and writes.
type Entitlement struct {
	Profile ProfileCode
	Unit    string // unit code; empty at group level
}

// Level of the entitlement.
func (e Entitlement) Level() Level {
	if e.Unit == "" {
		return LevelGroup
	}
	return LevelUnit
}

// String is "<profile>@group" or "<profile>@unit:<code>" (REQUIREMENTS C.3).
func (e Entitlement) String() string {
	if e.Unit == "" {
		return string(e.Profile) + "@group"
	}
	return string(e.Profile) + "@unit:" + e.Unit
}

// ParseEntitlement reads the form that String writes.
func ParseEntitlement(s string) (Entitlement, error) {
	profile, place, found := strings.Cut(s, "@")
	if found && place == "group" {
		return Entitlement{Profile: ProfileCode(profile)}, nil
	}
	if unit, ok := strings.CutPrefix(place, "unit:"); ok && unit != "" {
		return Entitlement{Profile: ProfileCode(profile), Unit: unit}, nil
	}
	return Entitlement{}, refuse(Invalid, "entitlements: %.80q is neither <profile>@group nor <profile>@unit:<code>", s)
}
