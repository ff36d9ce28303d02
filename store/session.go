package store

import (
	"time"

	"varco/registry"
)

type sessionRow struct {
	ID             text    `db:"id"`
	LoginID        text    `db:"login_id"`
	PersonID       text    `db:"person_id"`
	Application    text    `db:"application"`
	CompanyID      text    `db:"company_id"`
	CollaboratorID text    `db:"collaborator_id"`
	CreatedAt      instant `db:"created_at"`
	NotOnOrAfter   instant `db:"not_on_or_after"`
	EndedAt        instant `db:"ended_at"`
	EndReason      text    `db:"end_reason"`
}

func newSessionRow(s registry.Session) sessionRow {
	return sessionRow{
		ID: text(s.ID), LoginID: text(s.LoginID), PersonID: text(s.PersonID), Application: text(s.Application),
		CompanyID: text(s.CompanyID), CollaboratorID: text(s.CollaboratorID),
		CreatedAt: instant(s.CreatedAt), NotOnOrAfter: instant(s.NotOnOrAfter),
		EndedAt: instant(s.EndedAt), EndReason: text(s.EndReason),
	}
}

func (r sessionRow) session() registry.Session {
	return registry.Session{
		ID: registry.SessionID(r.ID), LoginID: registry.LoginID(r.LoginID), PersonID: registry.PersonID(r.PersonID),
		Application: string(r.Application), CompanyID: registry.CompanyID(r.CompanyID),
		CollaboratorID: registry.CollaboratorID(r.CollaboratorID),
		CreatedAt:      time.Time(r.CreatedAt), NotOnOrAfter: time.Time(r.NotOnOrAfter),
		EndedAt: time.Time(r.EndedAt), EndReason: registry.EndReason(r.EndReason),
	}
}

// releasedRow is a session with one of the grants released in it, if any.
type releasedRow struct {
	sessionRow
	GrantID text `db:"grant_id"`
}

type sessionGrantRow struct {
	SessionID text `db:"session_id"`
	GrantID   text `db:"grant_id"`
}

var (
	sessionTable      = tableOf[sessionRow]("session")
	sessionGrantTable = tableOf[sessionGrantRow]("session_grant")
)

var selectSession = "SELECT " + sessionTable.as("s") + ", r.grant_id FROM session s" +
	" LEFT JOIN session_grant r ON r.session_id = s.id WHERE s.id = ? ORDER BY r.grant_id"

const (
	// A session is open while it was neither ended nor has run out.
	openSession = " FROM session WHERE ended_at IS NULL AND not_on_or_after > ? AND "

	noticeSessions = `
INSERT INTO notice (id, kind, recipient, subject, created_at, attempts, due_at)
SELECT id, 'SESSION_ENDED', application, id, ?, 0, ?` + openSession
	endSessions = `
UPDATE session SET ended_at = ?, end_reason = ? WHERE id IN (SELECT id` + openSession
)

func (c *conn) Session(id registry.SessionID) (registry.Session, error) {
	rows, err := list[releasedRow](c, selectSession, id)
	if err != nil || len(rows) == 0 {
		return registry.Session{}, orNotFound(err)
	}
	s := rows[0].session()
	for _, r := range rows {
		if r.GrantID != "" {
			s.Grants = append(s.Grants, registry.GrantID(r.GrantID))
		}
	}
	return s, nil
}

const countSessions = "SELECT count(*) AS n" + openSession + "company_id = ?"

func (c *conn) OpenSessions(company registry.CompanyID, now time.Time) (int, error) {
	row, err := one[struct {
		N int `db:"n"`
	}](c, countSessions, instant(now), company)
	return row.N, err
}

func (c *conn) InsertSession(s registry.Session) error {
	if err := c.insert(sessionTable, newSessionRow(s)); err != nil || len(s.Grants) == 0 {
		return err
	}
	return c.insert(sessionGrantTable, anys(each(s.Grants, func(g registry.GrantID) any {
		return sessionGrantRow{text(s.ID), text(g)}
	}))...)
}

// EndSessions ends sessions that have neither ended nor run out, each with a
// notice for its application. A match without a field ends nothing.
func (c *conn) EndSessions(match registry.SessionMatch, at time.Time, reason registry.EndReason) error {
	where, values, reads := sessionsThat(match)
	if where == "" {
		return nil
	}
	now := instant(at)
	tell := change{
		query: noticeSessions + where, args: append([]any{now, now, now}, values...),
		table: "notice", reads: append([]string{"session"}, reads...),
	}
	if err := c.write(tell); err != nil {
		return err
	}
	return c.write(change{
		query: endSessions + where + ")", args: append([]any{now, string(reason), now}, values...),
		table: "session", reads: reads,
	})
}

// sessionsThat is the condition of a match, empty when no field of it is set, with
// its arguments and the tables that it reads besides.
func sessionsThat(match registry.SessionMatch) (where string, values []any, reads []string) {
	const released = "id IN (SELECT session_id FROM session_grant WHERE grant_id IN "
	switch {
	case match.Collaborator != "":
		return "collaborator_id = ?", []any{match.Collaborator}, nil
	case match.Person != "":
		return "person_id = ?", []any{match.Person}, nil
	case match.Company != "":
		return "company_id = ?", []any{match.Company}, nil
	case match.Login != "":
		return "login_id = ?", []any{match.Login}, nil
	case match.Unit != "":
		return released + "(SELECT id FROM entitlement_grant WHERE unit_id = ?))", []any{match.Unit}, []string{sessionGrantTable.name, grantTable.name}
	case len(match.Grants) > 0:
		return released + "(" + marks(len(match.Grants)) + "))", anys(match.Grants), []string{sessionGrantTable.name}
	default:
		return "", nil, nil
	}
}
