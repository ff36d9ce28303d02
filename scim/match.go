package scim

import (
	"slices"
	"strings"
	"time"

	scimerrors "github.com/elimity-com/scim/errors"
)

// lookup finds the attribute a path means and the values it has in what is being looked at.
type lookup func(attrPath) (*attribute, []any, error)

// holds evaluates a filter. A comparison holds when one value stands in the relation; an absent attribute meets ne
// and nothing else. Every term is looked at even when the answer is known, so that a wrong one is always refused.
func holds(e expr, look lookup) (bool, error) {
	switch e := e.(type) {
	case andExpr:
		return holdsAll(e, look, true)
	case orExpr:
		return holdsAll(e, look, false)
	case notExpr:
		yes, err := holds(e.expr, look)
		return !yes, err
	case valuePath:
		return holdsElement(e, look)
	}
	return holdsTerm(e.(comparison), look)
}

func holdsAll(terms []expr, look lookup, all bool) (bool, error) {
	result := all
	for _, t := range terms {
		yes, err := holds(t, look)
		if err != nil {
			return false, err
		}
		if yes != all {
			result = !all
		}
	}
	return result, nil
}

// holdsElement asks whether one element meets the whole filter in brackets.
func holdsElement(e valuePath, look lookup) (bool, error) {
	a, elements, err := look(e.path)
	if err != nil {
		return false, err
	}
	if !a.complex() {
		return false, cannotFilter(a, "with brackets")
	}
	if _, err := holds(e.filter, a.elementLookup(&object{})); err != nil { // names are tested even if there is no element
		return false, err
	}
	return slices.ContainsFunc(elements, func(v any) bool {
		yes, err := holds(e.filter, a.elementLookup(v.(*object)))
		return yes && err == nil
	}), nil
}

// elementLookup looks at one element of a complex attribute.
func (a *attribute) elementLookup(element *object) lookup {
	return func(p attrPath) (*attribute, []any, error) {
		sub := a.sub.find(p.name)
		if sub == nil || p.sub != "" || p.urn != "" {
			return nil, nil, refuse(scimerrors.ScimTypeInvalidFilter, "%s.%s: no such attribute", a.label, p)
		}
		return sub, values(element.get(sub.name)), nil
	}
}

// lookupIn looks at a whole resource.
func (rt *resourceType) lookupIn(doc *object) lookup {
	return func(p attrPath) (*attribute, []any, error) {
		a := rt.find(p.urn, p.name)
		if a == nil {
			return nil, nil, refuse(scimerrors.ScimTypeInvalidFilter, "%s: no such attribute", p)
		}
		if a.label == rt.apart {
			return nil, nil, cannotFilter(a, "by")
		}
		if p.sub == "" {
			return a, values(a.in(doc)), nil
		}
		sub := a.sub.find(p.sub)
		if sub == nil {
			return nil, nil, refuse(scimerrors.ScimTypeInvalidFilter, "%s: no such attribute", p)
		}
		var list []any
		for _, v := range values(a.in(doc)) {
			list = append(list, values(v.(*object).get(sub.name))...)
		}
		return sub, list, nil
	}
}

// values is the list of a value: its elements, itself, or nothing.
func values(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	if v == nil {
		return nil
	}
	return []any{v}
}

func cannotFilter(a *attribute, how string) error {
	return refuse(scimerrors.ScimTypeInvalidFilter, "%s: cannot be searched %s", a.label, how)
}

func holdsTerm(c comparison, look lookup) (bool, error) {
	a, have, err := look(c.path)
	if err == nil && a.complex() && a.sub["value"] != nil && c.op != "pr" && c.value != nil { // RFC 7644 §3.4.2.2
		c.path.sub = "value"
		a, have, err = look(c.path)
	}
	if err != nil {
		return false, err
	}
	absent := len(have) == 0
	switch {
	case c.op == "pr":
		return !absent, nil
	case c.value == nil && (c.op == "eq" || c.op == "ne"): // null is the absence of a value
		return absent == (c.op == "eq"), nil
	}
	want, err := a.operand(c)
	if err != nil {
		return false, err
	}
	if absent {
		return c.op == "ne", nil
	}
	return slices.ContainsFunc(have, func(v any) bool { return a.relates(v, c.op, want) }), nil
}

// operand checks that the operator and the value of a comparison suit the attribute, and converts the value.
func (a *attribute) operand(c comparison) (any, error) {
	equality := c.op == "eq" || c.op == "ne"
	s, isText := c.value.(string)
	switch a.AttributeType() {
	case "boolean":
		if equality {
			v, err := a.booleanValue(c.value) // Entra ID writes primary eq "True"
			return v, asFilter(err)
		}
	case "string", "reference":
		if isText {
			return s, nil
		}
	case "dateTime":
		t, err := time.Parse(time.RFC3339, s)
		if isText && err == nil && !slices.Contains([]string{"co", "sw", "ew"}, c.op) {
			return t, nil
		}
	}
	return nil, cannotFilter(a, "with "+c.op+" and this value")
}

// relates tests one value against an operand that suits it.
func (a *attribute) relates(have any, op string, want any) bool {
	if t, ok := want.(time.Time); ok {
		at, err := time.Parse(time.RFC3339, have.(string))
		return err == nil && ordered(op, at.Compare(t))
	}
	s, isText := have.(string)
	t, _ := want.(string)
	if !isText {
		return (have == want) == (op == "eq")
	}
	if !a.CaseExact() {
		s, t = strings.ToLower(s), strings.ToLower(t)
	}
	switch op {
	case "co":
		return strings.Contains(s, t)
	case "sw":
		return strings.HasPrefix(s, t)
	case "ew":
		return strings.HasSuffix(s, t)
	}
	return ordered(op, strings.Compare(s, t))
}

func ordered(op string, order int) bool {
	switch op {
	case "eq":
		return order == 0
	case "ne":
		return order != 0
	case "gt":
		return order > 0
	case "ge":
		return order >= 0
	case "lt":
		return order < 0
	}
	return order <= 0
}

// matches evaluates the filter of a PATCH path on one element of a.
func matches(e expr, a *attribute, element *object) (bool, error) {
	yes, err := holds(e, a.elementLookup(element))
	return yes, retyped(err, scimerrors.ScimTypeInvalidPath)
}

// describe writes into element what the filter says an element must hold, and tells whether it says only that:
// equalities joined by and.
func describe(e expr, a *attribute, element *object) bool {
	switch e := e.(type) {
	case andExpr:
		return !slices.ContainsFunc(e, func(t expr) bool { return !describe(t, a, element) })
	case comparison:
		sub := a.sub.find(e.path.name)
		v, err := sub.value(e.value)
		element.set(sub.name, v)
		return e.op == "eq" && err == nil
	}
	return false
}
