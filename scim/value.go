package scim

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	scimerrors "github.com/elimity-com/scim/errors"
)

// value brings what a client sent for a into canonical form, or refuses it naming the attribute and the rule. It
// returns nil for an unassigned value: null, "" or an empty list (RFC 7643 §2.5). Real clients send a single value
// for a list, a bare string for a complex value that has a "value", booleans as strings and numbers as externalId:
// all are understood here and nowhere else.
func (a *attribute) value(v any) (any, error) {
	if unassigned(v) && (v == nil || a.AttributeType() != "boolean") { // "" or [] says neither true nor false
		return nil, nil
	}
	if !a.MultiValued() {
		return a.element(v)
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	return a.elements(list)
}

// maxElements bounds what is listed in one attribute of a user.
const maxElements = 1000

// elements canonicalises a list: unassigned elements are dropped, one at most is primary (RFC 7643 §2.4).
func (a *attribute) elements(list []any) (any, error) {
	if len(list) > maxElements && a.label != "members" { // those are never compared with each other
		return nil, refuseStatus(http.StatusRequestEntityTooLarge, "%s: more than %d elements", a.label, maxElements)
	}
	var out []any
	primaries := 0
	for _, v := range list {
		e, err := a.element(v)
		if err != nil {
			return nil, err
		}
		if unassigned(e) {
			continue
		}
		if o, ok := e.(*object); ok && o.get("primary") == true {
			primaries++
		}
		out = append(out, e)
	}
	if primaries > 1 {
		return nil, refuse(scimerrors.ScimTypeInvalidValue, "%s: more than one value is primary", a.label)
	}
	if out == nil {
		return nil, nil
	}
	return out, nil
}

// element canonicalises one value.
func (a *attribute) element(v any) (any, error) {
	switch a.AttributeType() {
	case "complex":
		return a.complexValue(v)
	case "boolean":
		return a.booleanValue(v)
	case "dateTime":
		s, ok := v.(string)
		if _, err := time.Parse(time.RFC3339, s); !ok || err != nil {
			return nil, a.expected("an RFC 3339 date-time")
		}
		return s, nil
	case "binary": // RFC 7643 §2.3.6
		s, ok := v.(string)
		if _, err := base64.StdEncoding.DecodeString(s); !ok || err != nil {
			return nil, a.expected("base64")
		}
		return s, nil
	}
	return a.textValue(v)
}

func (a *attribute) expected(what string) error {
	return refuse(scimerrors.ScimTypeInvalidValue, "%s: expected %s", a.label, what)
}

func (a *attribute) booleanValue(v any) (any, error) {
	switch v := v.(type) {
	case bool:
		return v, nil
	case string:
		if strings.EqualFold(v, "true") || strings.EqualFold(v, "false") { // Entra ID without aadOptscim062020
			return strings.EqualFold(v, "true"), nil
		}
	}
	return nil, a.expected("true or false")
}

func (a *attribute) textValue(v any) (any, error) {
	if n, ok := v.(json.Number); ok && a.name == "externalId" { // Okta
		v = n.String()
	}
	s, ok := v.(string)
	if !ok {
		return nil, a.expected("a string")
	}
	if a.label == "roles.value" {
		return roleValue(s), nil
	}
	return a.canonicalValue(s)
}

// canonicalValue holds s to the values the schema publishes; where it publishes some, there are no others.
func (a *attribute) canonicalValue(s string) (any, error) {
	values := a.CanonicalValues()
	if len(values) == 0 || s == "" {
		return s, nil
	}
	i := slices.IndexFunc(values, func(c string) bool { return c == s || !a.CaseExact() && strings.EqualFold(c, s) })
	if i < 0 {
		return nil, a.expected("one of " + strings.Join(values, ", "))
	}
	return values[i], nil
}

// complexValue canonicalises the sub-attributes it knows. Those it does not know, and those a client may not write,
// are left out (RFC 7644 §3.3), except inside our own extension: a misspelt endDate must not pass unseen.
func (a *attribute) complexValue(v any) (any, error) {
	in, err := a.single(v)
	if err != nil {
		return nil, err
	}
	out := &object{}
	for _, m := range in.members {
		sub := a.sub.find(m.name)
		if sub == nil && a.ours() {
			return nil, a.unknown(m.name)
		}
		if sub == nil || sub.readOnly() {
			continue
		}
		e, err := sub.value(m.value)
		if err != nil {
			return nil, err
		}
		out.set(sub.name, e)
	}
	return out, a.missing(out)
}

// single reads one complex value: an object, a string that stands for its "value", or a list of one of these.
func (a *attribute) single(v any) (*object, error) {
	if list, ok := v.([]any); ok && len(list) == 1 {
		v = list[0]
	}
	if s, ok := v.(string); ok && a.sub["value"] != nil {
		return obj("value", s), nil
	}
	if o, ok := v.(*object); ok {
		return o, nil
	}
	return nil, a.expected("an object of " + strings.Join(a.subNames(), ", "))
}

func (a *attribute) unknown(sub string) error {
	return refuse(scimerrors.ScimTypeInvalidValue, "%s.%s: no such attribute", a.label, clip(sub))
}

// missing refuses a non-empty element that lacks a required sub-attribute.
func (a *attribute) missing(element *object) error {
	for _, sub := range a.sub {
		if sub.Required() && len(element.members) > 0 && element.get(sub.name) == nil {
			return refuse(scimerrors.ScimTypeInvalidValue, "%s: required", sub.label)
		}
	}
	return nil
}

func (a *attribute) ours() bool { return ours(a.urn) }

// ours are the schemas only a client written for Varco knows; in them an unknown name is an error, not an extra.
func ours(urn string) bool { return urn == urnVarcoUser || urn == urnVarcoGroup }

func (a *attribute) subNames() []string {
	var names []string
	for _, s := range a.SubAttributes() {
		names = append(names, s.Name())
	}
	return names
}
