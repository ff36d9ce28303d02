package store

import (
	"time"

	"varco/registry"
)

type departureRow struct {
	CompanyID      text    `db:"company_id"`
	ExpiresAt      instant `db:"expires_at"`
	CollaboratorID text    `db:"collaborator_id"`
}

var departureTable = tableOf[departureRow]("departure")

// insertDeparture counts somebody once, who was ended twice in one instant.
var insertDeparture = departureTable.insertOne + " ON CONFLICT DO NOTHING"

const (
	countDepartures = "SELECT count(*) AS n FROM departure WHERE company_id = ? AND expires_at > ?"
	countEmployed   = "SELECT count(*) AS n FROM collaborator c WHERE c.company_id = ? AND c.present AND NOT " + over
	selectLifted    = "SELECT until_at FROM guard_lifted WHERE company_id = ?"
	liftGuard       = `
INSERT INTO guard_lifted (company_id, until_at) VALUES (?, ?)
ON CONFLICT (company_id) DO UPDATE SET until_at = excluded.until_at`
)

func (c *conn) Departures(company registry.CompanyID, now time.Time) (int, error) {
	counted, err := one[countRow](c, countDepartures, company, instant(now))
	return counted.N, err
}

func (c *conn) Employed(company registry.CompanyID, now time.Time) (int, error) {
	counted, err := one[countRow](c, countEmployed, append([]any{company}, overArgs(now)...)...)
	return counted.N, err
}

type liftedRow struct {
	Until instant `db:"until_at"`
}

func (c *conn) GuardLiftedUntil(company registry.CompanyID) (time.Time, error) {
	rows, err := list[liftedRow](c, selectLifted, company)
	if err != nil || len(rows) == 0 {
		return time.Time{}, err
	}
	return time.Time(rows[0].Until), nil
}

func (c *conn) InsertDeparture(company registry.CompanyID, id registry.CollaboratorID, forget time.Time) error {
	row := departureRow{text(company), instant(forget), text(id)}
	return c.write(change{query: insertDeparture, args: departureTable.values(row), table: departureTable.name, adds: true})
}

func (c *conn) LiftGuard(company registry.CompanyID, until time.Time) error {
	return c.write(change{query: liftGuard, args: []any{company, instant(until)}, table: "guard_lifted"})
}
