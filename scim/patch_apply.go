package scim

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"

	"varco/registry"
)

// patch applies changes to a copy of doc, all or none (RFC 7644 §3.5.2). What the changes find done already leaves the
// copy equal to doc, so that the registry sees nothing to do.
func patch(doc *object, changes []change) (*object, error) {
	after := clone(doc).(*object)
	work := 0
	for _, c := range changes {
		if work += c.work(after); work > maxWork {
			return nil, refuseStatus(http.StatusRequestEntityTooLarge, "%s: too many elements to compare in one request; "+
				"send fewer, or replace the whole list", c.where)
		}
		if err := c.apply(after); err != nil {
			return nil, within(c.where, err)
		}
	}
	return after, nil
}

// maxWork bounds the elements that one PATCH copies or compares: lists are short, but a body has room to go through
// them very often.
const maxWork = 200_000

// work is how many elements the change copies or compares at most.
func (c change) work(doc *object) int {
	stand, _ := c.attr.in(doc).([]any)
	given, _ := c.value.([]any)
	switch c.verb {
	case opAdd:
		return len(stand) + (len(stand)+len(given))*len(given)
	case opRemove:
		return len(stand) * (1 + len(given))
	}
	return len(stand) + len(given)
}

func (c change) apply(doc *object) error {
	current := c.attr.in(doc)
	if c.attr.readOnly() {
		return c.unchanged(c.attr, current)
	}
	next, err := c.next(clone(current))
	if err != nil {
		return err
	}
	if err := c.attr.mayBecome(current, next); err != nil {
		return err
	}
	if !c.attr.immutable() || unassigned(current) { // where it may be written at all, it is what stood there
		c.attr.put(doc, next)
	}
	return nil
}

// next is what the whole attribute becomes.
func (c change) next(current any) (any, error) {
	switch {
	case c.filter != nil:
		return c.selected(current)
	case c.sub != nil && c.attr.MultiValued():
		return c.every(current)
	case c.sub != nil:
		o, ok := current.(*object)
		if !ok {
			o = &object{}
		}
		return o, c.write(o)
	}
	return c.combine(c.attr, current)
}

// unchanged accepts a write to a read-only place only if it is what stands there already.
func (c change) unchanged(a *attribute, current any) error {
	if c.verb != opRemove && c.filter == nil && equal(c.value, current) {
		return nil
	}
	return refuse(scimerrors.ScimTypeMutability, "%s: read-only", a.label)
}

// mayBecome holds an attribute to its mutability. An immutable one may be given while it is absent; a required one
// never goes. RFC 7643 §2.2, RFC 7644 §3.5.2.2
func (a *attribute) mayBecome(current, next any) error {
	if a.Required() && unassigned(next) {
		return refuse(scimerrors.ScimTypeMutability, "%s: required, cannot be removed", a.label)
	}
	if a.immutable() && !unassigned(current) && !a.same(current, next) {
		return refuse(scimerrors.ScimTypeMutability, "%s: cannot be changed once it is set", a.label)
	}
	return nil
}

// same compares two values of a as its schema says: without case unless it is caseExact.
func (a *attribute) same(x, y any) bool {
	s, ok := x.(string)
	t, both := y.(string)
	if ok && both && a.name == "fiscalCode" && sameCode(s, t) {
		return true
	}
	if ok && both && !a.CaseExact() {
		return strings.EqualFold(s, t)
	}
	return equal(x, y)
}

// sameCode tells whether two codes are variants of one: the identity provider's counts from the first access on, and the
// client may go on sending its own.
func sameCode(s, t string) bool {
	x, err := registry.ParseFiscalCode(s)
	if err != nil {
		return false
	}
	y, err := registry.ParseFiscalCode(t)
	return err == nil && x.Folded() == y.Folded()
}

// combine is the new value of a whole attribute or sub-attribute.
func (c change) combine(a *attribute, current any) (any, error) {
	if c.verb == opRemove && (c.value == nil || !a.MultiValued()) {
		return nil, nil
	}
	v, err := a.value(c.value)
	if err != nil || !a.MultiValued() || c.verb == opReplace {
		return v, err
	}
	given, _ := v.([]any)
	list, _ := current.([]any)
	if c.verb == opAdd {
		return a.union(list, given)
	}
	if given == nil && !isEmptyList(c.value) {
		return nil, refuse(scimerrors.ScimTypeInvalidValue, "%s: nothing that could be removed", a.label)
	}
	return slices.DeleteFunc(list, func(x any) bool {
		return slices.ContainsFunc(given, func(y any) bool { return a.matchesElement(x, y) })
	}), nil
}

func isEmptyList(v any) bool {
	list, ok := v.([]any)
	return ok && len(list) == 0
}

// union adds elements to a list; those already there stay as they are, those there with the same value and type are
// completed (no pair of value and type comes twice, RFC 7643 §2.4).
func (a *attribute) union(list, given []any) (any, error) {
	var touched []*object
	for _, v := range given {
		i := slices.IndexFunc(list, func(x any) bool { return a.matchesElement(x, v) })
		if i < 0 {
			list = append(list, v)
			i = len(list) - 1
		}
		x, isObject := list[i].(*object)
		if !isObject {
			continue
		}
		for _, m := range v.(*object).members {
			x.set(m.name, m.value)
		}
		touched = append(touched, x)
	}
	return list, a.onePrimary(list, touched)
}

// matchesElement says whether y means the element x: by value, and by type where y gives one; without a value by all
// that y gives.
func (a *attribute) matchesElement(x, y any) bool {
	o, ok := x.(*object)
	p, both := y.(*object)
	if !ok || !both {
		return a.same(x, y)
	}
	value := p.get("value")
	if value == nil {
		return contains(o, p)
	}
	return a.sub["value"].same(o.get("value"), value) && (p.get("type") == nil || a.sub["type"].same(o.get("type"), p.get("type")))
}

// onePrimary makes an element written with primary true the only one. RFC 7644 §3.5.2
func (a *attribute) onePrimary(list []any, touched []*object) error {
	var primary *object
	for _, x := range touched {
		if x.get("primary") != true || x == primary {
			continue
		}
		if primary != nil {
			return refuse(scimerrors.ScimTypeInvalidValue, "%s: more than one value is primary", a.label)
		}
		primary = x
	}
	for _, v := range list {
		if x, ok := v.(*object); ok && primary != nil && x != primary && x.get("primary") == true {
			x.set("primary", false)
		}
	}
	return nil
}

// write changes one part of an element.
func (c change) write(element *object) error {
	current := element.get(c.sub.name)
	if c.sub.readOnly() && c.attr.label == "roles" && c.dialect == lenient {
		return nil // Entra ID writes display, type and primary beside the value, which decides them here
	}
	if c.sub.readOnly() {
		return c.unchanged(c.sub, current)
	}
	next, err := c.combine(c.sub, clone(current))
	if err != nil {
		return err
	}
	if err := c.sub.mayBecome(current, next); err != nil {
		return err
	}
	element.set(c.sub.name, next)
	return nil
}

// every changes one part of all elements; where there are none, a value makes the first.
func (c change) every(current any) (any, error) {
	list, _ := current.([]any)
	if len(list) == 0 && c.verb != opRemove {
		list = []any{&object{}}
	}
	return c.writeAll(list, list)
}

// writeAll changes c.sub in those elements of list that are chosen.
func (c change) writeAll(list, chosen []any) (any, error) {
	var touched []*object
	for _, v := range chosen {
		if err := c.write(v.(*object)); err != nil {
			return nil, err
		}
		touched = append(touched, v.(*object))
	}
	if err := c.attr.onePrimary(list, touched); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(v any) bool { return hollow(v.(*object)) }), nil
}

// hollow elements have lost what they were about: only labels are left.
func hollow(element *object) bool {
	for _, m := range element.members {
		switch m.name {
		case "type", "primary", "display", "$ref":
		default:
			return false
		}
	}
	return true
}

// selected changes the elements that the filter in the path selects.
func (c change) selected(current any) (any, error) {
	list, _ := current.([]any)
	var chosen []any
	for _, v := range list {
		yes, err := matches(c.filter, c.attr, v.(*object))
		if err != nil {
			return nil, err
		}
		if yes {
			chosen = append(chosen, v)
		}
	}
	switch {
	case len(chosen) == 0:
		return c.created(list)
	case c.sub != nil:
		return c.writeAll(list, chosen)
	case c.verb == opRemove:
		return slices.DeleteFunc(list, func(v any) bool { return slices.Contains(chosen, v) }), nil
	}
	return c.rewritten(list, chosen)
}

// rewritten gives whole elements a new content: replace takes the old one away, add completes it.
func (c change) rewritten(list, chosen []any) (any, error) {
	v, err := c.attr.element(c.value)
	content, ok := v.(*object)
	if err != nil || !ok {
		return nil, err
	}
	var touched []*object
	for _, v := range chosen {
		x := v.(*object)
		if c.verb == opReplace {
			x.members = nil
		}
		for _, m := range content.members {
			x.set(m.name, m.value)
		}
		touched = append(touched, x)
	}
	return list, c.attr.onePrimary(list, touched)
}

// created is what an operation does whose filter selects nothing. A remove has nothing to do; an add, and a write to
// one part as Entra ID sends it, make the element that the filter describes; a replace of whole elements has no
// target (RFC 7644 §3.5.2.3).
func (c change) created(list []any) (any, error) {
	if c.verb == opRemove || unassigned(c.value) {
		return list, nil
	}
	element := &object{}
	if c.dialect == strict || c.verb == opReplace && c.sub == nil || !describe(c.filter, c.attr, element) {
		return nil, refuse(scimerrors.ScimTypeNoTarget, "path: no value of %s matches the filter", c.attr.label)
	}
	list = append(list, element)
	if c.sub != nil {
		return c.writeAll(list, []any{element})
	}
	add := c
	add.verb = opAdd
	return add.rewritten(list, []any{element})
}

// blame names the operation that a refusal made by the registry is about: the last one that wrote the attribute with
// which the refusal begins.
func blame(changes []change, err error) error {
	var refusal *registry.Error
	if !errors.As(err, &refusal) || refusal.Kind == registry.Internal {
		return err
	}
	field, _, found := strings.Cut(refusal.Msg, ":")
	field, _, _ = strings.Cut(field, ".")
	for _, c := range slices.Backward(changes) {
		if found && c.attr.name == field {
			told := *refusal
			told.Msg = c.where + ": " + refusal.Msg
			return &told
		}
	}
	return err
}
