package store

import (
	"time"

	"varco/registry"
)

// employmentRow is a period of employment: the current one is part of its
// collaborator's row, the ones before have a table.
type employmentRow struct {
	Start        instant `db:"start_at"`
	End          instant `db:"end_at"`
	EndKnownAt   instant `db:"end_known_at"`
	OpenedAt     instant `db:"opened_at"`
	ClosedAt     instant `db:"closed_at"`
	CloseReason  text    `db:"close_reason"`
	Relationship text    `db:"relationship"`
	Stable       flag    `db:"stable"`
	JobCode      text    `db:"job_code"`
}

func newEmploymentRow(e registry.Employment) employmentRow {
	return employmentRow{
		Start: instant(e.Start), End: instant(e.End), EndKnownAt: instant(e.EndKnownAt),
		OpenedAt: instant(e.OpenedAt), ClosedAt: instant(e.ClosedAt), CloseReason: text(e.CloseReason),
		Relationship: text(e.Relationship), Stable: flag(e.Stable), JobCode: text(e.JobCode),
	}
}

func (r employmentRow) employment() registry.Employment {
	return registry.Employment{
		Start: time.Time(r.Start), End: time.Time(r.End), EndKnownAt: time.Time(r.EndKnownAt),
		OpenedAt: time.Time(r.OpenedAt), ClosedAt: time.Time(r.ClosedAt), CloseReason: registry.EndReason(r.CloseReason),
		Relationship: registry.Relationship(r.Relationship), Stable: bool(r.Stable), JobCode: string(r.JobCode),
	}
}

type periodRow struct {
	CollaboratorID text `db:"collaborator_id"`
	employmentRow
}

var periodTable = tableOf[periodRow]("employment")

// selectPeriods reads the periods of so many collaborators.
func selectPeriods(of int) string {
	return "SELECT " + periodTable.list() + " FROM employment WHERE collaborator_id IN (" + marks(of) + ") ORDER BY collaborator_id, opened_at"
}

func (c *conn) Periods(ids ...registry.CollaboratorID) (map[registry.CollaboratorID][]registry.Employment, error) {
	periods := make(map[registry.CollaboratorID][]registry.Employment, len(ids))
	rows, err := list[periodRow](c, selectPeriods(len(ids)), anys(ids)...)
	for _, r := range rows {
		id := registry.CollaboratorID(r.CollaboratorID)
		periods[id] = append(periods[id], r.employment())
	}
	return periods, err
}

func (c *conn) InsertPeriod(id registry.CollaboratorID, e registry.Employment) error {
	return c.insert(periodTable, periodRow{text(id), newEmploymentRow(e)})
}
