package registry

import "time"

// Query selects collaborators. Deleted ones are never found.
type Query struct {
	Company CompanyID // empty: every company
	Where   Filter    // nil: all
	// At is the instant at which fields that depend on time are answered; the registry sets it.
	At     time.Time
	Order  Order
	After  *Position // only what follows it in the order; nil: from the first
	Offset int       // rows to skip
	Limit  int       // rows to return; 0 only counts
	// Uncounted leaves Page.Total at 0: a page then costs one statement, wherever it lies.
	Uncounted bool
	// Text is what was asked, in the asker's words: for the trail of what the agency reads.
	Text string
}

// Order is in which order a Query answers. Who has no value of the field comes last, and first when descending;
// where the field leaves it open the lower id goes first (RFC 7644 §3.4.2.3).
type Order struct {
	Field      Field // nil: by company, then creation
	Descending bool  // of the field
}

// Position is the place of one collaborator in an order. It stays where it is, whatever becomes of the collaborator.
type Position struct {
	Company CompanyID
	ID      CollaboratorID
	// Value orders before the id, in the store's own form: a string, an int64, a bool, or nil for none.
	Value any
}

// Page is the answer to a Query.
type Page struct {
	Items []Collaborator
	Total int       // how many match, whatever the page
	Next  *Position // of the last item, when others follow it; known only to an Uncounted query
}

// Filter is a condition on collaborators: And, Or, Not, Compare, Present or Some.
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

// Some holds when one element of a list meets the whole condition, whose fields are parts of the element.
type Some struct {
	Of    Field
	Where Filter
}

func (Some) filter()    {}
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

// Field is what collaborators are searched and ordered by.
type Field interface{ Type() FieldType }

// Part is a field that the registry does not know: a value in the card or, within [Some], in an element of a list.
type Part struct {
	Pointer string // where it stands (RFC 6901); "" is the element itself
	Kind    FieldType
}

// Type of the part's values.
func (p Part) Type() FieldType { return p.Kind }

// KnownField is a field that the registry knows.
type KnownField int

// The fields.
const (
	FieldID           KnownField = iota
	FieldUserName                // folded
	FieldExternalID              // exact
	FieldDisplayName             // folded
	FieldGivenName               // folded
	FieldFamilyName              // folded
	FieldActive                  // true while the employment is not over
	FieldFiscalCode              // a reference: any variant or alias of the code; value FiscalCode as string
	FieldCode                    // the code itself as a text, folded
	FieldDepartment              // code of the home unit, exact
	FieldGroup                   // a reference: the id of the company or of the home unit; also a list of "/value" and "/type"
	FieldEntitlement             // a reference: an open grant, value as Entitlement.String; also a list of "/value" and "/type"
	FieldScopes                  // a list of areas
	FieldCompany                 // id, exact
	FieldStatus                  // exact
	FieldFirstAccess             // whether the person has entered
	FieldRelationship            // exact
	FieldStable
	FieldJobCode // exact
	FieldAuthorised
	FieldAuthorisedOn   // exact, YYYY-MM-DD
	FieldDocumentRef    // exact
	FieldReviewBy       // exact, YYYY-MM-DD
	FieldThirdPartyCode // folded
	FieldAppointmentRef // exact
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
	List // known to Present and Some only
)

// Type of the field's values.
func (f KnownField) Type() FieldType {
	switch f {
	case FieldUserName, FieldDisplayName, FieldGivenName, FieldFamilyName, FieldCode, FieldThirdPartyCode:
		return FoldedText
	case FieldActive, FieldFirstAccess, FieldStable, FieldAuthorised:
		return Boolean
	case FieldScopes:
		return List
	case FieldFiscalCode, FieldGroup, FieldEntitlement:
		return Reference
	case FieldCreated, FieldModified, FieldStart, FieldEnd:
		return Instant
	default:
		return ExactText
	}
}
