package store

import (
	"time"

	"varco/registry"
)

type loginRow struct {
	ID         text    `db:"id"`
	CookieHash digest  `db:"cookie_hash"`
	PersonID   text    `db:"person_id"`
	Scheme     text    `db:"scheme"`
	IdP        text    `db:"idp"`
	SpidCode   text    `db:"spid_code"`
	Level      int     `db:"level"`
	Class      text    `db:"class"`
	CreatedAt  instant `db:"created_at"`
	ExpiresAt  instant `db:"expires_at"`
	EndedAt    instant `db:"ended_at"`
	EndReason  text    `db:"end_reason"`
}

func newLoginRow(l registry.Login) loginRow {
	return loginRow{
		ID: text(l.ID), CookieHash: l.CookieHash, PersonID: text(l.PersonID), Scheme: text(l.Scheme), IdP: text(l.IdP),
		SpidCode: text(l.SpidCode), Level: l.Level, Class: text(l.Class), CreatedAt: instant(l.CreatedAt),
		ExpiresAt: instant(l.ExpiresAt), EndedAt: instant(l.EndedAt), EndReason: text(l.EndReason),
	}
}

func (r loginRow) login() registry.Login {
	return registry.Login{
		ID: registry.LoginID(r.ID), CookieHash: r.CookieHash, PersonID: registry.PersonID(r.PersonID),
		Scheme: string(r.Scheme), IdP: string(r.IdP), SpidCode: string(r.SpidCode), Level: r.Level, Class: string(r.Class),
		CreatedAt: time.Time(r.CreatedAt), ExpiresAt: time.Time(r.ExpiresAt),
		EndedAt: time.Time(r.EndedAt), EndReason: registry.EndReason(r.EndReason),
	}
}

var loginTable = tableOf[loginRow]("login")

var (
	selectLogin         = "SELECT " + loginTable.list() + " FROM login WHERE id = ?"
	selectLoginByCookie = "SELECT " + loginTable.list() + " FROM login WHERE cookie_hash = ?"
)

const endLogins = "UPDATE login SET ended_at = ?, end_reason = ? WHERE person_id = ? AND ended_at IS NULL"

func (c *conn) Login(id registry.LoginID) (registry.Login, error) {
	row, err := one[loginRow](c, selectLogin, id)
	return row.login(), err
}

func (c *conn) LoginByCookie(hash []byte) (registry.Login, error) {
	row, err := one[loginRow](c, selectLoginByCookie, digest(hash))
	return row.login(), err
}

func (c *conn) InsertLogin(l registry.Login) error {
	return c.insert(loginTable, newLoginRow(l))
}

func (c *conn) UpdateLogin(l registry.Login) error {
	return c.update(loginTable, newLoginRow(l), l.ID)
}

func (c *conn) EndLogins(person registry.PersonID, at time.Time, reason registry.EndReason) error {
	return c.write(change{query: endLogins, args: []any{instant(at), string(reason), person}, table: loginTable.name})
}
