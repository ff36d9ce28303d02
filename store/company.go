package store

import (
	"cmp"
	"slices"
	"time"

	"varco/registry"
)

type companyRow struct {
	ID             text                     `db:"id"`
	FiscalCode     text                     `db:"fiscal_code"`
	Name           text                     `db:"name"`
	VATNumber      text                     `db:"vat_number"`
	Types          listOf[string]           `db:"types"`
	Qualifications listOf[qualificationRow] `db:"qualifications"`
	State          text                     `db:"state"`
	CreatedAt      instant                  `db:"created_at"`
	UpdatedAt      instant                  `db:"updated_at"`
	Version        number                   `db:"version"`
}

// qualificationRow is an element of a JSON column; instants are microseconds UTC.
type qualificationRow struct {
	Kind  string `json:"kind"`
	From  *int64 `json:"from,omitempty"`
	Until *int64 `json:"until,omitempty"`
}

func newCompanyRow(c registry.Company) companyRow {
	row := companyRow{
		ID: text(c.ID), FiscalCode: text(c.FiscalCode), Name: text(c.Name), VATNumber: text(c.VATNumber),
		Types: c.Types, State: text(c.State),
		CreatedAt: instant(c.CreatedAt), UpdatedAt: instant(c.UpdatedAt), Version: number(c.Version),
	}
	for _, q := range c.Qualifications {
		row.Qualifications = append(row.Qualifications, qualificationRow{q.Kind, microseconds(q.From), microseconds(q.Until)})
	}
	return row
}

func (r companyRow) company() registry.Company {
	c := registry.Company{
		ID: registry.CompanyID(r.ID), FiscalCode: registry.CompanyCode(r.FiscalCode),
		Name: string(r.Name), VATNumber: string(r.VATNumber), Types: r.Types, State: registry.CompanyState(r.State),
		CreatedAt: time.Time(r.CreatedAt), UpdatedAt: time.Time(r.UpdatedAt), Version: int64(r.Version),
	}
	for _, q := range r.Qualifications {
		c.Qualifications = append(c.Qualifications, registry.Qualification{Kind: q.Kind, From: moment(q.From), Until: moment(q.Until)})
	}
	return c
}

var companyTable = tableOf[companyRow]("company")

var (
	selectCompanies     = "SELECT " + companyTable.list() + " FROM company"
	selectCompany       = selectCompanies + " WHERE id = ?"
	selectCompanyByCode = selectCompanies + " WHERE fiscal_code = ?"
)

func (c *conn) Company(id registry.CompanyID) (registry.Company, error) {
	row, err := one[companyRow](c, selectCompany, id)
	return row.company(), err
}

func (c *conn) CompaniesByID(ids []registry.CompanyID) ([]registry.Company, error) {
	rows, err := list[companyRow](c, selectCompanies+" WHERE id IN ("+marks(len(ids))+")", anys(ids)...)
	return each(rows, companyRow.company), err
}

func (c *conn) CompanyByCode(code registry.CompanyCode) (registry.Company, error) {
	row, err := one[companyRow](c, selectCompanyByCode, code)
	return row.company(), err
}

// Companies are put in order here: engines differ in the order of texts.
func (c *conn) Companies() ([]registry.Company, error) {
	rows, err := list[companyRow](c, selectCompanies)
	companies := each(rows, companyRow.company)
	slices.SortFunc(companies, func(a, b registry.Company) int { return cmp.Compare(a.FiscalCode, b.FiscalCode) })
	return companies, err
}

func (c *conn) InsertCompany(co registry.Company) error {
	return c.insert(companyTable, newCompanyRow(co))
}

func (c *conn) UpdateCompany(co registry.Company) error {
	return c.succeed(companyTable, newCompanyRow(co), co.ID, co.Version)
}
