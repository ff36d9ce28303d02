package store

import (
	"time"

	"varco/registry"
)

const upsertDeadline = `
INSERT INTO deadline (collaborator_id, last_day, due_at, done_at, late_days, recorded_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (collaborator_id, last_day) DO UPDATE SET
	due_at = excluded.due_at, done_at = excluded.done_at,
	late_days = excluded.late_days, recorded_at = excluded.recorded_at`

func (c *conn) InsertDeadline(id registry.CollaboratorID, d registry.Deadline, at time.Time) error {
	values := []any{id, day(d.LastDay), instant(d.DueAt), instant(d.DoneAt), d.LateDays, instant(at)}
	return c.write(change{query: upsertDeadline, args: values, table: "deadline"})
}
