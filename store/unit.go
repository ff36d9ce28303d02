package store

import (
	"cmp"
	"slices"
	"time"

	"varco/registry"
)

type unitRow struct {
	ID         text    `db:"id"`
	CompanyID  text    `db:"company_id"`
	Code       text    `db:"code"`
	Name       text    `db:"name"`
	ExternalID text    `db:"external_id"`
	CreatedAt  instant `db:"created_at"`
	UpdatedAt  instant `db:"updated_at"`
	ClosedAt   instant `db:"closed_at"`
	Version    int64   `db:"version"`
}

func newUnitRow(u registry.Unit) unitRow {
	return unitRow{
		ID: text(u.ID), CompanyID: text(u.CompanyID), Code: text(u.Code), Name: text(u.Name), ExternalID: text(u.ExternalID),
		CreatedAt: instant(u.CreatedAt), UpdatedAt: instant(u.UpdatedAt), ClosedAt: instant(u.ClosedAt), Version: u.Version,
	}
}

func (r unitRow) unit() registry.Unit {
	return registry.Unit{
		ID: registry.UnitID(r.ID), CompanyID: registry.CompanyID(r.CompanyID),
		Code: string(r.Code), Name: string(r.Name), ExternalID: string(r.ExternalID),
		CreatedAt: time.Time(r.CreatedAt), UpdatedAt: time.Time(r.UpdatedAt), ClosedAt: time.Time(r.ClosedAt), Version: r.Version,
	}
}

var unitTable = tableOf[unitRow]("unit")

var (
	selectUnits = "SELECT " + unitTable.list() + " FROM unit WHERE company_id = ? AND closed_at IS NULL"
	selectUnit  = selectUnits + " AND id = ?"
)

func (c *conn) Unit(company registry.CompanyID, id registry.UnitID) (registry.Unit, error) {
	row, err := one[unitRow](c, selectUnit, company, id)
	return row.unit(), err
}

// Units are put in order here: engines differ in the order of texts.
func (c *conn) Units(company registry.CompanyID) ([]registry.Unit, error) {
	rows, err := list[unitRow](c, selectUnits, company)
	units := each(rows, unitRow.unit)
	slices.SortFunc(units, func(a, b registry.Unit) int { return cmp.Compare(a.Code, b.Code) })
	return units, err
}

func (c *conn) InsertUnit(u registry.Unit) error {
	return c.insert(unitTable, newUnitRow(u))
}

func (c *conn) UpdateUnit(u registry.Unit) error {
	return c.succeed(unitTable, newUnitRow(u), u.ID, u.Version)
}
