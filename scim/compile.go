package scim

import (
	"slices"
	"time"

	scimerrors "github.com/elimity-com/scim/errors"

	"varco/registry"
)

// searchable are the attributes of a User that the registry can answer for, by label, with their field.
var searchable = map[string]registry.KnownField{
	"id":                                   registry.FieldID,
	"userName":                             registry.FieldUserName,
	"externalId":                           registry.FieldExternalID,
	"displayName":                          registry.FieldDisplayName,
	"name.givenName":                       registry.FieldGivenName,
	"name.familyName":                      registry.FieldFamilyName,
	"active":                               registry.FieldActive,
	"groups.value":                         registry.FieldGroup,
	"entitlements.value":                   registry.FieldEntitlement,
	"roles.value":                          registry.FieldEntitlement,
	"meta.created":                         registry.FieldCreated,
	"meta.lastModified":                    registry.FieldModified,
	urnEnterprise + ":department":          registry.FieldDepartment,
	urnVarcoUser + ":fiscalCode":           registry.FieldFiscalCode,
	urnVarcoUser + ":employment.startDate": registry.FieldStart,
	urnVarcoUser + ":employment.endDate":   registry.FieldEnd,
}

var relations = map[string]registry.Op{
	"eq": registry.Equal, "ne": registry.NotEqual, "co": registry.Contains, "sw": registry.StartsWith, "ew": registry.EndsWith,
	"gt": registry.Greater, "ge": registry.GreaterOrEqual, "lt": registry.Less, "le": registry.LessOrEqual,
}

// compileFilter turns a filter on Users into the registry's. What the registry cannot answer exactly is refused with
// the attribute and the operator, never answered with an empty list.
func compileFilter(e expr) (registry.Filter, error) {
	switch e := e.(type) {
	case andExpr:
		list, err := compileAll(e, compileFilter)
		return registry.And(list), err
	case orExpr:
		list, err := compileAll(e, compileFilter)
		return registry.Or(list), err
	case notExpr:
		f, err := compileFilter(e.expr)
		return registry.Not{Term: f}, err
	case valuePath:
		return compileElement(e.path, e.filter)
	}
	return compileTerm(e.(comparison))
}

func compileAll(list []expr, one func(expr) (registry.Filter, error)) ([]registry.Filter, error) {
	var out []registry.Filter
	for _, e := range list {
		f, err := one(e)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// compileElement compiles the filter in brackets. That one element meets it can be taken apart over or, not over and or
// not; and what an absent value meets would be met by no element. So only alternatives of plain comparisons are answered.
func compileElement(path attrPath, e expr) (registry.Filter, error) {
	switch e := e.(type) {
	case orExpr:
		list, err := compileAll(e, func(t expr) (registry.Filter, error) { return compileElement(path, t) })
		return registry.Or(list), err
	case comparison:
		inner := path
		inner.sub = e.path.name
		plain := e.op == "pr" || e.op != "ne" && e.value != nil
		if plain && e.path.sub == "" && e.path.urn == "" && path.sub == "" {
			return compileTerm(comparison{inner, e.op, e.value})
		}
	}
	return nil, refuse(scimerrors.ScimTypeInvalidFilter, "%s: cannot be searched by this filter in brackets", path)
}

func compileTerm(c comparison) (registry.Filter, error) {
	a, _, err := userType.target(c.path)
	if err != nil {
		return nil, err
	}
	field, ok := searchable[a.label]
	if !ok || c.value == nil && c.op != "pr" && c.op != "eq" && c.op != "ne" {
		return nil, cannotFilter(a, "with "+c.op)
	}
	switch {
	case c.op == "pr", c.op == "ne" && c.value == nil: // null is the absence of a value
		return registry.Present{Field: field}, nil
	case c.op == "eq" && c.value == nil:
		return registry.Not{Term: registry.Present{Field: field}}, nil
	}
	return compileComparison(a, field, c)
}

// target finds the attribute a comparison means; a complex one without a part means its value (RFC 7644 §3.4.2.2).
func (rt *resourceType) target(p attrPath) (*attribute, attrPath, error) {
	a := rt.find(p.urn, p.name)
	if a != nil && p.sub == "" && a.sub["value"] != nil {
		p.sub = "value"
	}
	if a != nil && p.sub != "" {
		a = a.sub.find(p.sub)
	}
	if a == nil {
		return nil, p, refuse(scimerrors.ScimTypeInvalidFilter, "%s: no such attribute", p)
	}
	return a, p, nil
}

func compileComparison(a *attribute, field registry.Field, c comparison) (registry.Filter, error) {
	equality := c.op == "eq" || c.op == "ne"
	s, isText := c.value.(string)
	compare := registry.Compare{Field: field, Op: relations[c.op], Value: c.value}
	switch field.Type() {
	case registry.Boolean:
		v, err := a.booleanValue(c.value)
		if compare.Value = v; equality && err == nil {
			return compare, nil
		}
	case registry.Instant:
		if isText && !slices.Contains([]string{"co", "sw", "ew"}, c.op) {
			return compileInstant(a, compare, s)
		}
	case registry.Reference:
		if isText && (c.op == "eq" || c.op == "ne" && field == registry.FieldFiscalCode) {
			return compileReference(compare, s), nil
		}
	default:
		if isText {
			return compare, nil
		}
	}
	return nil, cannotFilter(a, "with "+c.op+" and this value")
}

func compileInstant(a *attribute, compare registry.Compare, s string) (registry.Filter, error) {
	var err error
	switch compare.Field {
	case registry.FieldStart:
		compare.Value, err = startOf(a, s)
	case registry.FieldEnd:
		compare.Value, err = endOf(a, s)
	default:
		if compare.Value, err = time.Parse(time.RFC3339, s); err != nil {
			err = a.expected("an RFC 3339 date-time")
		}
	}
	return compare, asFilter(err)
}

// compileReference compares codes in their one form. What is no codice fiscale is nobody's: no row has an empty id.
func compileReference(compare registry.Compare, s string) registry.Filter {
	if compare.Field != registry.FieldFiscalCode {
		return compare
	}
	code, err := registry.ParseFiscalCode(s)
	if err != nil {
		return registry.Compare{Field: registry.FieldID, Op: compare.Op, Value: ""}
	}
	compare.Value = string(code)
	return compare
}
