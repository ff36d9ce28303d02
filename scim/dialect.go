package scim

import (
	"slices"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"
)

// dialect is how the requests of a client are read. Only what the RFCs leave no doubt about is refused in strict: that
// names of attributes come in any case, that null and [] unassign, a slash at the end, startIndex=0 and a remove that
// finds nothing to do are theirs (RFC 7643 §2.1, §2.5, RFC 7644 §3.4.2.4, §3.5.2).
type dialect bool

const (
	lenient dialect = false // with what known senders send beside RFC 7644
	strict  dialect = true  // nothing but RFC 7643 and 7644; a setting of the client
)

func (x *exchange) dialect() dialect { return dialect(x.client.Strict) }

// document refuses a body of a POST or PUT in which something is not of its schemas, or of the wrong type.
func (d dialect) document(rt *resourceType, body *object) error {
	if d == lenient {
		return nil
	}
	declared, err := d.urns(body, rt.urns())
	if err != nil {
		return err
	}
	for _, m := range body.members {
		if urn, ok := rt.extension(m.name); ok && slices.Contains(declared, urn) {
			err = strictMembers(rt.extended[urn], urn+":", m.value)
		} else if ok {
			err = refuse(scimerrors.ScimTypeInvalidSyntax, "%s: not among schemas", urn) // RFC 7643 §3
		} else {
			err = strictMember(rt.core, "", m)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// urns are the schemas that a message names, as they are in known. In strict there must not be others.
func (d dialect) urns(body *object, known []string) ([]string, error) {
	v, _ := body.find("schemas")
	list, _ := v.([]any)
	var found []string
	for _, v := range list {
		s, _ := v.(string)
		i := slices.IndexFunc(known, func(urn string) bool { return strings.EqualFold(urn, s) })
		if i >= 0 {
			found = append(found, known[i])
		} else if d == strict {
			return nil, refuse(scimerrors.ScimTypeInvalidSyntax, "schemas: %q is not known here", clip(s))
		}
	}
	return found, nil
}

func strictMembers(as attributes, prefix string, v any) error {
	if v == nil {
		return nil
	}
	in, ok := v.(*object)
	if !ok {
		return refuse(scimerrors.ScimTypeInvalidValue, "%s: expected an object", strings.TrimRight(prefix, ":."))
	}
	for _, m := range in.members {
		if err := strictMember(as, prefix, m); err != nil {
			return err
		}
	}
	return nil
}

func strictMember(as attributes, prefix string, m member) error {
	a := as.find(m.name)
	if a == nil { // RFC 7644 table 9: did not conform to the request schema
		return refuse(scimerrors.ScimTypeInvalidSyntax, "%s%s: no such attribute", prefix, clip(m.name))
	}
	return a.strictly(m.value)
}

// strictly refuses a value that is not of the type that the schema says. RFC 7643 §2.3, §2.4
func (a *attribute) strictly(v any) error {
	if v == nil || a.readOnly() { // which is passed over or refused for what it is
		return nil
	}
	if !a.MultiValued() {
		return a.strictElement(v)
	}
	list, ok := v.([]any)
	if !ok {
		return a.expected("a list")
	}
	for _, e := range list {
		if err := a.strictElement(e); err != nil {
			return err
		}
	}
	return nil
}

func (a *attribute) strictElement(v any) error {
	s, isText := v.(string)
	switch a.AttributeType() {
	case "complex":
		return strictMembers(a.sub, a.label+".", v)
	case "boolean":
		if _, ok := v.(bool); !ok && v != nil {
			return a.expected("true or false")
		}
		return nil
	}
	if !isText && v != nil || a.label == "roles.value" && strings.HasPrefix(s, "{") {
		return a.expected("a string, one of the values published")
	}
	return nil
}

// operation refuses an operation of a PATCH whose form is not that of RFC 7644 §3.5.2.
func (d dialect) operation(in *object, op operation) error {
	if d == lenient {
		return nil
	}
	for _, m := range in.members {
		if !slices.ContainsFunc([]string{"op", "path", "value"}, func(name string) bool { return sameName(name, m.name) }) {
			return refuse(scimerrors.ScimTypeInvalidSyntax, "%s: no part of an operation", clip(m.name))
		}
	}
	_, given := in.find("value")
	switch {
	case op.verb != opRemove && !given:
		return refuse(scimerrors.ScimTypeInvalidValue, "value: required for %s", op.verb)
	case op.verb == opRemove && op.path == "": // §3.5.2.2
		return refuse(scimerrors.ScimTypeNoTarget, "path: required for remove")
	case op.verb == opRemove && op.value != nil:
		return refuse(scimerrors.ScimTypeInvalidValue, "value: remove takes none; the path selects what goes")
	}
	return nil
}

// name refuses a path where the name of an attribute, or of an extension, is expected: in a value without path.
func (d dialect) name(rt *resourceType, name string) error {
	_, isExtension := rt.extension(name)
	if d == lenient || isName(name) || isExtension || strings.EqualFold(name, rt.schema.ID) {
		return nil
	}
	return refuse(scimerrors.ScimTypeInvalidPath, "value: %s is no attribute's name", clip(name))
}

// change refuses a write whose target is not called by its whole name or whose value is of another type than it.
func (d dialect) change(p attrPath, c change) error {
	switch {
	case d == lenient:
		return nil
	case p.urn == "" && !c.attr.core: // RFC 7644 §3.10
		return refuse(scimerrors.ScimTypeInvalidPath, "path: %s: an extension's attribute needs its URN", c.attr.name)
	case c.sub != nil:
		return c.sub.strictly(c.value)
	case c.filter != nil:
		return c.attr.strictElement(c.value)
	}
	return c.attr.strictly(c.value)
}

// filter refuses a boolean written as a text. What find does not know is refused where the filter is evaluated.
func (d dialect) filter(e expr, find func(attrPath) *attribute, kind scimerrors.ScimType) error {
	if d == lenient {
		return nil
	}
	switch e := e.(type) {
	case andExpr:
		return d.filters(e, find, kind)
	case orExpr:
		return d.filters(e, find, kind)
	case notExpr:
		return d.filter(e.expr, find, kind)
	case valuePath:
		if a := find(e.path); a != nil {
			return d.filter(e.filter, a.partAt, kind)
		}
	case comparison:
		a := find(e.path)
		if _, isText := e.value.(string); isText && a != nil && a.AttributeType() == "boolean" {
			return retyped(a.expected("true or false"), kind)
		}
	}
	return nil
}

func (d dialect) filters(list []expr, find func(attrPath) *attribute, kind scimerrors.ScimType) error {
	for _, e := range list {
		if err := d.filter(e, find, kind); err != nil {
			return err
		}
	}
	return nil
}

// partAt is the sub-attribute that a filter in brackets means.
func (a *attribute) partAt(p attrPath) *attribute { return a.sub.find(p.name) }

// at is the attribute, or the part of one, that a path names.
func (rt *resourceType) at(p attrPath) *attribute {
	a := rt.find(p.urn, p.name)
	if a != nil && p.sub != "" {
		return a.sub.find(p.sub)
	}
	return a
}
