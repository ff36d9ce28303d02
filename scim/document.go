package scim

import scimerrors "github.com/elimity-com/scim/errors"

// document brings the body of a POST or PUT into canonical form. Attributes that are not the client's to write are
// left out (RFC 7644 §3.3), and so are those that are not kept; in our own extensions an unknown name is refused.
func (rt *resourceType) document(body *object) (*object, error) {
	if err := checkMessage(body, rt.schema.ID); err != nil {
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

// take writes one member of a body into doc.
func (rt *resourceType) take(doc *object, m member) error {
	if urn, ok := rt.extension(m.name); ok {
		return rt.takeExtension(doc, urn, m.value)
	}
	p, ok := splitPath(m.name)
	if a := rt.find(p.urn, p.name); ok && a != nil && p.sub == "" && !rt.ignored(m.name) {
		return a.take(doc, m.value)
	}
	return nil
}

func (rt *resourceType) takeExtension(doc *object, urn string, v any) error {
	if v == nil {
		return nil
	}
	in, ok := v.(*object)
	if !ok {
		return refuse(scimerrors.ScimTypeInvalidValue, "%s: expected an object", urn)
	}
	for _, m := range in.members {
		a := rt.extended[urn].find(m.name)
		if a == nil && ours(urn) {
			return refuse(scimerrors.ScimTypeInvalidValue, "%s:%s: no such attribute", urn, clip(m.name))
		}
		if a == nil {
			continue
		}
		if err := a.take(doc, m.value); err != nil {
			return err
		}
	}
	return nil
}

func (a *attribute) take(doc *object, v any) error {
	if a.readOnly() {
		return nil
	}
	v, err := a.value(v)
	if err == nil && !unassigned(v) {
		a.put(doc, v)
	}
	return err
}

// explicit says whether a body names an attribute at all, were it null or empty.
func explicit(body *object, name string) bool {
	_, ok := body.find(name)
	return ok
}
