package scim

import (
	"net/http"
	"strings"

	"varco/registry"
)

func (s *server) findGroups(x *exchange, p page) (found, error) {
	projection, err := newProjection(groupType, x.query)
	if err != nil {
		return found{}, err
	}
	if x.client.Agency { // groups are a company's
		return found{}, nil
	}
	units, err := s.reg.Units(x.Context(), x.actor, x.company)
	if err != nil {
		return found{}, err
	}
	company, _ := s.companyGroup(x.client.Company, s.reg.Now())
	all := []*object{company}
	for _, u := range units {
		doc, _ := s.unitGroup(u)
		all = append(all, doc)
	}
	profiles, err := s.profileGroups(x)
	if err != nil {
		return found{}, err
	}
	for _, g := range profiles {
		doc, _ := s.showProfile(g)
		all = append(all, doc)
	}
	f, err := x.findAmong(groupType, all, p, func(e expr) (expr, error) { return s.byMember(x, e) })
	if err != nil {
		return found{}, err
	}
	if err := s.addMembers(x, f.shown, projection); err != nil {
		return found{}, err
	}
	for i, doc := range f.shown {
		f.shown[i] = projection.apply(doc)
	}
	return f, nil
}

func (s *server) getGroup(x *exchange) (answer, error) {
	p, err := newProjection(groupType, x.query)
	if err != nil {
		return answer{}, err
	}
	if x.client.Agency {
		return answer{}, absentResource(groupType)
	}
	if x.isProfile() {
		return s.getProfileGroup(x, p)
	}
	if !x.isCompany() {
		u, err := s.reg.Unit(x.Context(), x.actor, x.company, registry.UnitID(x.id))
		if err != nil {
			return answer{}, err
		}
		doc, version := s.unitGroup(u)
		return s.showGroup(x, http.StatusOK, doc, version, p)
	}
	doc, version := s.companyGroup(x.client.Company, s.reg.Now())
	return s.showGroup(x, http.StatusOK, doc, version, p)
}

// showGroup answers with one group. The version covers all but the members, so a client that is shown the members is
// never told that it has them already.
func (s *server) showGroup(x *exchange, status int, doc *object, version string, p projection) (answer, error) {
	if !p.wants("members") {
		return x.resource(status, doc, version, p), nil
	}
	if err := s.addMembers(x, []*object{doc}, p); err != nil {
		return answer{}, err
	}
	return answer{status: status, doc: p.apply(doc), version: version, partial: true}, nil
}

func (s *server) unitGroup(u registry.Unit) (*object, string) {
	parent := string(u.CompanyID)
	doc := obj(
		"schemas", []any{urnGroup, urnVarcoGroup},
		"id", string(u.ID), "externalId", u.ExternalID, "displayName", u.Name,
		urnVarcoGroup, obj("kind", kindUnit, "code", u.Code, "status", "ACTIVE",
			"parent", obj("value", parent, "$ref", s.location(groupType, parent))),
	)
	return doc, seal(doc, s.meta(groupType, string(u.ID), u.CreatedAt, u.UpdatedAt))
}

func (s *server) postGroup(x *exchange) (answer, error) {
	p, err := newProjection(groupType, x.query)
	if err != nil {
		return answer{}, err
	}
	body, err := x.body()
	if err != nil {
		return answer{}, err
	}
	doc, err := groupType.document(body, x.dialect())
	if err != nil {
		return answer{}, err
	}
	if err := s.notAProfile(x, doc.text("displayName")); err != nil {
		return answer{}, err
	}
	made := registry.NewUnit{Name: doc.text("displayName"), ExternalID: doc.text("externalId"), Code: codeOf(doc)}
	u, err := s.reg.OpenUnit(x.Context(), x.actor, x.company, made, memberIDs(doc.list("members")))
	if err != nil {
		return answer{}, err
	}
	shown, version := s.unitGroup(u)
	a, err := s.showGroup(x, http.StatusCreated, shown, version, p)
	a.location = s.location(groupType, string(u.ID))
	return a, err
}

// codeOf is the code a new unit gets: what the client says, or its externalId or name made into one, for clients that
// know no attribute of ours.
func codeOf(doc *object) string {
	if code := doc.child(urnVarcoGroup).text("code"); code != "" {
		return strings.ToUpper(code)
	}
	name := doc.text("externalId")
	if name == "" {
		name = doc.text("displayName")
	}
	code := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' {
			return r
		}
		return '-'
	}, strings.ToUpper(name))
	return strings.Trim(code[:min(len(code), 32)], "-")
}

// putGroup replaces a unit's name, external id and, where the body names them, its members.
func (s *server) putGroup(x *exchange) (answer, error) {
	body, err := x.body()
	if err != nil {
		return answer{}, err
	}
	if x.isCompany() {
		return answer{}, companyIsReadOnly()
	}
	doc, err := groupType.document(body, x.dialect())
	if err != nil {
		return answer{}, err
	}
	var delta memberDelta
	if groupType.named(body, "members") {
		delta.replace(memberIDs(doc.list("members")))
	}
	return s.changeGroup(x, delta, func(current *object) (*object, error) {
		code := groupType.extended[urnVarcoGroup].find("code")
		if given := code.in(doc); given != nil {
			return doc, code.mayBecome(code.in(current), given)
		}
		return doc, nil
	}, http.StatusOK)
}

// patchGroup changes a unit. Its members are never loaded: what is said of them becomes a list to join and one to leave.
func (s *server) patchGroup(x *exchange) (answer, error) {
	body, err := x.body()
	if err != nil {
		return answer{}, err
	}
	changes, err := decodePatch(groupType, body, x.dialect())
	if err != nil {
		return answer{}, err
	}
	if x.isCompany() {
		return answer{}, companyIsReadOnly()
	}
	delta, rest, err := splitMembers(changes)
	if err != nil {
		return answer{}, err
	}
	return s.changeGroup(x, delta, func(current *object) (*object, error) { return patch(current, rest) }, http.StatusNoContent)
}

func (s *server) changeGroup(x *exchange, delta memberDelta, edit func(*object) (*object, error), status int) (answer, error) {
	if x.isProfile() {
		return s.changeProfileGroup(x, delta, edit, status)
	}
	return s.changeUnit(x, delta, edit, status)
}

// changeUnit changes a unit through the registry's one verb for it. It answers without a body where the status says so
// and the client asked for no attributes.
func (s *server) changeUnit(x *exchange, delta memberDelta, edit func(*object) (*object, error), status int) (answer, error) {
	p, err := newProjection(groupType, x.query)
	if err != nil {
		return answer{}, err
	}
	u, _, err := s.reg.ChangeUnit(x.Context(), x.actor, x.company, registry.UnitID(x.id), registry.MemberDelta(delta), func(u registry.Unit) (registry.UnitDraft, error) {
		current, version := s.unitGroup(u)
		if err := x.expects(version); err != nil {
			return registry.UnitDraft{}, err
		}
		next, err := edit(current)
		if err != nil {
			return registry.UnitDraft{}, asRefusal(err)
		}
		return registry.UnitDraft{Name: next.text("displayName"), ExternalID: next.text("externalId")}, nil
	})
	if err != nil {
		return answer{}, err
	}
	doc, version := s.unitGroup(u)
	if status == http.StatusNoContent && p.only == nil {
		return answer{status: status, version: version}, nil
	}
	return s.showGroup(x, http.StatusOK, doc, version, p)
}

func (s *server) deleteGroup(x *exchange) (answer, error) {
	if x.isCompany() {
		return answer{}, companyCannotBeDeleted()
	}
	if x.isProfile() {
		return answer{}, profileCannotBeDeleted()
	}
	err := s.reg.CloseUnit(x.Context(), x.actor, x.company, registry.UnitID(x.id), func(u registry.Unit) error {
		_, version := s.unitGroup(u)
		return x.expects(version)
	})
	return answer{status: http.StatusNoContent}, err
}
