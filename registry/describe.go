package registry

import (
	"bytes"
	"strings"
	"time"
)

// describe completes the audit entry: which act it was in the end, and what changed.
func (a *amendment) describe() {
	switch {
	case a.hiring:
	case a.replaced != nil:
		a.entry.Act = ActRehire
	case a.closing != "":
		a.entry.Act = ActEnd
		a.entry.Reason = string(a.closing)
	case !a.cur.HeldEndAt.IsZero() && a.next.HeldEndAt.IsZero():
		a.entry.Act = ActDismissHeld
		a.entry.changed("held.effectiveAt", stamp(a.cur.HeldEndAt), "")
	}
	a.entry.Person = a.next.PersonID
	describeCard(a.entry, a.cur, a.next)
	describeEmployment(a.entry, a.cur.Employment, a.next.Employment)
	for _, g := range a.ended {
		a.entry.changed("entitlements", g.Entitlement().String(), "")
	}
	for _, g := range a.granted {
		a.entry.changed("entitlements", "", g.Entitlement().String())
	}
}

func describeCard(e *AuditEntry, cur, next Collaborator) {
	e.changed("userName", maskedName(cur.UserName), maskedName(next.UserName))
	e.changed("externalId", cur.ExternalID, next.ExternalID)
	e.changed("displayName", cur.DisplayName, next.DisplayName)
	e.changed("name.givenName", cur.GivenName, next.GivenName)
	e.changed("name.familyName", cur.FamilyName, next.FamilyName)
	if cur.PersonID != next.PersonID {
		e.changed("fiscalCode", "", next.Person.FiscalCode.Masked())
	}
	e.changed("department", cur.HomeUnitCode, next.HomeUnitCode)
	describeProcessing(e, cur.Processing, next.Processing)
	e.changed("thirdParty.fiscalCode", string(cur.ThirdParty.FiscalCode), string(next.ThirdParty.FiscalCode))
	e.changed("thirdParty.appointmentRef", cur.ThirdParty.AppointmentRef, next.ThirdParty.AppointmentRef)
	if !bytes.Equal(cur.Card, next.Card) {
		e.changed("card", "", "changed")
	}
}

// maskedName hides a user name that is somebody's code.
func maskedName(userName string) string {
	if code, err := ParseFiscalCode(userName); err == nil {
		return code.Masked()
	}
	return userName
}

func describeProcessing(e *AuditEntry, cur, next Processing) {
	e.changed("processing.authorised", yesNo(cur.Authorised), yesNo(next.Authorised))
	e.changed("processing.authorisedOn", dayStamp(cur.AuthorisedOn), dayStamp(next.AuthorisedOn))
	e.changed("processing.documentRef", cur.DocumentRef, next.DocumentRef)
	e.changed("processing.scopes", joined(cur.Scopes), joined(next.Scopes))
	e.changed("processing.reviewBy", dayStamp(cur.ReviewBy), dayStamp(next.ReviewBy))
}

func describeEmployment(e *AuditEntry, cur, next Employment) {
	e.changed("employment.start", stamp(cur.Start), stamp(next.Start))
	e.changed("employment.end", stamp(cur.End), stamp(next.End))
	e.changed("employment.relationship", string(cur.Relationship), string(next.Relationship))
	e.changed("employment.stable", yesNo(cur.Stable), yesNo(next.Stable))
	e.changed("employment.jobCode", cur.JobCode, next.JobCode)
}

func yesNo(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

func joined(areas []Area) string {
	var names []string
	for _, a := range areas {
		names = append(names, string(a))
	}
	return strings.Join(names, " ")
}

func dayStamp(d Day) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
