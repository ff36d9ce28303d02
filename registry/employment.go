package registry

import (
	"slices"
	"time"
)

// PreregistrationLife is how long a collaborator who never entered stays
// pre-registered.
const PreregistrationLife = 30 * 24 * time.Hour

// Relationship is the kind of bond between collaborator and company.
type Relationship string

// The kinds of relationship.
const (
	EmployeeRelationship            Relationship = "EMPLOYEE"
	CollaboratorRelationship        Relationship = "COLLABORATOR"
	ThirdPartyRelationship          Relationship = "THIRD_PARTY"
	LegalRepresentativeRelationship Relationship = "LEGAL_REPRESENTATIVE"
)

// Relationships lists the kinds.
func Relationships() []Relationship {
	return []Relationship{EmployeeRelationship, CollaboratorRelationship, ThirdPartyRelationship, LegalRepresentativeRelationship}
}

// Employment is one period in which a collaborator works for the company
// [rapporto]. The instants are UTC; legal days are turned into instants with Day.
type Employment struct {
	Start        time.Time // first instant of work
	End          time.Time // exclusive: nothing has effect from here on; zero while no end is known
	EndKnownAt   time.Time // when Varco was told of the end
	OpenedAt     time.Time // when the period was opened in Varco
	ClosedAt     time.Time // when its end was recorded: grants, sessions, deadline
	CloseReason  EndReason
	Relationship Relationship
	Stable       bool // needed for the administrator's profile (L8-03)
	JobCode      string
}

// LastDay is the last legal day of the period.
func (e Employment) LastDay() Day { return DayOf(e.End.Add(-time.Microsecond)) }

// ended tells whether the period's end has come or was recorded.
func (e Employment) ended(now time.Time) bool {
	return !e.ClosedAt.IsZero() || !e.End.IsZero() && !now.Before(e.End)
}

// Over tells whether the collaborator's employment no longer holds at an instant:
// ended, or pre-registered for too long without a first access. No right has
// effect then, whether or not anything was recorded.
func (c Collaborator) Over(now time.Time) bool {
	return c.Employment.ended(now) || c.preregistrationExpired(now)
}

// preregistrationExpired tells whether the term for the first access has passed
// without one. A first access after the term does not revive the period.
func (c Collaborator) preregistrationExpired(now time.Time) bool {
	limit := c.Employment.OpenedAt.Add(PreregistrationLife)
	if now.Before(limit) {
		return false
	}
	first := c.Person.FirstAccessAt
	return first.IsZero() || !first.Before(limit)
}

// Status is where a collaborator stands [stato dell'utenza].
type Status string

// The statuses (REQUIREMENTS C.2).
const (
	StatusPendingIdentity    Status = "PENDING_IDENTITY"
	StatusPendingFirstAccess Status = "PENDING_FIRST_ACCESS"
	StatusScheduled          Status = "SCHEDULED"
	StatusActive             Status = "ACTIVE"
	StatusTerminating        Status = "TERMINATING"
	StatusTerminated         Status = "TERMINATED"
	StatusBlocked            Status = "BLOCKED"
	StatusExpired            Status = "PREREGISTRATION_EXPIRED"
)

// Statuses lists every status.
func Statuses() []Status {
	return []Status{StatusPendingIdentity, StatusPendingFirstAccess, StatusScheduled, StatusActive,
		StatusTerminating, StatusTerminated, StatusBlocked, StatusExpired}
}

// Status of the collaborator at an instant. It is computed, never stored.
func (c Collaborator) Status(now time.Time) Status {
	switch {
	case c.Employment.CloseReason == EndPreregExpired:
		return StatusExpired
	case c.Employment.ended(now):
		return StatusTerminated
	case c.preregistrationExpired(now):
		return StatusExpired
	case c.PersonID == "":
		return StatusPendingIdentity
	case !c.Person.BlockedAt.IsZero():
		return StatusBlocked
	case c.Person.FirstAccessAt.IsZero():
		return StatusPendingFirstAccess
	case now.Before(c.Employment.Start):
		return StatusScheduled
	case !c.Employment.End.IsZero():
		return StatusTerminating
	default:
		return StatusActive
	}
}

// Processing is the company's authorisation of the collaborator to process
// personal data [autorizzazione al trattamento] (LPT §8.3).
type Processing struct {
	Authorised   bool
	AuthorisedOn Day
	DocumentRef  string
	Scopes       []Area // empty: every area
	ReviewBy     Day
}

// Covers tells whether data of the area may be processed.
func (p Processing) Covers(a Area) bool {
	return p.Authorised && (len(p.Scopes) == 0 || slices.Contains(p.Scopes, a))
}

// ThirdParty is who employs a collaborator from outside [soggetto terzo] and the
// act that appointed it processor (L8-12).
type ThirdParty struct {
	FiscalCode     CompanyCode
	AppointmentRef string
}
