package scim

import (
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"
)

// document brings the body of a POST or PUT into canonical form. Attributes that are not the client's to write are
// left out (RFC 7644 §3.3), and so are those that are not kept; in our own extensions an unknown name is refused.
func (rt *resourceType) document(body *object, d dialect) (*object, error) {
	if err := checkMessage(body, rt.schema.ID); err != nil {
		return nil, err
	}
	if err := d.document(rt, body); err != nil {
		return nil, err
	}
	doc := &object{}
	for _, m := range body.members {
		if err := rt.take(doc, m); err != nil {
			return nil, err
		}
	}
	for _, a := range rt.schema.Attributes {
		if a.Required() && doc.get(a.Name()) == nil {
			return nil, refuse(scimerrors.ScimTypeInvalidValue, "%s: required", a.Name())
		}
	}
	return doc, nil
}

// take writes one member of a body into doc. Its name may be a path: a URN before it, a part of it behind a dot.
func (rt *resourceType) take(doc *object, m member) error {
	if urn, ok := rt.extension(m.name); ok {
		return rt.takeExtension(doc, urn, m.value)
	}
	if core, ok := m.value.(*object); ok && strings.EqualFold(m.name, rt.schema.ID) { // as PATCH understands it
		for _, inner := range core.members {
			if err := rt.take(doc, inner); err != nil {
				return err
			}
		}
		return nil
	}
	p, ok := splitPath(m.name)
	if !ok || rt.ignored(m.name) {
		return rt.passOver(m.name)
	}
	if urn, ok := rt.extension(p.urn); ok {
		return rt.takeExtension(doc, urn, &object{members: []member{{nameOf(p), m.value}}})
	}
	if a := rt.find(p.urn, p.name); a != nil {
		return a.take(doc, p.sub, m.value)
	}
	return rt.passOver(m.name)
}

// passOver leaves out what this server does not know, unless it is meant for it: another version of the core schema or
// of our own extension could hold an end.
func (rt *resourceType) passOver(name string) error {
	if beginsWith(name, rt.schema.ID) {
		return nil
	}
	for _, family := range []string{urnVarco, "urn:ietf:params:scim:schemas:core:", "urn:scim:schemas:core:"} {
		if beginsWith(name, family) {
			return refuse(scimerrors.ScimTypeInvalidValue, "%s: no such schema", clip(name))
		}
	}
	return nil
}

func beginsWith(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// urnVarco begins the names of our extensions.
const urnVarco = "urn:ietf:params:scim:schemas:extension:varco:"

func nameOf(p attrPath) string { return attrPath{name: p.name, sub: p.sub}.String() }

func (rt *resourceType) takeExtension(doc *object, urn string, v any) error {
	if v == nil {
		return nil
	}
	in, ok := v.(*object)
	if !ok {
		return refuse(scimerrors.ScimTypeInvalidValue, "%s: expected an object", urn)
	}
	for _, m := range in.members {
		name, sub, _ := strings.Cut(m.name, ".")
		a := rt.extended[urn].find(name)
		if a == nil && ours(urn) {
			return refuse(scimerrors.ScimTypeInvalidValue, "%s:%s: no such attribute", urn, clip(m.name))
		}
		if a == nil {
			continue
		}
		if err := a.take(doc, sub, m.value); err != nil {
			return err
		}
	}
	return nil
}

// take writes a value, or one part of it, into doc.
func (a *attribute) take(doc *object, part string, v any) error {
	if a.readOnly() {
		return nil
	}
	if part != "" {
		v = &object{members: []member{{part, v}}}
	}
	v, err := a.value(v)
	if err != nil || unassigned(v) {
		return err
	}
	whole, isObject := a.in(doc).(*object)
	if !isObject {
		a.put(doc, v)
		return nil
	}
	for _, m := range v.(*object).members {
		whole.set(m.name, m.value)
	}
	return nil
}

// named says whether a body names a core attribute at all in one of the forms that take understands, were it null or
// empty.
func (rt *resourceType) named(body *object, name string) bool {
	for _, m := range body.members {
		core, isObject := m.value.(*object)
		if isObject && strings.EqualFold(m.name, rt.schema.ID) && rt.named(core, name) {
			return true
		}
		p, ok := splitPath(m.name)
		if ok && sameName(p.name, name) && (p.urn == "" || strings.EqualFold(p.urn, rt.schema.ID)) {
			return true
		}
	}
	return false
}

// explicit says whether an object names a member at all, were it null or empty.
func explicit(body *object, name string) bool {
	_, ok := body.find(name)
	return ok
}
