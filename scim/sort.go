package scim

import (
	"cmp"
	"slices"
	"strings"
	"time"

	scimerrors "github.com/elimity-com/scim/errors"

	"varco/registry"
)

// order is what a list is sorted by (RFC 7644 §3.4.2.3).
type order struct {
	rt         *resourceType
	by         *attribute // nil: none was asked for
	path       attrPath   // of by
	descending bool
}

// order reads sortBy and sortOrder. Only what has one value can be sorted by.
func (x *exchange) order(rt *resourceType) (order, error) {
	o := order{rt: rt}
	switch direction := x.query.Get("sortOrder"); {
	case strings.EqualFold(direction, "descending"):
		o.descending = true
	case direction != "" && !strings.EqualFold(direction, "ascending"):
		return o, refuse(scimerrors.ScimTypeInvalidValue, "sortOrder: expected ascending or descending")
	}
	sortBy := x.query.Get("sortBy")
	if sortBy == "" {
		o.descending = false
		return o, nil
	}
	path, ok := splitPath(sortBy)
	if !ok {
		return o, refuse(scimerrors.ScimTypeInvalidPath, "sortBy: expected the name of an attribute")
	}
	a, path, err := rt.target(path)
	if err != nil {
		return o, retyped(err, scimerrors.ScimTypeInvalidPath)
	}
	o.by, o.path = a, path
	if a.complex() || rt.find(path.urn, path.name).MultiValued() || a.MultiValued() || a.label == rt.apart {
		return o, o.cannot()
	}
	return o, nil
}

func (o order) cannot() error {
	return refuse(scimerrors.ScimTypeInvalidPath, "sortBy: %s cannot be sorted by", o.by.label)
}

// ofUsers is the same order as the registry knows it.
func (o order) ofUsers() (registry.Order, error) {
	if o.by == nil {
		return registry.Order{}, nil
	}
	field, err := o.by.fieldOf()
	if field == registry.FieldFiscalCode {
		field = registry.FieldCode
	}
	if err != nil || field.Type() == registry.Reference {
		return registry.Order{}, o.cannot()
	}
	return registry.Order{Field: field, Descending: o.descending}, nil
}

// place is a document with its place in an order.
type place struct {
	doc *object
	registry.Position
}

func documents(list []place) []*object {
	docs := make([]*object, len(list))
	for i, p := range list {
		docs[i] = p.doc
	}
	return docs
}

// sorted puts documents in order: by value, those without one last (first when descending), then by id.
func (o order) sorted(docs []*object) []place {
	list := make([]place, len(docs))
	for i, doc := range docs {
		list[i] = place{doc, registry.Position{ID: registry.CollaboratorID(doc.text("id")), Value: o.key(doc)}}
	}
	slices.SortFunc(list, func(a, b place) int { return o.compare(a.Position, b.Position) })
	return list
}

// key is what a document is sorted by: a string as it is compared, a bool, an int64, or nil.
func (o order) key(doc *object) any {
	if o.by == nil && o.rt.unsorted != nil {
		return o.rt.unsorted(doc)
	}
	if o.by == nil {
		return nil
	}
	_, have, err := o.rt.lookupIn(doc)(o.path)
	if err != nil || len(have) == 0 {
		return nil
	}
	return o.by.key(have[0])
}

// key is the form in which a value of a is put in order.
func (a *attribute) key(v any) any {
	switch v := v.(type) {
	case string:
		if a.AttributeType() == "dateTime" {
			at, _ := time.Parse(time.RFC3339, v) // as it was written here
			return at.UnixMicro()
		}
		if !a.CaseExact() {
			return strings.ToLower(v)
		}
		return v
	case int:
		return int64(v)
	case bool:
		return v
	}
	return nil
}

func (o order) compare(a, b registry.Position) int {
	sign := compareKeys(a.Value, b.Value)
	if o.descending {
		sign = -sign
	}
	return cmp.Or(sign, cmp.Compare(a.ID, b.ID))
}

// compareKeys compares two keys of one attribute; nil is greater than any.
func compareKeys(a, b any) int {
	if a == nil || b == nil {
		return cmp.Compare(rank(a == nil), rank(b == nil))
	}
	switch a := a.(type) {
	case string:
		b, _ := b.(string)
		return cmp.Compare(a, b)
	case int64:
		b, _ := b.(int64)
		return cmp.Compare(a, b)
	}
	return cmp.Compare(rank(a == true), rank(b == true))
}

func rank(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// pageAfter is the page by cursor of a sorted list.
func (o order) pageAfter(sorted []place, p page) found {
	rest := sorted
	if after := p.from.Position; after != nil {
		i := slices.IndexFunc(sorted, func(at place) bool { return o.compare(at.Position, *after) > 0 })
		if i < 0 {
			i = len(sorted)
		}
		rest = sorted[i:]
	}
	f := found{total: len(sorted)}
	if n := p.count; n > 0 && n < len(rest) {
		f.next, rest = &rest[n-1].Position, rest[:n]
	}
	f.shown = documents(rest[:min(p.count, len(rest))])
	return f
}
