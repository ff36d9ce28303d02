package registry

import "time"

// Query selects collaborators of one company. Deleted ones are never found.
type Query struct {
	Company CompanyID
	Where   Filter // nil: all
	// At is the instant at which fields that depend on time are answered; the registry sets it.
	At     time.Time
	Offset int // rows to skip
	Limit  int // rows to return; 0 only counts
}

// Page is the answer to a Query, in the order of creation.
type Page struct {
	Items []Collaborator
	Total int // how many match, whatever the page
}

// Filter is a condition on collaborators: And, Or, Not, Compare or Present.
type Filter interface{ filter() }

// And holds when all terms hold.
type And []Filter

// Or holds when one term holds.
type Or []Filter

// Not holds when the term does not hold.
type Not struct{ Term Filter }

// Compare holds when the field has a value that stands in this relation to Value.
// A field without a value satisfies NotEqual and nothing else.
// Value is a string, a bool or a time.Time, as the field's [FieldType] says.
type Compare struct {
	Field Field
	Op    Op
	Value any
}

// Present holds when the field has a value.
type Present struct{ Field Field }

func (And) filter()     {}
func (Or) filter()      {}
func (Not) filter()     {}
func (Compare) filter() {}
func (Present) filter() {}

// Op is a relation. Text fields know all of them, instants all but the three on
// parts of text, booleans and references Equal and NotEqual.
type Op int

// The relations.
const (
	Equal Op = iota
	NotEqual
	Contains
	StartsWith
	EndsWith
	Greater
	GreaterOrEqual
	Less
	LessOrEqual
)

// Field names what a collaborator can be searched by.
type Field int

// The fields.
const (
	FieldID          Field = iota
	FieldUserName          // folded
	FieldExternalID        // exact
	FieldDisplayName       // folded
	FieldGivenName         // folded
	FieldFamilyName        // folded
	FieldActive            // true while the employment is not over
	FieldFiscalCode        // a reference: any variant or alias of the code; value FiscalCode as string
	FieldDepartment        // code of the home unit, exact
	FieldGroup             // a reference: the id of the company or of the home unit
	FieldEntitlement       // a reference: an open grant, value as Entitlement.String
	FieldCreated
	FieldModified
	FieldStart
	FieldEnd
)

// FieldType says what values a field has.
type FieldType int

// The types of fields. A Reference answers Equal and NotEqual only.
const (
	FoldedText FieldType = iota // compared in lower case
	ExactText
	Boolean
	Instant
	Reference
)

// Type of the field's values.
func (f Field) Type() FieldType {
	switch f {
	case FieldUserName, FieldDisplayName, FieldGivenName, FieldFamilyName:
		return FoldedText
	case FieldActive:
		return Boolean
	case FieldFiscalCode, FieldGroup, FieldEntitlement:
		return Reference
	case FieldCreated, FieldModified, FieldStart, FieldEnd:
		return Instant
	default:
		return ExactText
	}
}
