package scim

import (
	"slices"
	"strings"
)

// object is a JSON object that keeps the order of its members. It is the one form in which documents are decoded,
// patched, projected and encoded. Values are *object, []any, string, bool, json.Number, int or nil.
type object struct {
	members []member
}

type member struct {
	name  string
	value any
}

// obj builds an object of alternating names and values, leaving out those that are unassigned: nil, "", an empty
// list or an empty object (RFC 7643 §2.5).
func obj(pairs ...any) *object {
	o := &object{members: make([]member, 0, len(pairs)/2)}
	for i := 0; i+1 < len(pairs); i += 2 {
		if !unassigned(pairs[i+1]) {
			o.members = append(o.members, member{pairs[i].(string), pairs[i+1]})
		}
	}
	return o
}

// unassigned says whether v stands for the absence of a value. RFC 7643 §2.5
func unassigned(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case *object:
		return v == nil || len(v.members) == 0
	}
	return false
}

func (o *object) index(name string) int {
	return slices.IndexFunc(o.members, func(m member) bool { return m.name == name })
}

// get returns the value called name, nil where there is none.
func (o *object) get(name string) any {
	if o == nil {
		return nil
	}
	if i := o.index(name); i >= 0 {
		return o.members[i].value
	}
	return nil
}

// find is get for an object whose names have not been made canonical: case does not count.
func (o *object) find(name string) (any, bool) {
	for _, m := range o.members {
		if sameName(m.name, name) {
			return m.value, true
		}
	}
	return nil, false
}

// sameName compares attribute names: ASCII letters without case (RFC 7643 §2.1). Names of one length leave no room for
// the letters of Unicode that fold to ASCII ones.
func sameName(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }

// set gives name its value; an unassigned value removes it.
func (o *object) set(name string, v any) {
	i := o.index(name)
	switch {
	case unassigned(v):
		if i >= 0 {
			o.members = slices.Delete(o.members, i, i+1)
		}
	case i >= 0:
		o.members[i].value = v
	default:
		o.members = append(o.members, member{name, v})
	}
}

// text returns a string member, "" where there is none.
func (o *object) text(name string) string {
	s, _ := o.get(name).(string)
	return s
}

// child returns an object member, nil where there is none; get and text work on nil.
func (o *object) child(name string) *object {
	c, _ := o.get(name).(*object)
	return c
}

// list returns an array member.
func (o *object) list(name string) []any {
	l, _ := o.get(name).([]any)
	return l
}

// clone copies a value to any depth.
func clone(v any) any {
	switch v := v.(type) {
	case *object:
		c := &object{members: slices.Clone(v.members)}
		for i := range c.members {
			c.members[i].value = clone(c.members[i].value)
		}
		return c
	case []any:
		c := slices.Clone(v)
		for i := range c {
			c[i] = clone(c[i])
		}
		return c
	}
	return v
}

// equal compares two values to any depth; the order of members does not count, that of elements does.
func equal(a, b any) bool {
	switch a := a.(type) {
	case *object:
		b, ok := b.(*object)
		return ok && len(a.members) == len(b.members) && contains(b, a)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equal)
	}
	switch b.(type) {
	case *object, []any:
		return false
	}
	return a == b
}

// contains says whether every member of part is in whole with an equal value.
func contains(whole, part *object) bool {
	for _, m := range part.members {
		i := whole.index(m.name)
		if i < 0 || !equal(m.value, whole.members[i].value) {
			return false
		}
	}
	return true
}
