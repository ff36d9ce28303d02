package scim

import (
	"slices"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"

	"varco/registry"
)

// maxMembers is how many members of a group are shown; more are found by listing the users with groups.value eq.
const maxMembers = 1000

// addMembers shows who is in a group, if the client wants to know: of the company its units and its collaborators, of
// a unit those whose home it is.
func (s *server) addMembers(x *exchange, group *object, units []registry.Unit, p projection) error {
	if !p.wants("members") {
		return nil
	}
	var list []any
	if group.text("id") == string(x.company) {
		for _, u := range units {
			list = append(list, s.memberRef(groupType, string(u.ID), u.Name))
		}
	}
	found, err := s.membersOf(x, group.text("id"), 0, max(maxMembers-len(list), 0))
	if err != nil {
		return err
	}
	for _, c := range found {
		name := c.DisplayName
		if name == "" {
			name = c.UserName
		}
		list = append(list, s.memberRef(userType, string(c.ID), name))
	}
	group.set("members", list)
	return nil
}

func (s *server) memberRef(rt *resourceType, id, display string) *object {
	return obj("value", id, "$ref", s.location(rt, id), "type", rt.name, "display", display)
}

func (s *server) membersOf(x *exchange, group string, offset, limit int) ([]registry.Collaborator, error) {
	found, err := s.reg.Collaborators(x.Context(), x.actor, registry.Query{
		Company: x.company, Where: registry.Compare{Field: registry.FieldGroup, Op: registry.Equal, Value: group},
		Offset: offset, Limit: limit,
	})
	return found.Items, err
}

func memberIDs(list []any) []registry.CollaboratorID {
	var ids []registry.CollaboratorID
	for _, v := range list {
		ids = append(ids, registry.CollaboratorID(v.(*object).text("value")))
	}
	return ids
}

// memberDelta is what a request does to the members of a unit. Nobody is in both lists.
type memberDelta struct {
	join, leave []registry.CollaboratorID
	everyone    bool // who is not in join leaves
}

func (d *memberDelta) add(ids []registry.CollaboratorID) {
	d.leave = minus(d.leave, ids)
	d.join = append(minus(d.join, ids), ids...)
}

func (d *memberDelta) remove(ids []registry.CollaboratorID) {
	d.join = minus(d.join, ids)
	d.leave = append(minus(d.leave, ids), ids...)
}

func (d *memberDelta) replace(ids []registry.CollaboratorID) {
	*d = memberDelta{join: ids, everyone: true}
}

func minus(from, ids []registry.CollaboratorID) []registry.CollaboratorID {
	gone := make(map[registry.CollaboratorID]bool, len(ids))
	for _, id := range ids {
		gone[id] = true
	}
	return slices.DeleteFunc(slices.Clone(from), func(id registry.CollaboratorID) bool { return gone[id] })
}

// resolve names those who leave when the list of members was replaced.
func (s *server) resolve(x *exchange, d *memberDelta) error {
	for offset := 0; d.everyone; offset += maxMembers {
		found, err := s.membersOf(x, x.id, offset, maxMembers)
		if err != nil {
			return err
		}
		var ids []registry.CollaboratorID
		for _, c := range found {
			ids = append(ids, c.ID)
		}
		d.leave = append(d.leave, minus(ids, d.join)...)
		if len(found) < maxMembers {
			return nil
		}
	}
	return nil
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
