package store

import (
	"time"

	"varco/registry"
)

type resultRow struct {
	ID        text    `db:"id"`
	ClientID  text    `db:"client_id"`
	Answer    text    `db:"answer"`
	Done      bool    `db:"done"`
	RenewedAt instant `db:"renewed_at"`
	ExpiresAt instant `db:"expires_at"`
}

func newResultRow(r registry.Result) resultRow {
	return resultRow{
		ID: text(r.ID), ClientID: text(r.ClientID), Answer: text(r.Answer), Done: r.Done,
		RenewedAt: instant(r.RenewedAt), ExpiresAt: instant(r.ExpiresAt),
	}
}

func (r resultRow) result() registry.Result {
	return registry.Result{
		ID: registry.ResultID(r.ID), ClientID: registry.ClientID(r.ClientID), Answer: bytesOf(r.Answer), Done: r.Done,
		RenewedAt: time.Time(r.RenewedAt), ExpiresAt: time.Time(r.ExpiresAt),
	}
}

var resultTable = tableOf[resultRow]("result")

var selectResult = "SELECT " + resultTable.as("r") + " FROM result r WHERE r.id = ?"

func (c *conn) Result(id registry.ResultID) (registry.Result, error) {
	row, err := one[resultRow](c, selectResult, id)
	return row.result(), err
}

func (c *conn) InsertResult(r registry.Result) error { return c.insert(resultTable, newResultRow(r)) }

func (c *conn) UpdateResult(r registry.Result) error {
	return c.update(resultTable, newResultRow(r), r.ID)
}
