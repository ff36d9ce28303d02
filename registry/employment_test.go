package registry

import (
	"slices"
	"testing"
	"time"
)

// standing is a collaborator in the middle of an ordinary employment: entered on
// 2027-01-11, at work since the day before.
func standing() Collaborator {
	return Collaborator{
		ID: "collaborator", CompanyID: "company", PersonID: "person", UserName: "a.collaudini",
		Person:     Person{ID: "person", FiscalCode: "CLLNDR88M28A944B", FirstAccessAt: time.Date(2027, 1, 11, 9, 0, 0, 0, time.UTC)},
		Employment: Employment{Start: romeDay(2027, 1, 10), OpenedAt: romeDay(2027, 1, 10), Relationship: EmployeeRelationship},
		Processing: Processing{Authorised: true},
	}
}

func romeDay(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, Rome).UTC() }

var noon = time.Date(2027, 2, 1, 12, 0, 0, 0, time.UTC)

func TestStatus(t *testing.T) {
	const tick = time.Microsecond
	var never time.Time
	limit := standing().Employment.OpenedAt.Add(30 * 24 * time.Hour)
	for _, tc := range []struct {
		name string
		set  func(*Collaborator)
		now  time.Time
		want Status
	}{
		{"at work", func(*Collaborator) {}, noon, StatusActive},
		{"the code is not known", func(c *Collaborator) { c.PersonID, c.Person = "", Person{} }, noon, StatusPendingIdentity},
		{"never entered", func(c *Collaborator) { c.Person.FirstAccessAt = never }, noon, StatusPendingFirstAccess},
		{"before the start", func(c *Collaborator) { c.Employment.Start = noon.Add(tick) }, noon, StatusScheduled},
		{"at the start", func(c *Collaborator) { c.Employment.Start = noon }, noon, StatusActive},
		{"the end is known", func(c *Collaborator) { c.Employment.End = noon.Add(tick) }, noon, StatusTerminating},
		{"the end has come", func(c *Collaborator) { c.Employment.End = noon }, noon, StatusTerminated},
		{"closed", func(c *Collaborator) { c.Employment.ClosedAt = noon }, noon, StatusTerminated},
		{"blocked", func(c *Collaborator) { c.Person.BlockedAt = noon }, noon, StatusBlocked},

		{"no first access, last instant of the term", func(c *Collaborator) { c.Person.FirstAccessAt = never }, limit.Add(-tick), StatusPendingFirstAccess},
		{"no first access, the term is over", func(c *Collaborator) { c.Person.FirstAccessAt = never }, limit, StatusExpired},
		{"first access in the last instant", func(c *Collaborator) { c.Person.FirstAccessAt = limit.Add(-tick) }, limit, StatusActive},
		{"first access as the term is over", func(c *Collaborator) { c.Person.FirstAccessAt = limit }, limit.Add(time.Hour), StatusExpired},
		{"first access after the term", func(c *Collaborator) { c.Person.FirstAccessAt = limit.Add(time.Hour) }, limit.Add(2 * time.Hour), StatusExpired},
		{"no code, the term is over", func(c *Collaborator) { c.PersonID, c.Person = "", Person{} }, limit, StatusExpired},
		{"expiry was recorded", func(c *Collaborator) {
			c.Person.FirstAccessAt, c.Employment.ClosedAt, c.Employment.CloseReason = never, limit, EndPreregExpired
		}, limit.Add(time.Hour), StatusExpired},

		{"ended goes before blocked", func(c *Collaborator) { c.Employment.End, c.Person.BlockedAt = noon, noon }, noon, StatusTerminated},
		{"ended goes before the missing code", func(c *Collaborator) { c.PersonID, c.Employment.ClosedAt = "", noon }, noon, StatusTerminated},
		{"ended goes before the expired term", func(c *Collaborator) { c.Person.FirstAccessAt, c.Employment.End = never, limit }, limit, StatusTerminated},
		{"expired goes before blocked", func(c *Collaborator) { c.Person.FirstAccessAt, c.Person.BlockedAt = never, noon }, limit, StatusExpired},
		{"blocked goes before never entered", func(c *Collaborator) { c.Person.FirstAccessAt, c.Person.BlockedAt = never, noon }, noon, StatusBlocked},
		{"blocked goes before scheduled", func(c *Collaborator) { c.Employment.Start, c.Person.BlockedAt = noon.Add(tick), noon }, noon, StatusBlocked},
		{"never entered goes before scheduled", func(c *Collaborator) { c.Person.FirstAccessAt, c.Employment.Start = never, noon.Add(tick) }, noon, StatusPendingFirstAccess},
		{"never entered goes before terminating", func(c *Collaborator) { c.Person.FirstAccessAt, c.Employment.End = never, noon.Add(tick) }, noon, StatusPendingFirstAccess},
		{"scheduled goes before terminating", func(c *Collaborator) { c.Employment.Start, c.Employment.End = noon.Add(tick), noon.Add(time.Hour) }, noon, StatusScheduled},
	} {
		c := standing()
		tc.set(&c)
		if got := c.Status(tc.now); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
		over := tc.want == StatusTerminated || tc.want == StatusExpired
		if c.Over(tc.now) != over {
			t.Errorf("%s: Over = %v with status %s", tc.name, !over, tc.want)
		}
	}
}

func TestStatusesAreListed(t *testing.T) {
	source := constantsOf(t, "Status")
	var listed []string
	for _, s := range Statuses() {
		listed = append(listed, string(s))
	}
	slices.Sort(source)
	slices.Sort(listed)
	if !slices.Equal(source, listed) {
		t.Errorf("Statuses() = %v, declared are %v", listed, source)
	}
}

func TestStandingGrants(t *testing.T) {
	c := standing()
	c.Grants = []Grant{{ID: "g", Profile: "co-sare-gestione"}}
	c.Employment.End = noon
	if got := c.Standing(noon.Add(-time.Microsecond)); len(got) != 1 {
		t.Errorf("before the end %d grants stand, want 1", len(got))
	}
	if got := c.Standing(noon); got != nil {
		t.Errorf("at the end %v stand, want none: nobody has recorded it yet", got)
	}
	if d := c.Draft(noon); d.Active || d.Entitlements != nil {
		t.Errorf("draft at the end: active %v, %v", d.Active, d.Entitlements)
	}
}

func TestProcessingCovers(t *testing.T) {
	for _, tc := range []struct {
		name string
		p    Processing
		want bool
	}{
		{"not authorised", Processing{}, false},
		{"not authorised, though the area is named", Processing{Scopes: []Area{"CO"}}, false},
		{"every area", Processing{Authorised: true}, true},
		{"the area is named", Processing{Authorised: true, Scopes: []Area{"OFFERTE", "CO"}}, true},
		{"another area is named", Processing{Authorised: true, Scopes: []Area{"OFFERTE"}}, false},
	} {
		if got := tc.p.Covers("CO"); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
}
