package scim

import (
	"net/url"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"
)

// projection is what a client wants to see of a resource: attributes or excludedAttributes (RFC 7644 §3.9).
type projection struct {
	rt       *resourceType
	only     map[string]bool // labels of attributes and sub-attributes; nil for all
	excluded map[string]bool
}

func newProjection(rt *resourceType, query url.Values) (projection, error) {
	p := projection{rt: rt}
	only, excluded := query.Get("attributes"), query.Get("excludedAttributes")
	if only != "" && excluded != "" {
		return p, refuse(scimerrors.ScimTypeInvalidValue, "attributes and excludedAttributes exclude each other")
	}
	if only != "" {
		p.only = rt.labels(only)
	}
	if excluded != "" {
		p.excluded = rt.labels(excluded)
	}
	return p, nil
}

// labels resolves a comma-separated list. Unknown names are passed over: there is nothing to show of them.
func (rt *resourceType) labels(list string) map[string]bool {
	set := map[string]bool{}
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if urn, ok := rt.extension(name); ok {
			set[urn] = true
			continue
		}
		path, err := parsePatchPath(name) // emails[type eq "work"] asks for emails
		if err != nil {
			continue
		}
		a := rt.find(path.urn, path.name)
		if a == nil {
			continue
		}
		if sub := a.sub.find(path.sub); sub != nil {
			a = sub
		}
		set[a.label] = true
	}
	return set
}

// all says whether nothing is left out.
func (p projection) all() bool { return p.only == nil && p.excluded == nil }

// wants says whether an attribute will be shown, so that what is costly and unwanted is not read at all.
func (p projection) wants(name string) bool {
	a := p.rt.core.find(name)
	if p.only == nil {
		return !p.excluded[a.label]
	}
	if p.only[a.label] {
		return true
	}
	for _, sub := range a.sub {
		if p.only[sub.label] {
			return true
		}
	}
	return false
}

// apply leaves out of doc what is not wanted; id and schemas always stay.
func (p projection) apply(doc *object) *object {
	if p.all() {
		return doc
	}
	out := &object{}
	for _, m := range doc.members {
		switch ext, isExt := p.rt.extended[m.name]; {
		case m.name == "id" || m.name == "schemas":
			out.set(m.name, m.value)
		case isExt:
			out.set(m.name, p.keep(ext, m.value.(*object), p.only[m.name] || p.only == nil && !p.excluded[m.name]))
		default:
			out.set(m.name, p.part(p.rt.core.find(m.name), m.value, p.only == nil))
		}
	}
	return out
}

// part is what is wanted of one value; shown says whether what contains it is shown as a whole.
func (p projection) part(a *attribute, v any, shown bool) any {
	if p.excluded[a.label] {
		return nil
	}
	shown = shown || p.only[a.label]
	switch v := v.(type) {
	case *object:
		return p.keep(a.sub, v, shown)
	case []any:
		var list []any
		for _, e := range v {
			if kept := p.part(a, e, shown); !unassigned(kept) {
				list = append(list, kept)
			}
		}
		return list
	}
	if shown {
		return v
	}
	return nil
}

// keep is what is wanted of an object whose members are described by as.
func (p projection) keep(as attributes, o *object, shown bool) *object {
	out := &object{}
	if p.excluded != nil && !shown {
		return out
	}
	for _, m := range o.members {
		out.set(m.name, p.part(as.find(m.name), m.value, shown))
	}
	return out
}
