package registry

import (
	"bytes"
	"context"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Edit turns the collaborator as it stands into the draft of what it shall be. It
// is pure: it may run again when transactions collide. An error it returns refuses
// the whole amendment.
type Edit func(current Collaborator, now time.Time) (Draft, error)

// Amend changes a collaborator in one step: description, unit, employment,
// processing and grants together or not at all. Active false ends the employment
// from this answer on, with every grant and session; active true on an employment
// that is over opens a new period in which no old grant comes back. It reports
// whether anything changed; an amendment that changes nothing leaves the version.
func (r *Registry) Amend(ctx context.Context, actor Actor, company CompanyID, id CollaboratorID, edit Edit) (Collaborator, bool, error) {
	var after Collaborator
	var changed bool
	var held *Error
	err := r.pass(ctx, actor, ActAmend, company, func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
		e.Target = string(id)
		cur, err := tx.Collaborator(company, id)
		if err != nil {
			return false, err
		}
		draft, err := edit(cur, at)
		if err != nil {
			return false, err
		}
		a := &amendment{tx: tx, actor: actor, at: at, entry: e, cur: cur, next: cur, draft: draft}
		if err := a.plan(); err != nil {
			return false, err
		}
		after, changed = a.next, a.changed()
		if !changed {
			return false, nil
		}
		if held, err = r.watch(a, ActEnd); err != nil {
			return false, err
		}
		if held != nil {
			return a.hold(ActEnd)
		}
		err = a.write()
		after = a.next
		return true, err
	})
	if err == nil && held != nil {
		return Collaborator{}, false, held
	}
	return after, changed, err
}

// amendment is one change of a collaborator being worked out and then written.
type amendment struct {
	tx        Tx
	actor     Actor
	at        time.Time
	entry     *AuditEntry
	cur, next Collaborator
	draft     Draft
	hiring    bool

	replaced *Employment // the period that a re-hire puts behind
	unswept  bool        // the replaced period was over without being recorded
	granted  []Grant
	ended    []Grant
	closing  EndReason // set when the period closes with this amendment
	newborn  *Person   // a person nobody had heard of

	unitsByCode map[string]Unit // read once, when needed
}

// plan works out the next state and tests every rule; it writes nothing.
func (a *amendment) plan() error {
	for _, step := range []func() error{
		a.planCard, a.planPerson, a.planUnit, a.planProcessing, a.planEmployment, a.planHold, a.planGrants,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

const (
	maxUserName  = 256  // bytes; also of every other name that is searched
	maxReference = 1024 // bytes of a reference to a document
)

func (a *amendment) planCard() error {
	d := a.draft
	switch {
	case strings.TrimSpace(d.UserName) == "":
		return refuse(Invalid, "userName: required")
	case len(d.UserName) > maxUserName:
		return refuse(Invalid, "userName: longer than %d bytes", maxUserName)
	case strings.ContainsFunc(d.UserName, unicode.IsControl):
		return refuse(Invalid, "userName: holds a control character")
	}
	if err := checkLengths(d); err != nil {
		return err
	}
	a.next.UserName, a.next.ExternalID, a.next.DisplayName = d.UserName, d.ExternalID, d.DisplayName
	a.next.GivenName, a.next.FamilyName, a.next.Card = d.GivenName, d.FamilyName, d.Card
	a.next.ThirdParty = d.ThirdParty
	return nil
}

// checkLengths bounds what is kept in columns of its own.
func checkLengths(d Draft) error {
	texts := []struct {
		field, value string
		most         int
	}{
		{"externalId", d.ExternalID, maxUserName}, {"displayName", d.DisplayName, maxUserName},
		{"name.givenName", d.GivenName, maxUserName}, {"name.familyName", d.FamilyName, maxUserName},
		{"employment.jobCode", d.JobCode, maxUserName}, {"thirdParty.appointmentRef", d.ThirdParty.AppointmentRef, maxReference},
	}
	for _, t := range texts {
		if len(t.value) > t.most {
			return refuse(Invalid, "%s: longer than %d bytes", t.field, t.most)
		}
	}
	if p := d.Processing; p != nil && len(p.DocumentRef) > maxReference {
		return refuse(Invalid, "processing.documentRef: longer than %d bytes", maxReference)
	}
	return nil
}

// planPerson binds the collaborator to a person: once, by fiscal code.
func (a *amendment) planPerson() error {
	if a.draft.FiscalCode == "" {
		return nil
	}
	code, err := ParseFiscalCode(string(a.draft.FiscalCode))
	if err != nil {
		return err
	}
	if a.cur.PersonID != "" && code.Folded() == a.cur.Person.FiscalCode.Folded() {
		return nil
	}
	p, err := a.tx.PersonByCode(code)
	if err != nil && KindOf(err) != NotFound {
		return err
	}
	if a.cur.PersonID != "" {
		if err == nil && p.ID == a.cur.PersonID {
			return nil // an alias of the same person
		}
		return refuseRule(Invalid, "mutability", "fiscalCode: cannot be changed once it is set")
	}
	if err != nil {
		p = Person{ID: newID[PersonID](), FiscalCode: code, CreatedAt: a.at}
		a.newborn = &p
	}
	a.next.PersonID, a.next.Person = p.ID, p
	return nil
}

func (a *amendment) planUnit() error {
	code, err := a.homeFor(a.draft.HomeUnit)
	if err != nil || code == a.cur.HomeUnitCode {
		return err
	}
	units, err := a.units()
	if err != nil {
		return err
	}
	u, ok := units[code]
	if !ok && code != "" {
		if a.goes() {
			return nil // nobody stays in because their unit was closed before
		}
		return refuse(Invalid, "department: the company has no open unit %.40q", code)
	}
	a.next.HomeUnit, a.next.HomeUnitCode, a.next.HomeUnitName = u.ID, u.Code, u.Name
	return a.staysHome()
}

func (a *amendment) planProcessing() error {
	if a.draft.Processing == nil {
		if a.hiring { // the client's recorded attestation stands for it
			a.next.Processing = Processing{Authorised: true, AuthorisedOn: DayOf(a.at), DocumentRef: a.actor.Attestation}
		}
		return nil
	}
	for _, s := range a.draft.Processing.Scopes {
		if !slices.Contains(Areas(), s) {
			return refuse(Invalid, "processing.scopes: %.40q is not an area of data", s)
		}
	}
	a.next.Processing = *a.draft.Processing
	if len(a.next.Processing.Scopes) == 0 {
		a.next.Processing.Scopes = nil
	}
	return nil
}

// planGrants compares the grants that stand with those the draft wants. When the
// period closes or is replaced every old grant ends, whatever the profile.
func (a *amendment) planGrants() error {
	wanted := map[Entitlement]bool{}
	for _, e := range a.draft.Entitlements {
		wanted[e] = true
	}
	held := map[Entitlement]bool{}
	for _, g := range a.cur.Grants {
		held[g.Entitlement()] = a.replaced == nil
		if !a.leaving() && !a.lost(g) {
			if wanted[g.Entitlement()] {
				continue
			}
			if err := a.checkRevocation(g); err != nil {
				return err
			}
		}
		a.ended = append(a.ended, g)
	}
	for _, e := range a.draft.Entitlements {
		if held[e] || a.goes() { // who ends somebody grants nothing: a stale list never keeps a leaver in
			continue
		}
		held[e] = true // once, however often it is named
		if err := a.planGrant(e); err != nil {
			return err
		}
	}
	a.next.Grants = a.remaining()
	return nil
}

// goes tells whether the draft's active false ends an employment that still holds.
func (a *amendment) goes() bool { return !a.hiring && !a.draft.Active && !a.cur.Over(a.at) }

// lost tells whether the authorisation to process no longer covers the grant's
// data: that is a lost quality, which ends the right like a termination (L8-08).
func (a *amendment) lost(g Grant) bool {
	p, err := ProfileByCode(g.Profile)
	return err == nil && a.cur.Processing.Covers(p.Area) && !a.next.Processing.Covers(p.Area)
}

func (a *amendment) checkRevocation(g Grant) error {
	p, err := ProfileByCode(g.Profile)
	if err != nil {
		return nil // gone from the catalogue: anybody may tidy it away
	}
	return checkAuthority(a.actor, p, g.Entitlement())
}

func (a *amendment) planGrant(e Entitlement) error {
	units, company, err := a.grantFacts(e)
	if err != nil {
		return err
	}
	if err := checkGrant(a.actor, e, a.next, company, units, a.at); err != nil {
		return err
	}
	a.granted = append(a.granted, Grant{
		ID: newID[GrantID](), CollaboratorID: a.cur.ID, Profile: e.Profile,
		UnitID: units[e.Unit].ID, UnitCode: e.Unit,
		GrantedAt: a.at, GrantedBy: a.actor.String(), ValidFrom: a.at,
	})
	return nil
}

// grantFacts reads what the rules for this entitlement look at and no more: each
// read is a round trip on the way of a hire.
func (a *amendment) grantFacts(e Entitlement) (units map[string]Unit, company Company, err error) {
	if e.Unit != "" {
		if units, err = a.units(); err != nil {
			return nil, Company{}, err
		}
	}
	if p, err := ProfileByCode(e.Profile); err == nil && p.Conditional() {
		company, err = a.tx.Company(a.cur.CompanyID)
		return units, company, err
	}
	return units, Company{}, nil
}

// remaining are the grants that stand after the amendment.
func (a *amendment) remaining() []Grant {
	gone := map[GrantID]bool{}
	for _, g := range a.ended {
		gone[g.ID] = true
	}
	var rest []Grant
	for _, g := range a.cur.Grants {
		if !gone[g.ID] {
			rest = append(rest, g)
		}
	}
	return append(rest, a.granted...)
}

func (a *amendment) units() (map[string]Unit, error) {
	if a.unitsByCode != nil {
		return a.unitsByCode, nil
	}
	units, err := a.tx.Units(a.cur.CompanyID)
	if err != nil {
		return nil, err
	}
	a.unitsByCode = make(map[string]Unit, len(units))
	for _, u := range units {
		a.unitsByCode[u.Code] = u
	}
	return a.unitsByCode, nil
}

// changed tells whether the plan differs from what is.
func (a *amendment) changed() bool {
	if len(a.granted) > 0 || len(a.ended) > 0 || a.replaced != nil || !bytes.Equal(a.cur.Card, a.next.Card) {
		return true
	}
	cur, next := a.cur, a.next
	cur.Card, next.Card, cur.Grants, next.Grants = nil, nil, nil, nil
	return !reflect.DeepEqual(cur, next)
}

// write keeps the planned state and completes the audit entry.
func (a *amendment) write() error {
	a.next.UpdatedAt, a.next.Version = a.at, a.cur.Version+1
	a.describe()
	if a.newborn != nil {
		if err := a.tx.InsertPerson(*a.newborn); err != nil {
			return err
		}
	}
	if err := a.writeCollaborator(); err != nil {
		return err
	}
	if err := a.writeGrants(); err != nil {
		return err
	}
	if err := a.settleHold(); err != nil {
		return err
	}
	if a.closing != "" {
		return recordDeadline(a.tx, a.cur.ID, a.next.Employment, a.at, a.entry)
	}
	return nil
}

func (a *amendment) writeCollaborator() error {
	if a.hiring {
		return a.tx.InsertCollaborator(a.next)
	}
	// The collaborator before its period: whoever amends at the same time must meet
	// on its row, where the second is run again, and not on the period's key.
	if err := a.tx.UpdateCollaborator(a.next); err != nil {
		return err
	}
	if !bytes.Equal(a.cur.Card, a.next.Card) {
		if err := a.tx.IndexCard(a.next); err != nil {
			return err
		}
	}
	return a.writeReplaced()
}

// writeReplaced puts the period behind that a re-hire replaces.
func (a *amendment) writeReplaced() error {
	if a.replaced == nil {
		return nil
	}
	if a.unswept {
		if err := recordDeadline(a.tx, a.cur.ID, *a.replaced, a.at, a.entry); err != nil {
			return err
		}
	}
	return a.tx.InsertPeriod(a.cur.ID, *a.replaced)
}

// writeGrants keeps new grants, ends old ones and with them every session in
// which one was released.
func (a *amendment) writeGrants() error {
	if err := a.endGrants(); err != nil {
		return err
	}
	if a.leaving() {
		if err := a.tx.EndSessions(SessionMatch{Collaborator: a.cur.ID}, a.at, a.endReason()); err != nil {
			return err
		}
	}
	if len(a.granted) == 0 {
		return nil
	}
	return a.tx.InsertGrants(a.granted)
}

// endGrants ends the grants that go, each for its reason.
func (a *amendment) endGrants() error {
	var lost, rest []GrantID
	for _, g := range a.ended {
		if !a.leaving() && a.lost(g) {
			lost = append(lost, g.ID)
		} else {
			rest = append(rest, g.ID)
		}
	}
	if err := a.endGrantsFor(EndProcessingLost, lost); err != nil {
		return err
	}
	return a.endGrantsFor(a.endReason(), rest)
}

func (a *amendment) endGrantsFor(reason EndReason, ids []GrantID) error {
	if len(ids) == 0 {
		return nil
	}
	if err := a.tx.EndGrants(ids, a.at, a.actor.String(), reason); err != nil {
		return err
	}
	if a.leaving() {
		return nil // all sessions of the collaborator end anyway
	}
	return a.tx.EndSessions(SessionMatch{Grants: ids}, a.at, reason)
}

// leaving tells whether the period that was running ends with this amendment.
func (a *amendment) leaving() bool { return a.closing != "" || a.replaced != nil }

func (a *amendment) endReason() EndReason {
	switch {
	case a.closing != "":
		return a.closing
	case a.replaced != nil:
		return a.replaced.CloseReason
	default:
		return EndRevoked
	}
}
