package scim

import (
	"slices"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"

	"varco/registry"
)

// maxMembers is how many members of a group are shown; more are found by listing the users with groups.value eq.
const maxMembers = 1000

// addMembers shows who is in these groups, if the client wants to know: in the company its units and its
// collaborators, in a unit those whose home it is. Of a member nothing is read but its id and name, of all units
// together with one statement.
func (s *server) addMembers(x *exchange, groups []*object, p projection) error {
	if !p.wants("members") {
		return nil
	}
	var units []registry.UnitID
	for _, g := range groups {
		var err error
		switch id := g.text("id"); {
		case id == string(x.company):
			err = s.addEverybody(x, g)
		case strings.HasPrefix(id, profilePrefix):
			err = s.addHolders(x, g)
		default:
			units = append(units, registry.UnitID(id))
		}
		if err != nil {
			return err
		}
	}
	found, err := s.reg.Members(x.Context(), x.actor, x.company, units, maxMembers)
	if err != nil {
		return err
	}
	members := map[string][]any{}
	for _, m := range found {
		members[string(m.Home)] = append(members[string(m.Home)], s.userRef(m))
	}
	for _, g := range groups {
		if list := members[g.text("id")]; list != nil {
			g.set("members", list)
		}
	}
	return nil
}

// addEverybody shows the company's units and its collaborators.
func (s *server) addEverybody(x *exchange, company *object) error {
	units, err := s.reg.Units(x.Context(), x.actor, x.company)
	if err != nil {
		return err
	}
	var list []any
	for _, u := range units {
		list = append(list, s.memberRef(groupType, string(u.ID), u.Name))
	}
	staff, err := s.reg.Staff(x.Context(), x.actor, x.company, max(maxMembers-len(list), 0))
	if err != nil {
		return err
	}
	for _, m := range staff {
		list = append(list, s.userRef(m))
	}
	company.set("members", list)
	return nil
}

func (s *server) userRef(m registry.Member) *object {
	return s.memberRef(userType, string(m.ID), m.Name)
}

func (s *server) memberRef(rt *resourceType, id, display string) *object {
	return obj("value", id, "$ref", s.location(rt, id), "type", rt.name, "display", display)
}

// byMember answers the terms of a filter that ask for a member: each becomes the ids of the groups that the member is
// in, its home unit and the company, found by its id. Other questions about members are refused where the filter is
// evaluated.
func (s *server) byMember(x *exchange, e expr) (expr, error) {
	switch e := e.(type) {
	case andExpr:
		terms, err := s.allByMember(x, e)
		return andExpr(terms), err
	case orExpr:
		terms, err := s.allByMember(x, e)
		return orExpr(terms), err
	case notExpr:
		inner, err := s.byMember(x, e.expr)
		return notExpr{inner}, err
	case valuePath:
		if ids, ok := selectedIDs(e.filter); ok && groupType.isMembers(e.path) {
			return s.groupsWith(x, ids)
		}
	case comparison:
		id, isText := e.value.(string)
		if isText && e.op == "eq" && groupType.isMembers(e.path) && (e.path.sub == "" || strings.EqualFold(e.path.sub, "value")) {
			return s.groupsWith(x, []registry.CollaboratorID{registry.CollaboratorID(id)})
		}
	}
	return e, nil
}

func (s *server) allByMember(x *exchange, terms []expr) ([]expr, error) {
	var out []expr
	for _, t := range terms {
		e, err := s.byMember(x, t)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

func (rt *resourceType) isMembers(p attrPath) bool {
	a := rt.find(p.urn, p.name)
	return a != nil && a.label == rt.apart
}

// groupsWith is the filter for the groups in which one of the ids is a member; a unit is one of the company's.
func (s *server) groupsWith(x *exchange, ids []registry.CollaboratorID) (expr, error) {
	found := orExpr{}
	add := func(group string) { found = append(found, comparison{attrPath{name: "id"}, "eq", group}) }
	for _, id := range ids {
		c, err := s.reg.Collaborator(x.Context(), x.actor, x.company, id)
		if err == nil {
			add(string(x.company))
			if c.HomeUnit != "" {
				add(string(c.HomeUnit))
			}
			for _, ref := range s.profileRefs(c, x.client, s.reg.Now()) {
				add(ref.(*object).text("value"))
			}
			continue
		}
		_, unitErr := s.reg.Unit(x.Context(), x.actor, x.company, registry.UnitID(id))
		if unitErr == nil {
			add(string(x.company))
		}
		for _, err := range []error{err, unitErr} {
			if err != nil && registry.KindOf(err) != registry.NotFound && registry.KindOf(err) != registry.Invalid {
				return nil, err
			}
		}
	}
	return found, nil
}

func memberIDs(list []any) []registry.CollaboratorID {
	var ids []registry.CollaboratorID
	for _, v := range list {
		ids = append(ids, registry.CollaboratorID(v.(*object).text("value")))
	}
	return ids
}

// memberDelta adds up what a request does to the members of a unit. Nobody is in both lists.
type memberDelta registry.MemberDelta

func (d *memberDelta) add(ids []registry.CollaboratorID) {
	d.Leave = minus(d.Leave, ids)
	d.Join = append(minus(d.Join, ids), ids...)
}

func (d *memberDelta) remove(ids []registry.CollaboratorID) {
	d.Join = minus(d.Join, ids)
	d.Leave = append(minus(d.Leave, ids), ids...)
}

func (d *memberDelta) replace(ids []registry.CollaboratorID) {
	*d = memberDelta{Join: ids, Only: true}
}

func minus(from, ids []registry.CollaboratorID) []registry.CollaboratorID {
	gone := make(map[registry.CollaboratorID]bool, len(ids))
	for _, id := range ids {
		gone[id] = true
	}
	return slices.DeleteFunc(slices.Clone(from), func(id registry.CollaboratorID) bool { return gone[id] })
}

// splitMembers takes the changes to members out of a PATCH and adds them up.
func splitMembers(changes []change) (memberDelta, []change, error) {
	var delta memberDelta
	var rest []change
	for _, c := range changes {
		if c.attr.name != "members" {
			rest = append(rest, c)
			continue
		}
		if err := delta.take(c); err != nil {
			return delta, nil, within(c.where, err)
		}
	}
	return delta, rest, nil
}

func (d *memberDelta) take(c change) error {
	if c.filter != nil || c.sub != nil {
		return d.takeSelected(c)
	}
	v, err := c.attr.value(c.value)
	if err != nil {
		return err
	}
	list, _ := v.([]any)
	switch {
	case c.verb == opAdd:
		d.add(memberIDs(list))
	case c.verb == opReplace || c.value == nil:
		d.replace(memberIDs(list))
	case list == nil && !isEmptyList(c.value):
		return refuse(scimerrors.ScimTypeInvalidValue, "members: nothing that could be removed")
	default:
		d.remove(memberIDs(list))
	}
	return nil
}

// takeSelected removes members[value eq "x"]; that is all a filter on members can do, as their value never changes.
func (d *memberDelta) takeSelected(c change) error {
	if c.verb != opRemove || c.sub != nil {
		return refuse(scimerrors.ScimTypeMutability, "members.value: cannot be changed; remove the member and add another")
	}
	ids, ok := selectedIDs(c.filter)
	if !ok {
		return refuse(scimerrors.ScimTypeInvalidPath, "members: can be selected by value eq only")
	}
	d.remove(ids)
	return nil
}

func selectedIDs(e expr) ([]registry.CollaboratorID, bool) {
	switch e := e.(type) {
	case orExpr:
		var ids []registry.CollaboratorID
		for _, t := range e {
			some, ok := selectedIDs(t)
			if !ok {
				return nil, false
			}
			ids = append(ids, some...)
		}
		return ids, true
	case comparison:
		id, ok := e.value.(string)
		return []registry.CollaboratorID{registry.CollaboratorID(id)}, ok && e.op == "eq" && strings.EqualFold(e.path.name, "value")
	}
	return nil, false
}
