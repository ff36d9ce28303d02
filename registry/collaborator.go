package registry

import (
	"context"
	"strings"
	"time"
	"unicode"
)

// Collaborator is a person who works for a company [collaboratore]: one person in
// one company. It is private to that company, which never learns of the others.
type Collaborator struct {
	ID        CollaboratorID
	CompanyID CompanyID
	PersonID  PersonID // empty until the fiscal code is known

	UserName    string // unique in the company among those not deleted, whatever the case
	ExternalID  string // the client's own key; unique likewise, if any
	DisplayName string
	GivenName   string
	FamilyName  string
	// Card is what else the client says of the person, in the client protocol's
	// own form: a JSON object. The registry keeps it and never reads it; a [Part] of
	// it can be searched.
	Card []byte

	HomeUnit         UnitID // empty: none, or one that was closed
	Employment       Employment
	Processing       Processing
	ThirdParty       ThirdParty
	PolicyAcceptedAt time.Time // the administrator's acceptance of the conditions of use (L2-01)

	HeldEndAt time.Time // an end that waits for a confirmation has effect from here on ([Guard]); zero: none
	CreatedAt time.Time
	UpdatedAt time.Time
	DeletedAt time.Time
	Version   int64 // counts the changes, from 1

	// Read with the collaborator, never written through it.
	Person       Person
	HomeUnitCode string
	HomeUnitName string
	Grants       []Grant // the open ones, by profile and unit code
}

// UserNameKey is the form in which user names are compared: without case, as
// Unicode folds it letter by letter (σ and ς are one, as are k and the Kelvin sign).
func UserNameKey(userName string) string { return strings.Map(foldRune, userName) }

// foldRune is the one that stands for all runes that differ in case only.
func foldRune(r rune) rune {
	if r < unicode.MaxASCII {
		return unicode.ToLower(r)
	}
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return unicode.ToLower(least)
}

// CollaboratorReader finds collaborators, each with its person, home unit and
// open grants. Deleted ones are not found.
type CollaboratorReader interface {
	Collaborator(CompanyID, CollaboratorID) (Collaborator, error)
	Collaborators(Query) (Page, error)
	// CollaboratorsOf finds a person's collaborations in every company.
	CollaboratorsOf(PersonID) ([]Collaborator, error)
	// Periods lists, for each of these, the periods of employment that a re-hire
	// replaced, oldest first; the current period, even when closed, is in the
	// collaborator.
	Periods(...CollaboratorID) (map[CollaboratorID][]Employment, error)
	// Due lists collaborators whose employment is over and not recorded as closed.
	Due(now time.Time, limit int) ([]Collaborator, error)
}

// CollaboratorWriter keeps collaborators. UpdateCollaborator writes the version
// it is given and is Stale unless the stored one is one less.
type CollaboratorWriter interface {
	InsertCollaborator(Collaborator) error
	UpdateCollaborator(Collaborator) error
	// IndexCard brings what a card is found by in line with it, after an update that
	// changed the card.
	IndexCard(Collaborator) error
	// InsertPeriod keeps a period that a re-hire replaces.
	InsertPeriod(CollaboratorID, Employment) error
	// InsertDeadline records what became of the five days of a closed period. One
	// for the same last day is replaced.
	InsertDeadline(CollaboratorID, Deadline, time.Time) error
}

// Draft is what a client wants a collaborator to be. [Collaborator.Draft] gives
// what it is.
type Draft struct {
	UserName     string
	ExternalID   string
	DisplayName  string
	GivenName    string
	FamilyName   string
	Card         []byte
	FiscalCode   FiscalCode // write-once; empty while unknown
	HomeUnit     string     // unit code; empty: none
	Active       bool       // false ends the employment now; true on an ended one opens a new period
	Stays        bool       // the client says itself that the employment goes on: an end of it that is held is withdrawn
	Start        time.Time  // zero: the day of creation or of re-hire
	End          time.Time
	Relationship Relationship // empty: EMPLOYEE
	Stable       bool
	JobCode      string
	Processing   *Processing // nil: the client's recorded attestation
	ThirdParty   ThirdParty
	EndReason    EndReason // why the employment ends, if it does; empty: TERMINATION
	Entitlements []Entitlement
}

// Draft is the collaborator as it stands at an instant.
func (c Collaborator) Draft(now time.Time) Draft {
	processing := c.Processing
	d := Draft{
		UserName: c.UserName, ExternalID: c.ExternalID, DisplayName: c.DisplayName,
		GivenName: c.GivenName, FamilyName: c.FamilyName, Card: c.Card,
		FiscalCode: c.Person.FiscalCode, HomeUnit: c.HomeUnitCode, Active: !c.Over(now),
		Start: c.Employment.Start, End: c.Employment.End, Relationship: c.Employment.Relationship,
		Stable: c.Employment.Stable, JobCode: c.Employment.JobCode,
		Processing: &processing, ThirdParty: c.ThirdParty,
	}
	for _, g := range c.Standing(now) {
		d.Entitlements = append(d.Entitlements, g.Entitlement())
	}
	return d
}

// Standing are the open grants of an employment that is not over: what the
// company gave, whether or not it has effect yet. Of an employment that is over
// there are none, even before that is recorded.
func (c Collaborator) Standing(now time.Time) []Grant {
	if c.Over(now) {
		return nil
	}
	return c.Grants
}

// Collaborator reads one collaborator of the actor's company.
func (r *Registry) Collaborator(ctx context.Context, actor Actor, company CompanyID, id CollaboratorID) (Collaborator, error) {
	if err := may(actor, ActRead, company); err != nil {
		return Collaborator{}, err
	}
	if actor.Agency {
		return r.collaboratorAnywhere(ctx, actor, id)
	}
	var c Collaborator
	err := r.view(ctx, actor, func(rd Reader) (err error) {
		c, err = rd.Collaborator(company, id)
		return err
	})
	return c, err
}

// Collaborators searches the collaborators of the actor's company.
func (r *Registry) Collaborators(ctx context.Context, actor Actor, q Query) (Page, error) {
	if err := may(actor, ActRead, q.Company); err != nil {
		return Page{}, err
	}
	if err := r.recordReading(ctx, actor, "", q.Text); err != nil {
		return Page{}, err
	}
	return r.search(ctx, actor, q)
}

func (r *Registry) search(ctx context.Context, actor Actor, q Query) (Page, error) {
	q.At = r.Now()
	var page Page
	err := r.view(ctx, actor, func(rd Reader) (err error) {
		page, err = rd.Collaborators(q)
		return err
	})
	return page, err
}
