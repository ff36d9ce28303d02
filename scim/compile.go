package scim

import (
	"slices"
	"strings"
	"time"

	scimerrors "github.com/elimity-com/scim/errors"

	"varco/registry"
)

// searchable are the attributes of a User that the registry has a field for, by label. What stands in the card needs no
// line here; what is in neither place cannot be searched.
var searchable = map[string]registry.KnownField{
	"id":                                        registry.FieldID,
	"userName":                                  registry.FieldUserName,
	"externalId":                                registry.FieldExternalID,
	"displayName":                               registry.FieldDisplayName,
	"name.givenName":                            registry.FieldGivenName,
	"name.familyName":                           registry.FieldFamilyName,
	"active":                                    registry.FieldActive,
	"meta.created":                              registry.FieldCreated,
	"meta.lastModified":                         registry.FieldModified,
	urnEnterprise + ":department":               registry.FieldDepartment,
	urnVarcoUser + ":fiscalCode":                registry.FieldFiscalCode,
	urnVarcoUser + ":accountStatus":             registry.FieldStatus,
	urnVarcoUser + ":firstAccessDone":           registry.FieldFirstAccess,
	urnVarcoUser + ":employment.startDate":      registry.FieldStart,
	urnVarcoUser + ":employment.endDate":        registry.FieldEnd,
	urnVarcoUser + ":employment.relationship":   registry.FieldRelationship,
	urnVarcoUser + ":employment.stable":         registry.FieldStable,
	urnVarcoUser + ":employment.jobCode":        registry.FieldJobCode,
	urnVarcoUser + ":processing.authorised":     registry.FieldAuthorised,
	urnVarcoUser + ":processing.authorisedOn":   registry.FieldAuthorisedOn,
	urnVarcoUser + ":processing.documentRef":    registry.FieldDocumentRef,
	urnVarcoUser + ":processing.scopes":         registry.FieldScopes,
	urnVarcoUser + ":processing.reviewBy":       registry.FieldReviewBy,
	urnVarcoUser + ":thirdParty.fiscalCode":     registry.FieldThirdPartyCode,
	urnVarcoUser + ":thirdParty.appointmentRef": registry.FieldAppointmentRef,
	"groups":       registry.FieldGroup,
	"entitlements": registry.FieldEntitlement,
	"roles":        registry.FieldEntitlement,
}

// searchableParts are the parts of lists that are made when a User is shown.
var searchableParts = []string{"groups.value", "groups.type", "entitlements.value", "entitlements.type", "roles.value"}

var relations = map[string]registry.Op{
	"eq": registry.Equal, "ne": registry.NotEqual, "co": registry.Contains, "sw": registry.StartsWith, "ew": registry.EndsWith,
	"gt": registry.Greater, "ge": registry.GreaterOrEqual, "lt": registry.Less, "le": registry.LessOrEqual,
}

// fieldOf is the field in which the registry has an attribute.
func (a *attribute) fieldOf() (registry.Field, error) {
	if field, ok := searchable[a.label]; ok {
		return field, nil
	}
	kind := registry.FoldedText
	switch {
	case !a.carded():
		return nil, cannotFilter(a, "by")
	case a.MultiValued():
		kind = registry.List
	case a.AttributeType() == "boolean":
		kind = registry.Boolean
	case a.CaseExact():
		kind = registry.ExactText
	}
	return registry.Part{Pointer: a.pointer(), Kind: kind}, nil
}

// pointer is where an attribute stands in the card (RFC 6901).
func (a *attribute) pointer() string {
	path, names := "", a.label
	if !a.core {
		path, names = "/"+a.urn, strings.TrimPrefix(a.label, a.urn+":")
	}
	return path + "/" + strings.ReplaceAll(names, ".", "/")
}

// carded says whether an attribute is kept in the card, as draftCard does.
func (a *attribute) carded() bool {
	root, _, _ := strings.Cut(a.label, ".")
	switch {
	case a.readOnly() || a.complex() && !a.MultiValued():
		return false
	case !a.core:
		return a.urn == urnEnterprise
	}
	return a.urn == urnUser && !slices.Contains([]string{"groups", "entitlements", "roles"}, root)
}

// compileFilter turns a filter on Users into the registry's. What the registry cannot answer exactly is refused with
// the attribute and the operator, never answered with an empty list.
func compileFilter(e expr) (registry.Filter, error) { return compileIn(e, wholeUser{}) }

// scope is what the attributes of a term are looked for in: a User, or an element of one of its lists.
type scope interface {
	// find returns the attribute that a path means.
	find(attrPath) (*attribute, attrPath, error)
	field(*attribute) (registry.Field, error)
}

type wholeUser struct{}

func (wholeUser) find(p attrPath) (*attribute, attrPath, error) { return userType.target(p) }

func (wholeUser) field(a *attribute) (registry.Field, error) { return a.fieldOf() }

// elementOf is an element of a list.
type elementOf struct{ list *attribute }

func (e elementOf) find(p attrPath) (*attribute, attrPath, error) {
	sub := e.list.sub.find(p.name)
	if sub == nil || p.sub != "" || p.urn != "" {
		return nil, p, refuse(scimerrors.ScimTypeInvalidFilter, "%s.%s: no such attribute", e.list.label, p)
	}
	return sub, p, nil
}

func (e elementOf) field(a *attribute) (registry.Field, error) {
	kind := registry.FoldedText
	switch {
	case a.AttributeType() == "boolean":
		kind = registry.Boolean
	case slices.Contains(searchableParts, a.label) && a.CaseExact():
		kind = registry.ExactText
	case slices.Contains(searchableParts, a.label):
	case !e.list.carded() || a.CaseExact():
		return nil, cannotFilter(a, "by")
	}
	return registry.Part{Pointer: "/" + a.name, Kind: kind}, nil
}

// partOf is a part of an object that is no list: it is looked for in the User, by its whole path.
type partOf struct{ whole attrPath }

func (o partOf) find(p attrPath) (*attribute, attrPath, error) {
	whole := o.whole
	whole.sub = p.name
	if p.sub != "" || p.urn != "" {
		return nil, p, refuse(scimerrors.ScimTypeInvalidFilter, "%s.%s: no such attribute", o.whole, p)
	}
	return userType.target(whole)
}

func (partOf) field(a *attribute) (registry.Field, error) { return a.fieldOf() }

func compileIn(e expr, in scope) (registry.Filter, error) {
	switch e := e.(type) {
	case andExpr:
		list, err := compileAll(e, in)
		return registry.And(list), err
	case orExpr:
		list, err := compileAll(e, in)
		return registry.Or(list), err
	case notExpr:
		f, err := compileIn(e.expr, in)
		return registry.Not{Term: f}, err
	case valuePath:
		return compileBrackets(e)
	}
	return compileTerm(e.(comparison), in)
}

func compileAll(list []expr, in scope) ([]registry.Filter, error) {
	var out []registry.Filter
	for _, e := range list {
		f, err := compileIn(e, in)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// compileBrackets compiles what one element of a list, or the one object there is, must meet.
func compileBrackets(e valuePath) (registry.Filter, error) {
	a := userType.find(e.path.urn, e.path.name)
	if a == nil || e.path.sub != "" {
		return nil, refuse(scimerrors.ScimTypeInvalidFilter, "%s: no such attribute", e.path)
	}
	if !a.complex() {
		return nil, cannotFilter(a, "with brackets")
	}
	if !a.MultiValued() {
		where, err := compileIn(e.filter, partOf{e.path})
		if err != nil {
			return nil, err
		}
		present, err := a.present()
		return registry.And{present, where}, err
	}
	list, err := a.fieldOf()
	if err != nil {
		return nil, err
	}
	where, err := compileIn(e.filter, elementOf{a})
	return registry.Some{Of: list, Where: where}, err
}

// present is the condition that an attribute has a value; an object has one when one of its parts has.
func (a *attribute) present() (registry.Filter, error) {
	if !a.complex() || a.MultiValued() {
		field, err := a.fieldOf()
		return registry.Present{Field: field}, err
	}
	any := registry.Or{}
	for _, name := range a.subNames() {
		field, err := a.sub.find(name).fieldOf()
		if err != nil {
			return nil, err
		}
		any = append(any, registry.Present{Field: field})
	}
	return any, nil
}

func compileTerm(c comparison, in scope) (registry.Filter, error) {
	a, path, err := in.find(c.path)
	if err != nil {
		return nil, err
	}
	if _, whole := in.(wholeUser); !whole {
		return compileOne(c, a, in)
	}
	root := userType.find(path.urn, path.name)
	if c.path.sub == "" && (c.op == "pr" || c.value == nil) { // these ask for the attribute itself, not for its value
		a = root
	}
	switch {
	case a.label == "schemas" || a.label == "meta.resourceType":
		return compileConstant(c)
	case root.MultiValued() || a.MultiValued():
		return compileList(c, root, a)
	}
	return compileOne(c, a, in)
}

// compileOne compiles a comparison with an attribute that has one value at most.
func compileOne(c comparison, a *attribute, in scope) (registry.Filter, error) {
	if c.value == nil && c.op != "pr" && c.op != "eq" && c.op != "ne" {
		return nil, cannotFilter(a, "with "+c.op)
	}
	var present registry.Filter
	field, err := in.field(a)
	if present = (registry.Present{Field: field}); a.complex() && err != nil {
		present, err = a.present()
	}
	switch {
	case err != nil:
		return nil, err
	case c.op == "pr", c.op == "ne" && c.value == nil: // null is the absence of a value
		return present, nil
	case c.op == "eq" && c.value == nil:
		return registry.Not{Term: present}, nil
	}
	return compileComparison(a, field, c)
}

// compileList compiles a comparison with the elements of a list: it holds when one element, or the part of one, stands
// in the relation; where there is none, ne holds and nothing else.
func compileList(c comparison, list, a *attribute) (registry.Filter, error) {
	if !list.MultiValued() {
		list = a // of plain values, within an object
	}
	field, err := list.fieldOf()
	if err != nil {
		return nil, err
	}
	element := scope(elementOf{list})
	if a == list {
		if c.op == "pr" || c.value == nil {
			return compileOne(c, list, wholeUser{})
		}
		element = plainElement{}
	}
	if s, ok := c.value.(string); ok && c.op == "eq" && field.Type() == registry.Reference && a.name == "value" {
		return registry.Compare{Field: field, Op: registry.Equal, Value: s}, nil
	}
	one, err := compileOne(c, a, element)
	if err != nil {
		return nil, err
	}
	part, err := element.field(a)
	present := registry.Some{Of: field, Where: registry.Present{Field: part}}
	switch {
	case c.op == "eq" && c.value == nil:
		return registry.Not{Term: present}, err
	case c.op == "ne" && c.value != nil:
		return registry.Or{registry.Not{Term: present}, registry.Some{Of: field, Where: registry.And{registry.Present{Field: part}, one}}}, err
	}
	return registry.Some{Of: field, Where: one}, err
}

// plainElement is an element that has no parts.
type plainElement struct{ elementOf }

func (plainElement) field(*attribute) (registry.Field, error) {
	return registry.Part{Kind: registry.ExactText}, nil
}

// always is what every User shows.
var always = obj("schemas", []any{urnUser, urnEnterprise, urnVarcoUser}, "meta", obj("resourceType", "User"))

// compileConstant compiles a comparison with what every User shows: all of them meet it, or none.
func compileConstant(c comparison) (registry.Filter, error) {
	yes, err := holdsTerm(c, userType.lookupIn(always))
	if yes {
		return registry.And{}, err
	}
	return registry.Or{}, err
}

func compileComparison(a *attribute, field registry.Field, c comparison) (registry.Filter, error) {
	equality := c.op == "eq" || c.op == "ne"
	s, isText := c.value.(string)
	if field == registry.FieldFiscalCode && !equality {
		field = registry.FieldCode
	}
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
		if isText {
			return compileCode(compare, s), nil
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

// compileCode compares codes in their one form. What is no codice fiscale is nobody's: no row has an empty id.
func compileCode(compare registry.Compare, s string) registry.Filter {
	code, err := registry.ParseFiscalCode(s)
	if err != nil {
		return registry.Compare{Field: registry.FieldID, Op: compare.Op, Value: ""}
	}
	compare.Value = string(code)
	return compare
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
