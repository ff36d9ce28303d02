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

var (
	visitTable        = tableOf[visitRow]("visit")
	loginRequestTable = tableOf[loginRequestRow]("login_request")
)

var (
	selectVisitByCookie = "SELECT " + visitTable.list() + " FROM visit WHERE cookie_hash = ?"
	insertVisit         = visitTable.insert(1)
	updateVisit         = visitTable.update()
	selectLoginRequest  = "SELECT " + loginRequestTable.list() + " FROM login_request WHERE id = ?"
	insertLoginRequest  = loginRequestTable.insert(1)
	takeLoginRequest    = "DELETE FROM login_request WHERE id = ? RETURNING " + loginRequestTable.list()
)

const (
	deleteVisit = "DELETE FROM visit WHERE id = ?" // its requests go with it
	insertUsed  = "INSERT INTO used_id (issuer, id, expires_at) VALUES (?, ?, ?)"
)

// forgotten are the statements of Forget; requests of a visit go with it.
var forgotten = [...]string{
	"DELETE FROM login_request WHERE expires_at < ?",
	"DELETE FROM visit WHERE expires_at < ?",
	"DELETE FROM used_id WHERE expires_at < ?",
}

func (c *conn) VisitByCookie(hash []byte) (registry.Visit, error) {
	row, err := one[visitRow](c, selectVisitByCookie, digest(hash))
	return row.visit(), err
}

func (c *conn) InsertVisit(v registry.Visit) error {
	return c.write(insertVisit, visitTable.values(newVisitRow(v))...)
}

func (c *conn) UpdateVisit(v registry.Visit) error {
	return c.write(updateVisit, append(visitTable.values(newVisitRow(v)), v.ID)...)
}

func (c *conn) DeleteVisit(id registry.VisitID) error { return c.write(deleteVisit, id) }

func (c *conn) LoginRequest(id string) (registry.LoginRequest, error) {
	row, err := one[loginRequestRow](c, selectLoginRequest, id)
	return row.request(), err
}

func (c *conn) InsertLoginRequest(q registry.LoginRequest) error {
	return c.write(insertLoginRequest, loginRequestTable.values(newLoginRequestRow(q))...)
}

func (c *conn) TakeLoginRequest(id string) (registry.LoginRequest, error) {
	row, err := one[loginRequestRow](c, takeLoginRequest, id)
	return row.request(), err
}

func (c *conn) InsertUsed(issuer, id string, until time.Time) error {
	return c.write(insertUsed, issuer, id, instant(until))
}

func (c *conn) Forget(before time.Time) error {
	for _, statement := range forgotten {
		if err := c.write(statement, instant(before)); err != nil {
			return err
		}
	}
	return nil
}
