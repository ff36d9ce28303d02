package registry

import (
	"context"
	"slices"
	"time"
)

// PreregistrationLife is how long a collaborator who never entered stays
// pre-registered, from the first day of work or from when Varco was told, whichever
// is later.
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

// FirstAccessDue is the instant by which the person must have entered once, or the
// pre-registration expires. Who is announced months ahead has the whole term from
// the first day of work.
func (e Employment) FirstAccessDue() time.Time {
	from := e.OpenedAt
	if e.Start.After(from) {
		from = e.Start
	}
	return from.Add(PreregistrationLife)
}

// LastDay is the last legal day of the period.
func (e Employment) LastDay() Day { return DayOf(e.End.Add(-time.Microsecond)) }

// ended tells whether the period's end has come or was recorded.
func (e Employment) ended(now time.Time) bool {
	return !e.ClosedAt.IsZero() || !e.End.IsZero() && !now.Before(e.End)
}

// Over tells whether the collaborator's employment no longer holds at an instant:
// ended, held beyond its term, or pre-registered for too long without a first access. No right has
// effect then, whether or not anything was recorded.
func (c Collaborator) Over(now time.Time) bool {
	return c.Employment.ended(now) || c.preregistrationExpired(now) || c.held(now)
}

// preregistrationExpired tells whether the term for the first access has passed
// without one. A first access after the term does not revive the period.
func (c Collaborator) preregistrationExpired(now time.Time) bool {
	limit := c.Employment.FirstAccessDue()
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
	case c.Employment.ended(now), c.held(now):
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

// Rehired tells whether there are periods of employment before the current one.
func (c Collaborator) Rehired() bool { return !c.Employment.OpenedAt.Equal(c.CreatedAt) }

// Periods lists every period of employment of these collaborators, oldest first,
// the current one last. It asks the store once, and not at all where nobody was
// hired again.
func (r *Registry) Periods(ctx context.Context, actor Actor, of ...Collaborator) (map[CollaboratorID][]Employment, error) {
	var again []CollaboratorID
	for _, c := range of {
		if err := may(actor, ActRead, c.CompanyID); err != nil {
			return nil, err
		}
		if c.Rehired() {
			again = append(again, c.ID)
		}
	}
	periods := make(map[CollaboratorID][]Employment, len(of))
	if again != nil {
		err := r.store.View(ctx, func(rd Reader) (err error) {
			periods, err = rd.Periods(again...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	for _, c := range of {
		periods[c.ID] = append(periods[c.ID], c.Employment)
	}
	return periods, nil
}
