package scim

import (
	"github.com/elimity-com/scim/optional"
	"github.com/elimity-com/scim/schema"
)

// The URNs of the schemas served (RFC 7643 §8, REQUIREMENTS C.3, draft-ietf-scim-roles-entitlements-01).
const (
	urnUser            = "urn:ietf:params:scim:schemas:core:2.0:User"
	urnEnterprise      = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	urnVarcoUser       = "urn:ietf:params:scim:schemas:extension:varco:2.0:User"
	urnGroup           = "urn:ietf:params:scim:schemas:core:2.0:Group"
	urnVarcoGroup      = "urn:ietf:params:scim:schemas:extension:varco:2.0:Group"
	urnEntitlement     = "urn:ietf:params:scim:schemas:core:2.0:Entitlement"
	urnRole            = "urn:ietf:params:scim:schemas:core:2.0:Role"
	urnOktaEntitlement = "urn:okta:scim:schemas:core:1.0:Entitlement"
	urnVarcoEntit      = "urn:ietf:params:scim:schemas:extension:varco:2.0:Entitlement"
)

// Marks on an attribute; without any it is an optional, single, case-insensitive, readWrite string.
type marks struct {
	required, exact, many, unique bool
	readOnly, immutable, hidden   bool // hidden: writeOnly and never returned
	values                        []string
}

func (m marks) mutability() schema.AttributeMutability {
	switch {
	case m.readOnly:
		return schema.AttributeMutabilityReadOnly()
	case m.immutable:
		return schema.AttributeMutabilityImmutable()
	case m.hidden:
		return schema.AttributeMutabilityWriteOnly()
	}
	return schema.AttributeMutabilityReadWrite()
}

func (m marks) returned() schema.AttributeReturned {
	if m.hidden {
		return schema.AttributeReturnedNever()
	}
	return schema.AttributeReturnedDefault()
}

func (m marks) uniqueness() schema.AttributeUniqueness {
	if m.unique {
		return schema.AttributeUniquenessServer()
	}
	return schema.AttributeUniquenessNone()
}

func text(name, description string, m marks) schema.SimpleParams {
	return schema.SimpleStringParams(schema.StringParams{
		Name: name, Description: optional.NewString(description), Required: m.required, CaseExact: m.exact,
		MultiValued: m.many, Mutability: m.mutability(), Returned: m.returned(), Uniqueness: m.uniqueness(),
		CanonicalValues: m.values,
	})
}

func boolean(name, description string, m marks) schema.SimpleParams {
	return schema.SimpleBooleanParams(schema.BooleanParams{
		Name: name, Description: optional.NewString(description), Required: m.required, Mutability: m.mutability(),
	})
}

func binary(name, description string) schema.SimpleParams {
	return schema.SimpleBinaryParams(schema.BinaryParams{Name: name, Description: optional.NewString(description)})
}

func instantAttr(name, description string) schema.SimpleParams {
	return schema.SimpleDateTimeParams(schema.DateTimeParams{
		Name: name, Description: optional.NewString(description), Mutability: schema.AttributeMutabilityReadOnly(),
	})
}

func integer(name, description string) schema.SimpleParams {
	return schema.SimpleNumberParams(schema.NumberParams{
		Name: name, Description: optional.NewString(description), Type: schema.AttributeTypeInteger(),
		Mutability: schema.AttributeMutabilityReadOnly(),
	})
}

func reference(name, description string, m marks, types ...schema.AttributeReferenceType) schema.SimpleParams {
	return schema.SimpleReferenceParams(schema.ReferenceParams{
		Name: name, Description: optional.NewString(description), Mutability: m.mutability(), ReferenceTypes: types,
	})
}

func complexAttr(name, description string, m marks, sub ...schema.SimpleParams) schema.CoreAttribute {
	return schema.ComplexCoreAttribute(schema.ComplexParams{
		Name: name, Description: optional.NewString(description), Required: m.required, MultiValued: m.many,
		Mutability: m.mutability(), SubAttributes: sub,
	})
}

// simple makes top-level attributes of parameters.
func simple(params ...schema.SimpleParams) []schema.CoreAttribute {
	var list []schema.CoreAttribute
	for _, p := range params {
		list = append(list, schema.SimpleCoreAttribute(p))
	}
	return list
}

func newSchema(urn, name, description string, attributes ...[]schema.CoreAttribute) schema.Schema {
	s := schema.Schema{ID: urn, Name: optional.NewString(name), Description: optional.NewString(description)}
	for _, list := range attributes {
		s.Attributes = append(s.Attributes, list...)
	}
	return s
}
