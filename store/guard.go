package store

import (
	"time"

	"varco/registry"
)

type heldRow struct {
	ID             text    `db:"id"`
	CompanyID      text    `db:"company_id"`
	CollaboratorID text    `db:"collaborator_id"`
	Client         text    `db:"client"`
	Act            text    `db:"act"`
	Reason         text    `db:"reason"`
	End            instant `db:"end_at"`
	RequestedAt    instant `db:"requested_at"`
	EffectiveAt    instant `db:"effective_at"`
}

func newHeldRow(h registry.Hold) heldRow {
	return heldRow{
		ID: text(h.ID), CompanyID: text(h.CompanyID), CollaboratorID: text(h.CollaboratorID), Client: text(h.Client),
		Act: text(h.Act), Reason: text(h.Reason), End: instant(h.End), RequestedAt: instant(h.RequestedAt), EffectiveAt: instant(h.EffectiveAt),
	}
}

func (r heldRow) hold() registry.Hold {
	return registry.Hold{
		ID: registry.HoldID(r.ID), CompanyID: registry.CompanyID(r.CompanyID), CollaboratorID: registry.CollaboratorID(r.CollaboratorID),
		Client: string(r.Client), Act: registry.Act(r.Act), Reason: registry.EndReason(r.Reason), End: time.Time(r.End),
		RequestedAt: time.Time(r.RequestedAt), EffectiveAt: time.Time(r.EffectiveAt),
	}
}

type departureRow struct {
	CompanyID      text    `db:"company_id"`
	ExpiresAt      instant `db:"expires_at"`
	CollaboratorID text    `db:"collaborator_id"`
}

var (
	heldTable      = tableOf[heldRow]("held")
	departureTable = tableOf[departureRow]("departure")
)

// insertDeparture counts somebody once, who was ended twice in one instant.
var insertDeparture = departureTable.insertOne + " ON CONFLICT DO NOTHING"

var (
	selectHold  = "SELECT " + heldTable.list() + " FROM held WHERE collaborator_id = ? AND settled_at IS NULL"
	selectHolds = "SELECT " + heldTable.list() + " FROM held WHERE company_id = ? AND settled_at IS NULL ORDER BY requested_at, id"
)

const (
	countDepartures = "SELECT count(*) AS n FROM departure WHERE company_id = ? AND expires_at > ?"
	countEmployed   = "SELECT count(*) AS n FROM collaborator c WHERE c.company_id = ? AND c.present AND NOT " + over
	selectLifted    = "SELECT until_at FROM guard_lifted WHERE company_id = ?"
	settleHold      = "UPDATE held SET settled_at = ?, settled_by = ?, outcome = ? WHERE collaborator_id = ? AND settled_at IS NULL"
	liftGuard       = `
INSERT INTO guard_lifted (company_id, until_at) VALUES (?, ?)
ON CONFLICT (company_id) DO UPDATE SET until_at = excluded.until_at`
)

func (c *conn) Hold(id registry.CollaboratorID) (registry.Hold, error) {
	row, err := one[heldRow](c, selectHold, id)
	return row.hold(), err
}

func (c *conn) Holds(company registry.CompanyID) ([]registry.Hold, error) {
	rows, err := list[heldRow](c, selectHolds, company)
	return each(rows, heldRow.hold), err
}

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

func (c *conn) InsertHold(h registry.Hold) error { return c.insert(heldTable, newHeldRow(h)) }

func (c *conn) SettleHold(id registry.CollaboratorID, at time.Time, by string, outcome registry.HoldOutcome) error {
	return c.write(change{query: settleHold, args: []any{instant(at), by, text(outcome), id}, table: heldTable.name})
}

func (c *conn) InsertDeparture(company registry.CompanyID, id registry.CollaboratorID, forget time.Time) error {
	row := departureRow{text(company), instant(forget), text(id)}
	return c.write(change{query: insertDeparture, args: departureTable.values(row), table: departureTable.name, adds: true})
}

func (c *conn) LiftGuard(company registry.CompanyID, until time.Time) error {
	return c.write(change{query: liftGuard, args: []any{company, instant(until)}, table: "guard_lifted"})
}
