package registry

import "time"

// revocationDays is how long access may outlive the employment at the very most
// (LPT §6.4 and §8.2). Calendar days, the last day of work excluded, not moved by
// holidays.
const revocationDays = 5

// Deadline is the term within which the access of a leaver must be gone [termine
// dei cinque giorni], and what became of it.
type Deadline struct {
	LastDay Day       // the last day of the employment
	DueAt   time.Time // exclusive: 00:00 Europe/Rome of the sixth day after LastDay
	DoneAt  time.Time // when access became impossible; zero while the end is still ahead
	// LateDays is 0 within the term, else how many days DoneAt lies after the term's last day.
	LateDays int
}

// Outcome says what became of a deadline.
type Outcome string

// The outcomes of a deadline.
const (
	OutcomeScheduled  Outcome = "SCHEDULED"   // the end is known and still ahead
	OutcomeWithinTerm Outcome = "WITHIN_TERM" // access became impossible in time
	OutcomeLate       Outcome = "LATE"        // the end became known after the term
)

// Outcome of the deadline.
func (d Deadline) Outcome() Outcome {
	switch {
	case d.DoneAt.IsZero():
		return OutcomeScheduled
	case d.LateDays > 0:
		return OutcomeLate
	default:
		return OutcomeWithinTerm
	}
}

// Deadline of a period of employment, as of now. There is none while no end is
// known. Access becomes impossible at the later of the end and the moment the end
// became known, because every decision tests the end itself: a late sweep is an
// alarm, it makes nobody late (REQUIREMENTS C.1).
func (e Employment) Deadline(now time.Time) (Deadline, bool) {
	if e.End.IsZero() {
		return Deadline{}, false
	}
	last := e.LastDay()
	d := Deadline{LastDay: last, DueAt: last.Add(revocationDays + 1).Start()}
	if now.Before(e.End) && e.ClosedAt.IsZero() {
		return d, true
	}
	d.DoneAt = e.End
	if e.EndKnownAt.After(d.DoneAt) {
		d.DoneAt = e.EndKnownAt
	}
	if !e.ClosedAt.IsZero() && e.ClosedAt.Before(d.DoneAt) { // a pre-registration that expired before the end
		d.DoneAt = e.ClosedAt
	}
	if !d.DoneAt.Before(d.DueAt) {
		d.LateDays = DayOf(d.DoneAt).Sub(last.Add(revocationDays))
	}
	return d, true
}
