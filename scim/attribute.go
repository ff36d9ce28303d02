package scim

import (
	"strings"

	"github.com/elimity-com/scim/schema"
)

// attribute is one line of the schema table (RFC 7643 §7), compiled from the elimity definition that /Schemas shows:
// what is advertised and what decoding, PATCH and filters obey are the same data.
type attribute struct {
	schema.CoreAttribute
	name  string
	label string // how errors call it: [URN:]name[.sub]
	urn   string // the schema the attribute belongs to, "" for the common attributes
	core  bool   // stands at the top of the resource rather than under its extension's URN
	sub   attributes
}

// attributes finds attributes by name, whatever its case (RFC 7643 §2.1).
type attributes map[string]*attribute

func (as attributes) find(name string) *attribute { return as[strings.ToLower(name)] }

func (a *attribute) readOnly() bool  { return a.Mutability() == "readOnly" }
func (a *attribute) immutable() bool { return a.Mutability() == "immutable" }
func (a *attribute) complex() bool   { return a.AttributeType() == "complex" }

// compile turns definitions into a table. Labels begin with prefix.
func compile(list []schema.CoreAttribute, urn, prefix string, core bool) attributes {
	as := attributes{}
	for _, c := range list {
		label := prefix + c.Name()
		as[strings.ToLower(c.Name())] = &attribute{
			CoreAttribute: c, name: c.Name(), label: label, urn: urn, core: core,
			sub: compile(c.SubAttributes(), urn, label+".", core),
		}
	}
	return as
}

// resourceType is one of the kinds of resource served (RFC 7643 §6) with its schemas compiled.
type resourceType struct {
	name, endpoint, description string
	schema                      schema.Schema
	extensions                  []schema.Schema
	unsorted                    func(*object) string // what a list goes by, before the id, when nothing is asked for
	apart                       string               // the attribute that is not read when resources are searched, if one is not

	core     attributes
	extended map[string]attributes // by canonical URN
}

func newResourceType(rt resourceType) *resourceType {
	rt.core = compile(rt.schema.Attributes, rt.schema.ID, "", true)
	for name, a := range compile(schema.CommonAttributes(), "", "", true) {
		if rt.core[name] == nil {
			rt.core[name] = a
		}
	}
	rt.extended = map[string]attributes{}
	for _, e := range rt.extensions {
		rt.extended[e.ID] = compile(e.Attributes, e.ID, e.ID+":", false)
	}
	return &rt
}

// extension returns the canonical URN of one of the type's extensions.
func (rt *resourceType) extension(urn string) (string, bool) {
	for _, e := range rt.extensions {
		if strings.EqualFold(e.ID, urn) {
			return e.ID, true
		}
	}
	return "", false
}

// urns lists the type's schemas, the core one first.
func (rt *resourceType) urns() []string {
	list := []string{rt.schema.ID}
	for _, e := range rt.extensions {
		list = append(list, e.ID)
	}
	return list
}

// find returns the attribute a client means: by its URN, or without one among the core attributes and then, when only
// one extension has the name, there. It returns nil where there is none.
func (rt *resourceType) find(urn, name string) *attribute {
	switch {
	case urn == "":
		if a := rt.core.find(name); a != nil {
			return a
		}
		return rt.extensionWith(name)
	case strings.EqualFold(urn, rt.schema.ID):
		return rt.core.find(name)
	}
	if id, ok := rt.extension(urn); ok {
		return rt.extended[id].find(name)
	}
	return nil
}

func (rt *resourceType) extensionWith(name string) *attribute {
	var found *attribute
	for _, as := range rt.extended {
		if a := as.find(name); a != nil {
			if found != nil {
				return nil
			}
			found = a
		}
	}
	return found
}

// holder returns the object of doc in which a stands: doc itself, or the object of its extension, made on demand.
func (a *attribute) holder(doc *object) *object {
	if a.core {
		return doc
	}
	if doc.child(a.urn) == nil {
		doc.members = append(doc.members, member{a.urn, &object{}})
	}
	return doc.child(a.urn)
}

// in returns the value of a in doc.
func (a *attribute) in(doc *object) any {
	if a.core {
		return doc.get(a.name)
	}
	return doc.child(a.urn).get(a.name)
}

// put gives a its value in doc.
func (a *attribute) put(doc *object, v any) {
	a.holder(doc).set(a.name, v)
	if !a.core && unassigned(doc.child(a.urn)) {
		doc.set(a.urn, nil)
	}
}
