package registry

import (
	"slices"
	"strconv"
	"time"
)

// planEmployment works out what the draft means for the current period.
func (a *amendment) planEmployment() error {
	if err := a.takeHeld(); err != nil {
		return err
	}
	d := a.draft
	d.Start, d.End = instant(d.Start), instant(d.End)
	if d.Relationship == "" {
		d.Relationship = EmployeeRelationship
	}
	if !slices.Contains(Relationships(), d.Relationship) {
		return refuse(Invalid, "employment.relationship: %.40q is not one of %v", d.Relationship, Relationships())
	}
	over := a.cur.Over(a.at)
	if a.hiring {
		a.next.Employment.OpenedAt, over = a.at, false
	}
	a.next.Employment.Relationship = d.Relationship
	a.next.Employment.Stable, a.next.Employment.JobCode = d.Stable, d.JobCode
	switch {
	case over && d.Active:
		return a.reopen(d)
	case over:
		return a.correctEnd(d)
	default:
		return a.schedule(d)
	}
}

// schedule sets start and end of the running period; an end that has come, or
// active false, closes it at once.
func (a *amendment) schedule(d Draft) error {
	e := &a.next.Employment
	e.Start = d.Start
	if e.Start.IsZero() {
		e.Start = DayOf(a.at).Start()
	}
	if err := checkOrder(e.Start, d.End); err != nil {
		return err
	}
	if !d.End.Equal(e.End) {
		e.End, e.EndKnownAt = d.End, a.at
		if d.End.IsZero() {
			e.EndKnownAt = time.Time{}
		}
	}
	if !d.Active && (e.End.IsZero() || e.End.After(a.at)) {
		e.End, e.EndKnownAt = a.at, a.at
	}
	if a.next.Employment.ended(a.at) {
		a.close(d.EndReason)
	}
	return nil
}

// reopen puts the period that is over behind and opens a new one, in which
// nothing of the old one has effect (re-hire, REQUIREMENTS C.3).
func (a *amendment) reopen(d Draft) error {
	old := a.cur.Employment
	if old.ClosedAt.IsZero() { // over, and no sweep has come by yet
		old.ClosedAt, old.CloseReason = a.at, a.cur.overReason(a.at)
		a.unswept = true
	}
	a.replaced = &old
	start, end := d.Start, d.End
	if start.IsZero() || start.Equal(old.Start) && !start.After(a.at) { // a first day still ahead stays: no right before it
		start = DayOf(a.at).Start()
	}
	if end.Equal(old.End) && !end.After(a.at) { // an end still ahead stays (the pre-registration expired before it)
		end = time.Time{}
	}
	if !end.IsZero() && !end.After(a.at) {
		return refuse(Invalid, "employment.endDate: lies in the past, which contradicts active true")
	}
	if err := checkOrder(start, end); err != nil {
		return err
	}
	fresh := Employment{Start: start, End: end, OpenedAt: a.at,
		Relationship: a.next.Employment.Relationship, Stable: d.Stable, JobCode: d.JobCode}
	if !end.IsZero() {
		fresh.EndKnownAt = a.at
	}
	a.next.Employment, a.next.HeldEndAt = fresh, time.Time{}
	return nil
}

// correctEnd changes the last day of a period that is over. The moment access
// became impossible stays what it was.
func (a *amendment) correctEnd(d Draft) error {
	e := &a.next.Employment
	if !d.End.IsZero() && !d.End.Equal(e.End) {
		if d.End.After(a.at) {
			return refuse(Invalid, "employment.endDate: the employment has ended; send active true to open a new period")
		}
		if err := checkOrder(e.Start, d.End); err != nil {
			return err
		}
		done := e.End
		if e.EndKnownAt.After(done) {
			done = e.EndKnownAt
		}
		e.End, e.EndKnownAt = d.End, done
		a.close(e.CloseReason)
		return nil
	}
	if e.ClosedAt.IsZero() {
		a.close(a.cur.overReason(a.at))
	}
	return nil
}

// close marks the period as closed with this amendment.
func (a *amendment) close(reason EndReason) {
	if reason == "" {
		reason = EndTermination
	}
	a.closing, a.next.HeldEndAt = reason, time.Time{}
	a.next.Employment.CloseReason = reason
	if a.next.Employment.ClosedAt.IsZero() {
		a.next.Employment.ClosedAt = a.at
	}
}

func checkOrder(start, end time.Time) error {
	if !end.IsZero() && !end.After(start) {
		return refuse(Invalid, "employment.endDate: lies before employment.startDate")
	}
	return nil
}

// overReason says why a period that nobody closed is over.
func (c Collaborator) overReason(now time.Time) EndReason {
	switch {
	case c.held(now) && c.Employment.CloseReason != "":
		return c.Employment.CloseReason
	case !c.Employment.ended(now) && c.preregistrationExpired(now):
		return EndPreregExpired
	default:
		return EndTermination
	}
}

// recordDeadline keeps what became of the five days and tells the agency when the
// end became known too late.
func recordDeadline(tx Tx, id CollaboratorID, period Employment, at time.Time, e *AuditEntry) error {
	d, known := period.Deadline(at)
	if !known {
		return nil
	}
	e.changed("deadline", "", string(d.Outcome()))
	if d.LateDays > 0 {
		e.changed("deadline.lateDays", "", strconv.Itoa(d.LateDays))
		notice := Notice{ID: newID[NoticeID](), Kind: NoticeRevocationLate, Recipient: "agency", Subject: string(id), CreatedAt: at}
		if err := tx.InsertNotices([]Notice{notice}); err != nil {
			return err
		}
	}
	return tx.InsertDeadline(id, d, at)
}
