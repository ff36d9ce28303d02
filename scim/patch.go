package scim

import (
	"fmt"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"
)

const (
	urnPatchOp    = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	maxOperations = 1000 // in one PATCH
)

// The operations of RFC 7644 §3.5.2.
const (
	opAdd     = "add"
	opRemove  = "remove"
	opReplace = "replace"
)

// operation is one member of Operations as it was sent.
type operation struct {
	where   string // "Operations[2]", for errors
	verb    string
	path    string
	value   any
	dialect dialect
}

// change is one write to one place of a document. An operation is expanded into as many as it needs.
type change struct {
	where   string
	verb    string
	attr    *attribute
	dialect dialect
	filter  expr       // which elements of attr; nil for all of it
	sub     *attribute // which part of attr or of its elements; nil for the whole
	value   any        // as sent; nil for null and for a remove without value
}

// decodePatch reads the body of a PATCH into changes to a resource of type rt, checking syntax and paths. No document
// is needed for that, so a client learns of a wrong path whatever the state of the resource.
func decodePatch(rt *resourceType, body *object, d dialect) ([]change, error) {
	if err := checkMessage(body, urnPatchOp); err != nil {
		return nil, err
	}
	v, _ := body.find("Operations")
	list, ok := v.([]any)
	if !ok {
		return nil, refuse(scimerrors.ScimTypeInvalidSyntax, "Operations: expected a list")
	}
	if len(list) == 0 && d == strict { // RFC 7644 §3.5.2: one or more
		return nil, refuse(scimerrors.ScimTypeInvalidSyntax, "Operations: expected one or more")
	}
	if len(list) > maxOperations {
		return nil, refuseStatus(413, "Operations: more than %d", maxOperations)
	}
	var changes []change
	for i, v := range list {
		where := fmt.Sprintf("Operations[%d]", i)
		some, err := decodeOperation(rt, operation{where: where, dialect: d}, v)
		if err != nil {
			return nil, within(where, err)
		}
		changes = append(changes, some...)
	}
	return changes, nil
}

// checkMessage tests that schemas names the message's URN. Further URNs do no harm: Entra ID sends some.
func checkMessage(body *object, urn string) error {
	v, _ := body.find("schemas")
	list, _ := v.([]any)
	for _, s := range list {
		if s, ok := s.(string); ok && strings.EqualFold(s, urn) {
			return nil
		}
	}
	return refuse(scimerrors.ScimTypeInvalidSyntax, "schemas: must hold %s", urn)
}

func decodeOperation(rt *resourceType, op operation, v any) ([]change, error) {
	in, ok := v.(*object)
	if !ok {
		return nil, refuse(scimerrors.ScimTypeInvalidSyntax, "expected an object with op, path and value")
	}
	verb, _ := in.find("op")
	path, _ := in.find("path")
	op.value, _ = in.find("value")
	op.verb, _ = verb.(string)
	if op.dialect == lenient {
		op.verb = strings.ToLower(op.verb)
	}
	if op.verb != opAdd && op.verb != opRemove && op.verb != opReplace {
		return nil, refuse(scimerrors.ScimTypeInvalidSyntax, "op: expected add, remove or replace")
	}
	if op.path, ok = path.(string); !ok && path != nil {
		return nil, refuse(scimerrors.ScimTypeInvalidPath, "path: expected a string")
	}
	if err := op.dialect.operation(in, op); err != nil {
		return nil, err
	}
	if op.path == "" {
		return op.pathless(rt)
	}
	return op.at(rt, op.path, op.value)
}

// pathless expands an operation without a path: its value is an object whose names are paths. RFC 7644 §3.5.2.1;
// dotted, bracketed and URN names are Entra ID's and Okta's.
func (op operation) pathless(rt *resourceType) ([]change, error) {
	value, ok := op.value.(*object)
	switch {
	case !ok && op.verb == opRemove:
		return nil, refuse(scimerrors.ScimTypeNoTarget, "path: required for remove")
	case !ok:
		return nil, refuse(scimerrors.ScimTypeInvalidValue, "value: an operation without path needs an object")
	}
	return op.members(rt, "", value)
}

// members expands an object whose names are paths below prefix: nothing, or a schema's URN and a colon.
func (op operation) members(rt *resourceType, prefix string, value *object) ([]change, error) {
	var changes []change
	for _, m := range value.members {
		if prefix == "" && op.dialect == lenient && rt.ignored(m.name) || strings.EqualFold(m.name, "schemas") { // some clients repeat it in an extension
			if err := rt.passOver(m.name); err != nil {
				return nil, err
			}
			continue
		}
		if err := op.dialect.name(rt, m.name); err != nil {
			return nil, err
		}
		some, err := op.at(rt, prefix+m.name, m.value)
		if err != nil {
			return nil, err
		}
		changes = append(changes, some...)
	}
	return changes, nil
}

// ignored are names that clients echo in a value without path although they are not theirs to write, attributes of the
// RFC that are not kept (a password never is), and extensions of other products.
func (rt *resourceType) ignored(name string) bool {
	switch strings.ToLower(name) {
	case "id", "meta", "schemas", "groups", "password":
		return true
	case "roles": // Entra ID sends an empty list of them with a group
		return rt.core.find(name) == nil
	}
	if !isURN(name) && !strings.HasPrefix(name, "http") {
		return false
	}
	for _, urn := range rt.urns() {
		if beginsWith(name, urn) {
			return false
		}
	}
	return true
}

// at expands an operation on one path.
func (op operation) at(rt *resourceType, path string, value any) ([]change, error) {
	for _, urn := range rt.urns() {
		if strings.EqualFold(urn, path) {
			return op.extension(rt, urn, value)
		}
	}
	p, err := parsePatchPath(path)
	if err != nil {
		return nil, err
	}
	c := change{where: op.where, verb: op.verb, dialect: op.dialect, attr: rt.find(p.urn, p.name), filter: p.filter, value: value}
	if c.attr == nil {
		return nil, refuse(scimerrors.ScimTypeInvalidPath, "path: %s: no such attribute", clip(p.attrPath.String()))
	}
	if c.sub, err = c.attr.part(p.sub, op.dialect); err != nil {
		return nil, err
	}
	if err := op.dialect.change(p.attrPath, c); err != nil {
		return nil, err
	}
	if c.filter != nil {
		return []change{c}, c.checkFilter()
	}
	return c.parts()
}

// extension expands an operation on a whole schema: its attributes are the names in the value.
func (op operation) extension(rt *resourceType, urn string, value any) ([]change, error) {
	if o, ok := value.(*object); ok {
		return op.members(rt, urn+":", o)
	}
	if value != nil || op.verb == opAdd || urn == rt.schema.ID {
		return nil, refuse(scimerrors.ScimTypeInvalidValue, "%s: expected an object", urn)
	}
	var changes []change
	for _, a := range rt.extended[urn] {
		if !a.readOnly() {
			changes = append(changes, change{where: op.where, verb: opRemove, dialect: op.dialect, attr: a})
		}
	}
	return changes, nil
}

// part finds a sub-attribute; "" is none.
func (a *attribute) part(name string, d dialect) (*attribute, error) {
	if name == "" {
		return nil, nil
	}
	if sub := a.sub.find(name); sub != nil {
		return sub, nil
	}
	if d == lenient && a.label == "roles" && strings.EqualFold(name, "displayName") { // Entra ID's name for display
		return a.sub["display"], nil
	}
	return nil, refuse(scimerrors.ScimTypeInvalidPath, "path: %s.%s: no such attribute", a.label, clip(name))
}

// checkFilter tests that the brackets stand behind a list of objects and name sub-attributes that exist.
func (c change) checkFilter() error {
	if !c.attr.MultiValued() || !c.attr.complex() {
		return refuse(scimerrors.ScimTypeInvalidPath, "path: %s is not a list to select from", c.attr.label)
	}
	if _, err := matches(c.filter, c.attr, &object{}); err != nil {
		return err
	}
	return c.dialect.filter(c.filter, c.attr.partAt, scimerrors.ScimTypeInvalidPath)
}

// parts turns a write of an object to a single complex attribute into writes of its parts: those not sent stay as they
// are, and of an empty object all. RFC 7644 §3.5.2.3
func (c change) parts() ([]change, error) {
	_, isObject := c.value.(*object)
	apart := c.sub == nil && c.attr.complex() && !c.attr.MultiValued() && !c.attr.readOnly()
	if !apart || c.verb == opRemove || unassigned(c.value) && !isObject {
		return []change{c}, nil
	}
	value, err := c.attr.single(c.value)
	if err != nil {
		return nil, err
	}
	var changes []change
	for _, m := range value.members {
		part := c
		part.value = m.value
		if part.sub = c.attr.sub.find(m.name); part.sub != nil {
			changes = append(changes, part)
		} else if c.attr.ours() {
			return nil, c.attr.unknown(m.name)
		}
	}
	return changes, nil
}
