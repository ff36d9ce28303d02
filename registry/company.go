package registry

import (
	"slices"
	"time"
)

// CompanyState says whether a company may act.
type CompanyState string

// The states of a company that this version knows.
const (
	CompanyActive CompanyState = "ACTIVE"
	CompanyFrozen CompanyState = "FROZEN" // by the agency; everything in its name is refused (L8-19)
)

// Company is an employer or a body that acts on the portals [azienda, gruppo].
type Company struct {
	ID             CompanyID
	FiscalCode     CompanyCode // unique and immutable (L3-01, L7-02)
	Name           string      // [denominazione]
	VATNumber      string      // [partita IVA]; not unique: a VAT group shares one
	Types          []string    // codes of CompanyType, one at least
	Qualifications []Qualification
	State          CompanyState
	CreatedAt      time.Time
	UpdatedAt      time.Time
	Version        int64
}

// Qualification is an entry of the company in a regional list [elenco regionale],
// kept by the agency.
type Qualification struct {
	Kind  string
	From  time.Time
	Until time.Time // exclusive; zero means no end
}

// HasType tells whether the company was approved with the type.
func (c Company) HasType(code string) bool { return slices.Contains(c.Types, code) }

// Qualified tells whether the company has the qualification in force at an instant.
func (c Company) Qualified(kind string, at time.Time) bool {
	return slices.ContainsFunc(c.Qualifications, func(q Qualification) bool {
		return q.Kind == kind && !at.Before(q.From) && (q.Until.IsZero() || at.Before(q.Until))
	})
}

// CompanyReader finds companies.
type CompanyReader interface {
	Company(CompanyID) (Company, error)
	CompanyByCode(CompanyCode) (Company, error)
	// CompaniesByID reads several, in no order. Those that are not there are left out.
	CompaniesByID([]CompanyID) ([]Company, error)
	// Companies lists all of them by fiscal code.
	Companies() ([]Company, error)
}

// CompanyWriter keeps companies. UpdateCompany writes the version it is given and
// is Stale unless the stored one is one less.
type CompanyWriter interface {
	InsertCompany(Company) error
	UpdateCompany(Company) error
}

// Unit is an organisational unit of a company [unità organizzativa, sottogruppo].
// It belongs to one company and has no units of its own (L3-06).
type Unit struct {
	ID         UnitID
	CompanyID  CompanyID
	Code       string // 1-32 of A-Z, 0-9, "-", "_", "."; unique among the open units of the company
	Name       string
	ExternalID string // the name a SCIM client gave it; unique among the open units, if any
	CreatedAt  time.Time
	UpdatedAt  time.Time
	ClosedAt   time.Time
	Version    int64
}

// UnitReader finds units. Closed units are not found.
type UnitReader interface {
	Unit(CompanyID, UnitID) (Unit, error)
	// Units lists the open units of a company by code.
	Units(CompanyID) ([]Unit, error)
}

// UnitWriter keeps units. UpdateUnit writes the version it is given and is Stale
// unless the stored one is one less. A unit is closed by setting ClosedAt.
type UnitWriter interface {
	InsertUnit(Unit) error
	UpdateUnit(Unit) error
}
