package scim

import (
	"time"

	"varco/registry"
)

// user shows a collaborator of the company as a User at an instant, with its version. Whether something is in effect
// is asked of the registry here, at every reading.
func (s *server) user(c registry.Collaborator, client registry.Client, now time.Time) (*object, string, error) {
	company := client.Company
	card, err := decodeCard(c.Card)
	if err != nil {
		return nil, "", err
	}
	doc := &object{members: make([]member, 0, 24)}
	doc.set("schemas", []any{urnUser, urnEnterprise, urnVarcoUser})
	doc.set("id", string(c.ID))
	doc.set("externalId", c.ExternalID)
	doc.set("userName", c.UserName)
	doc.set("name", joined(obj("familyName", c.FamilyName, "givenName", c.GivenName), card.child("name")))
	doc.set("displayName", c.DisplayName)
	doc.set("active", !c.Over(now))
	for _, m := range card.members {
		if m.name != "name" && m.name != urnEnterprise {
			doc.set(m.name, m.value)
		}
	}
	doc.set("groups", append(s.groupsOf(c, company), s.profileRefs(c, client, now)...))
	entitlements := entitlementsOf(c, now)
	doc.set("entitlements", entitlements)
	doc.set("roles", rolesOf(entitlements))
	doc.set(urnEnterprise, joined(obj("organization", company.Name, "department", c.HomeUnitCode), card.child(urnEnterprise)))
	doc.set(urnVarcoUser, varcoUser(c, company, now))
	showPeriods(doc, []registry.Employment{c.Employment})
	return doc, seal(doc, s.meta(userType, string(c.ID), c.CreatedAt, c.UpdatedAt)), nil
}

// joined appends the members of more to o.
func joined(o, more *object) *object {
	if more != nil {
		o.members = append(o.members, more.members...)
	}
	return o
}

func (s *server) meta(rt *resourceType, id string, created, modified time.Time) *object {
	return obj(
		"resourceType", rt.name,
		"created", instantText(created),
		"lastModified", instantText(modified),
		"location", s.location(rt, id),
	)
}

// location is the absolute address of a resource. RFC 7643 §3.1
func (s *server) location(rt *resourceType, id string) string {
	return s.config.BaseURL + rt.endpoint + "/" + id
}

// groupsOf are the collaborator's home unit and, around it, the company. RFC 7643 §4.1.2
func (s *server) groupsOf(c registry.Collaborator, company registry.Company) []any {
	whole := s.groupRef(string(company.ID), company.Name, "direct")
	if c.HomeUnit == "" {
		return []any{whole}
	}
	whole.set("type", "indirect")
	return []any{s.groupRef(string(c.HomeUnit), c.HomeUnitName, "direct"), whole}
}

func (s *server) groupRef(id, display, kind string) *object {
	return obj("value", id, "$ref", s.location(groupType, id), "display", display, "type", kind)
}

func entitlementsOf(c registry.Collaborator, now time.Time) []any {
	var list []any
	for _, g := range c.Standing(now) {
		e := g.Entitlement()
		list = append(list, obj("value", e.String(), "display", displayOf(e), "type", string(e.Level())))
	}
	return list
}

// displayOf is the Italian label of the profile and, at unit level, the unit.
func displayOf(e registry.Entitlement) string {
	label := string(e.Profile)
	if p, err := registry.ProfileByCode(e.Profile); err == nil {
		label = p.Label
	}
	if e.Unit == "" {
		return label
	}
	return label + " (" + e.Unit + ")"
}

func varcoUser(c registry.Collaborator, company registry.Company, now time.Time) *object {
	e := c.Employment
	ext := obj(
		"fiscalCode", string(c.Person.FiscalCode),
		"accountStatus", string(c.Status(now)),
		"firstAccessDone", !c.Person.FirstAccessAt.IsZero(),
		"employment", obj("startDate", startText(e.Start), "endDate", endText(e.End), "relationship", string(e.Relationship),
			"stable", e.Stable, "jobCode", e.JobCode),
		"processing", processingOf(c.Processing),
		"thirdParty", obj("fiscalCode", string(c.ThirdParty.FiscalCode), "appointmentRef", c.ThirdParty.AppointmentRef),
	)
	if held := c.HeldEndAt; !held.IsZero() {
		ext.set("endHeldUntil", instantText(held))
	}
	if d, known := e.Deadline(now); known {
		showDeadline(ext, d)
	}
	ext.set("scopedEntitlements", scopedEntitlements(c, company, now))
	return ext
}

func processingOf(p registry.Processing) *object {
	var scopes []any
	for _, a := range p.Scopes {
		scopes = append(scopes, string(a))
	}
	return obj("authorised", p.Authorised, "authorisedOn", dayText(p.AuthorisedOn), "documentRef", p.DocumentRef,
		"scopes", scopes, "reviewBy", dayText(p.ReviewBy))
}

// showDeadline shows the five days: the term as its last second, in Italian time (REQUIREMENTS C.1).
func showDeadline(ext *object, d registry.Deadline) {
	ext.set("revocationDueAt", d.DueAt.Add(-time.Second).In(registry.Rome).Format(time.RFC3339))
	ext.set("revocationDoneAt", instantText(d.DoneAt))
	ext.set("revocationOutcome", string(d.Outcome()))
	if !d.DoneAt.IsZero() {
		ext.set("revocationLateDays", d.LateDays)
	}
}

func scopedEntitlements(c registry.Collaborator, company registry.Company, now time.Time) []any {
	var list []any
	for _, g := range c.Standing(now) {
		p, _ := registry.ProfileByCode(g.Profile) // one that has left the catalogue is nobody's to reserve
		list = append(list, obj(
			"profile", string(g.Profile), "level", string(g.Entitlement().Level()), "unit", g.UnitCode,
			"state", string(registry.EffectOf(g, c, company, now)), "grantedBy", g.GrantedBy,
			"validFrom", instantText(g.ValidFrom), "validTo", instantText(g.ValidUntil), "reserved", p.Reserved,
		))
	}
	return list
}

// showEarlier shows the periods before the current one as well. They are no part of what makes the version: they never
// change.
func showEarlier(doc *object, periods []registry.Employment) {
	if len(periods) > 1 {
		showPeriods(doc, periods)
	}
}

// showPeriods shows periods of employment, oldest first.
func showPeriods(doc *object, periods []registry.Employment) {
	var list []any
	for _, e := range periods {
		list = append(list, obj("startDate", startText(e.Start), "endDate", endText(e.End), "openedAt", instantText(e.OpenedAt),
			"closedAt", instantText(e.ClosedAt), "reason", string(e.CloseReason)))
	}
	doc.child(urnVarcoUser).set("periods", list)
}
