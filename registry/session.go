package registry

import (
	"context"
	"time"
)

// Session is what one application was told about one login: who, acting for whom,
// with which grants [sessione applicativa]. Its id is the SessionIndex.
type Session struct {
	ID             SessionID
	LoginID        LoginID
	PersonID       PersonID
	Application    string         // entityID
	CompanyID      CompanyID      // empty: as a citizen
	CollaboratorID CollaboratorID // empty: as a citizen
	Grants         []GrantID      // what was released
	CreatedAt      time.Time
	NotOnOrAfter   time.Time
	EndedAt        time.Time
	EndReason      EndReason
}

// SessionReader finds sessions.
type SessionReader interface {
	Session(SessionID) (Session, error)
	// OpenSessions counts the open sessions in which somebody acts for a company.
	OpenSessions(company CompanyID, now time.Time) (int, error)
}

// SessionWriter keeps sessions. EndSessions also puts one NoticeSessionEnded into
// the outbox for every session it ends, under the session's own id.
type SessionWriter interface {
	InsertSession(Session) error
	// EndSessions ends the open sessions that match.
	EndSessions(match SessionMatch, at time.Time, reason EndReason) error
}

// SessionMatch selects open sessions by the one field that is set.
type SessionMatch struct {
	Collaborator CollaboratorID
	Person       PersonID
	Company      CompanyID
	Login        LoginID
	Unit         UnitID    // sessions in which a grant on the unit was released
	Grants       []GrantID // sessions in which one of these was released
}

// OpenSessions counts the open sessions in which somebody acts for the company.
func (r *Registry) OpenSessions(ctx context.Context, actor Actor, company CompanyID) (int, error) {
	if err := may(actor, ActRead, company); err != nil {
		return 0, err
	}
	var n int
	err := r.store.View(ctx, func(rd Reader) (err error) {
		n, err = rd.OpenSessions(company, r.Now())
		return err
	})
	return n, err
}
