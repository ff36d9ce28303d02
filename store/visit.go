package store

import (
	"time"

	"varco/registry"
)

type visitRow struct {
	ID           text    `db:"id"`
	CookieHash   digest  `db:"cookie_hash"`
	Application  text    `db:"application"`
	AppRequestID text    `db:"app_request_id"`
	ReplyTo      text    `db:"reply_to"`
	RelayState   text    `db:"relay_state"`
	MinLevel     int     `db:"min_level"`
	ForceLogin   flag    `db:"force_login"`
	LoginID      text    `db:"login_id"`
	CreatedAt    instant `db:"created_at"`
	ExpiresAt    instant `db:"expires_at"`
}

func newVisitRow(v registry.Visit) visitRow {
	return visitRow{
		ID: text(v.ID), CookieHash: v.CookieHash, Application: text(v.Application), AppRequestID: text(v.AppRequestID),
		ReplyTo: text(v.ReplyTo), RelayState: text(v.RelayState), MinLevel: v.MinLevel, ForceLogin: flag(v.ForceLogin),
		LoginID: text(v.LoginID), CreatedAt: instant(v.CreatedAt), ExpiresAt: instant(v.ExpiresAt),
	}
}

func (r visitRow) visit() registry.Visit {
	return registry.Visit{
		ID: registry.VisitID(r.ID), CookieHash: r.CookieHash, Application: string(r.Application),
		AppRequestID: string(r.AppRequestID), ReplyTo: string(r.ReplyTo), RelayState: string(r.RelayState),
		MinLevel: r.MinLevel, ForceLogin: bool(r.ForceLogin), LoginID: registry.LoginID(r.LoginID),
		CreatedAt: time.Time(r.CreatedAt), ExpiresAt: time.Time(r.ExpiresAt),
	}
}

type loginRequestRow struct {
	ID        text    `db:"id"`
	VisitID   text    `db:"visit_id"`
	IdP       text    `db:"idp"`
	Level     int     `db:"level"`
	IssuedAt  instant `db:"issued_at"`
	ExpiresAt instant `db:"expires_at"`
}

func newLoginRequestRow(q registry.LoginRequest) loginRequestRow {
	return loginRequestRow{
		ID: text(q.ID), VisitID: text(q.VisitID), IdP: text(q.IdP), Level: q.Level,
		IssuedAt: instant(q.IssuedAt), ExpiresAt: instant(q.ExpiresAt),
	}
}

func (r loginRequestRow) request() registry.LoginRequest {
	return registry.LoginRequest{
		ID: string(r.ID), VisitID: registry.VisitID(r.VisitID), IdP: string(r.IdP), Level: r.Level,
		IssuedAt: time.Time(r.IssuedAt), ExpiresAt: time.Time(r.ExpiresAt),
	}
}

type usedRow struct {
	Issuer    text    `db:"issuer"`
	ID        text    `db:"id"`
	ExpiresAt instant `db:"expires_at"`
}

var (
	visitTable        = tableOf[visitRow]("visit")
	usedTable         = tableOf[usedRow]("used_id")
	loginRequestTable = tableOf[loginRequestRow]("login_request")
)

var (
	selectVisitByCookie = "SELECT " + visitTable.list() + " FROM visit WHERE cookie_hash = ?"
	selectLoginRequest  = "SELECT " + loginRequestTable.list() + " FROM login_request WHERE id = ?"
	takeLoginRequest    = "DELETE FROM login_request WHERE id = ? RETURNING " + loginRequestTable.list()
)

const deleteVisit = "DELETE FROM visit WHERE id = ?" // its requests go with it

// forgotten are the tables whose rows expire. The requests of a visit go with it,
// so they come first.
var forgotten = []string{"login_request", "visit", "used_id", "result", departureTable.name}

func (c *conn) VisitByCookie(hash []byte) (registry.Visit, error) {
	row, err := one[visitRow](c, selectVisitByCookie, digest(hash))
	return row.visit(), err
}

func (c *conn) InsertVisit(v registry.Visit) error {
	return c.insert(visitTable, newVisitRow(v))
}

func (c *conn) UpdateVisit(v registry.Visit) error {
	return c.update(visitTable, newVisitRow(v), v.ID)
}

func (c *conn) DeleteVisit(id registry.VisitID) error {
	return c.write(change{query: deleteVisit, args: []any{id}, table: visitTable.name, reads: []string{loginRequestTable.name}})
}

func (c *conn) LoginRequest(id string) (registry.LoginRequest, error) {
	row, err := one[loginRequestRow](c, selectLoginRequest, id)
	return row.request(), err
}

func (c *conn) InsertLoginRequest(q registry.LoginRequest) error {
	return c.insert(loginRequestTable, newLoginRequestRow(q))
}

func (c *conn) TakeLoginRequest(id string) (registry.LoginRequest, error) {
	row, err := one[loginRequestRow](c, takeLoginRequest, id)
	return row.request(), err
}

func (c *conn) InsertUsed(issuer, id string, until time.Time) error {
	return c.insert(usedTable, usedRow{text(issuer), text(id), instant(until)})
}

func (c *conn) Forget(before time.Time) error {
	for _, t := range forgotten {
		n := change{query: "DELETE FROM " + t + " WHERE expires_at < ?", args: []any{instant(before)}, table: t}
		if err := c.write(n); err != nil {
			return err
		}
	}
	return nil
}
