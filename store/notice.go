package store

import (
	"cmp"
	"slices"
	"time"

	"varco/registry"
)

type noticeRow struct {
	ID        text    `db:"id"`
	Kind      text    `db:"kind"`
	Recipient text    `db:"recipient"`
	Subject   text    `db:"subject"`
	CreatedAt instant `db:"created_at"`
	Attempts  int     `db:"attempts"`
	DueAt     instant `db:"due_at"` // when it is to be leased
}

func newNoticeRow(n registry.Notice) noticeRow {
	return noticeRow{
		ID: text(n.ID), Kind: text(n.Kind), Recipient: text(n.Recipient), Subject: text(n.Subject),
		CreatedAt: instant(n.CreatedAt), Attempts: n.Attempts, DueAt: instant(n.CreatedAt),
	}
}

func (r noticeRow) notice() registry.Notice {
	return registry.Notice{
		ID: registry.NoticeID(r.ID), Kind: registry.NoticeKind(r.Kind), Recipient: string(r.Recipient),
		Subject: string(r.Subject), CreatedAt: time.Time(r.CreatedAt), Attempts: r.Attempts,
	}
}

var noticeTable = tableOf[noticeRow]("notice")

var leaseNotices = `
UPDATE notice SET due_at = ?, attempts = attempts + 1
WHERE id IN (SELECT id FROM notice WHERE due_at <= ? ORDER BY due_at LIMIT ?) RETURNING ` + noticeTable.list()

const deleteNotice = "DELETE FROM notice WHERE id = ?"

func (c *conn) InsertNotices(notices []registry.Notice) error {
	if len(notices) == 0 {
		return nil
	}
	return c.insert(noticeTable, anys(each(notices, newNoticeRow))...)
}

// LeaseNotices gives the oldest first.
func (c *conn) LeaseNotices(now, until time.Time, limit int) ([]registry.Notice, error) {
	rows, err := list[noticeRow](c, leaseNotices, instant(until), instant(now), limit)
	notices := each(rows, noticeRow.notice)
	slices.SortFunc(notices, func(a, b registry.Notice) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return notices, err
}

func (c *conn) DeleteNotice(id registry.NoticeID) error {
	return c.write(change{query: deleteNotice, args: []any{id}, table: noticeTable.name})
}
