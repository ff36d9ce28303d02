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

var heldTable = tableOf[heldRow]("held")

const settleHold = "UPDATE held SET settled_at = ?, settled_by = ?, outcome = ? WHERE collaborator_id = ? AND settled_at IS NULL"

var (
	selectHold  = "SELECT " + heldTable.list() + " FROM held WHERE collaborator_id = ? AND settled_at IS NULL"
	selectHolds = "SELECT " + heldTable.list() + " FROM held WHERE company_id = ? AND settled_at IS NULL ORDER BY requested_at, id"
)

func (c *conn) Hold(id registry.CollaboratorID) (registry.Hold, error) {
	row, err := one[heldRow](c, selectHold, id)
	return row.hold(), err
}

func (c *conn) Holds(company registry.CompanyID) ([]registry.Hold, error) {
	rows, err := list[heldRow](c, selectHolds, company)
	return each(rows, heldRow.hold), err
}

func (c *conn) InsertHold(h registry.Hold) error { return c.insert(heldTable, newHeldRow(h)) }

func (c *conn) SettleHold(id registry.CollaboratorID, at time.Time, by string, outcome registry.HoldOutcome) error {
	return c.write(change{query: settleHold, args: []any{instant(at), by, text(outcome), id}, table: heldTable.name})
}
