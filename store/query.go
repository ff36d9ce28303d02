package store

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"varco/registry"
)

// Collaborators answers a query with one statement, and a second one only where
// the page does not tell how many there are.
func (c *conn) Collaborators(q registry.Query) (registry.Page, error) {
	if findsOne(q) && q.Limit > 0 && q.Offset == 0 && q.After == nil {
		return c.only(q)
	}
	var page registry.Page
	if q.Limit > 0 {
		var err error
		if page, err = c.page(q); err != nil {
			return registry.Page{}, err
		}
	}
	n := len(page.Items)
	switch {
	case q.Uncounted:
		return page, nil
	case q.After == nil && n < q.Limit && (n > 0 || q.Offset == 0):
		page.Total = q.Offset + n
		return page, nil
	}
	total, err := c.count(q)
	page.Total = total
	return page, err
}

// only reads the one collaborator that can match.
func (c *conn) only(q registry.Query) (registry.Page, error) {
	where, err := conditionOf(q, c.pool.dialect)
	if err != nil {
		return registry.Page{}, err
	}
	rows, err := list[joinedRow](c, selectOnly(where.sql.String()), where.args...)
	items := fold(rows)
	return registry.Page{Items: items, Total: len(items)}, err
}

func (c *conn) count(q registry.Query) (int, error) {
	where, err := conditionOf(q, c.pool.dialect)
	if err != nil {
		return 0, err
	}
	counted, err := one[countRow](c, "SELECT count(*) AS n FROM collaborator c WHERE "+where.sql.String(), where.args...)
	return counted.N, err
}

type countRow struct {
	N int `db:"n"`
}

// findsOne tells whether a query matches one collaborator at most: what connectors
// ask before every change.
func findsOne(q registry.Query) bool {
	compare, ok := q.Where.(registry.Compare)
	if !ok || compare.Op != registry.Equal {
		return false
	}
	switch compare.Field {
	case registry.FieldID:
		return true
	case registry.FieldUserName, registry.FieldExternalID, registry.FieldFiscalCode:
		return q.Company != ""
	default:
		return false
	}
}

// selectOnly reads the one collaborator that a condition on c selects.
func selectOnly(where string) string { return selectJoined("collaborator c") + " WHERE " + where }

// conditionOf is the condition on c that a query makes.
func conditionOf(q registry.Query, d dialect) (*condition, error) {
	cond := &condition{dialect: d, at: q.At}
	return cond, cond.query(q)
}

// query adds the condition on c that a query makes.
func (c *condition) query(q registry.Query) error {
	switch {
	case q.Company == "":
		c.add("c.present")
	case findsOne(q), seeksEmail(q.Where):
		// Written so that no index on the company alone can serve: a plan made while the
		// table is young would take any, and keep walking the whole company later.
		c.add("(c.company_id = ?) IS TRUE AND c.present", q.Company)
	default:
		c.add("c.company_id = ? AND c.present", q.Company)
	}
	if q.Where == nil {
		return nil
	}
	c.add(" AND ")
	return c.filter(q.Where)
}

// condition is a filter being turned into SQL. Every term is true or false and
// never NULL, so that NOT means what it says.
type condition struct {
	dialect dialect
	at      time.Time
	within  func(registry.Part) (column, error) // inside Some: the parts of an element
	sql     strings.Builder
	args    []any
}

func (c *condition) add(sql string, args ...any) {
	c.sql.WriteString(sql)
	c.args = append(c.args, args...)
}

func (c *condition) filter(f registry.Filter) error {
	switch f := f.(type) {
	case registry.And:
		return c.join(f, " AND ", "TRUE")
	case registry.Or:
		return c.join(f, " OR ", "FALSE")
	case registry.Not:
		c.add("NOT (")
		defer c.add(")")
		return c.filter(f.Term)
	case registry.Present:
		return c.present(f.Field)
	case registry.Compare:
		return c.compare(f)
	case registry.Some:
		return c.some(f)
	default:
		return fmt.Errorf("a filter of type %T is not known", f)
	}
}

func (c *condition) join(terms []registry.Filter, by, none string) error {
	if len(terms) == 0 {
		c.add(none)
		return nil
	}
	c.add("(")
	for i, t := range terms {
		if i > 0 {
			c.add(by)
		}
		if err := c.filter(t); err != nil {
			return err
		}
	}
	c.add(")")
	return nil
}

// column is what a field is compared on: an expression over the collaborator c.
type column struct {
	sql      string
	optional bool // NULL where the field has no value
}

var columns = map[registry.KnownField]column{
	registry.FieldID:          {"c.id", false},
	registry.FieldUserName:    {"c.user_name_key", false},
	registry.FieldExternalID:  {"c.external_id", true},
	registry.FieldDisplayName: {"c.display_name_key", true},
	registry.FieldGivenName:   {"c.given_name_key", true},
	registry.FieldFamilyName:  {"c.family_name_key", true},
	registry.FieldDepartment:  {"(SELECT code FROM unit WHERE id = c.home_unit_id AND closed_at IS NULL)", true},
	registry.FieldCreated:     {"c.created_at", false},
	registry.FieldModified:    {"c.updated_at", false},
	registry.FieldStart:       {"c.start_at", true},
	registry.FieldEnd:         {"c.end_at", true},
	registry.FieldCompany:     {"c.company_id", false},

	registry.FieldCode:           {"(SELECT lower(fiscal_code) FROM person WHERE id = c.person_id)", true},
	registry.FieldFirstAccess:    {"EXISTS (SELECT 1 FROM person WHERE id = c.person_id AND first_access_at IS NOT NULL)", false},
	registry.FieldRelationship:   {"c.relationship", true},
	registry.FieldStable:         {"c.stable", false},
	registry.FieldJobCode:        {"c.job_code", true},
	registry.FieldAuthorised:     {"c.processing_authorised", false},
	registry.FieldAuthorisedOn:   {"c.processing_on", true},
	registry.FieldDocumentRef:    {"c.processing_document", true},
	registry.FieldReviewBy:       {"c.processing_review_by", true},
	registry.FieldThirdPartyCode: {"lower(c.third_party_code)", true},
	registry.FieldAppointmentRef: {"c.third_party_appointed", true},
}

// over is Collaborator.Over in SQL, with overArgs.
const over = "(c.closed_at IS NOT NULL OR (c.end_at IS NOT NULL AND c.end_at <= ?)" +
	" OR (c.waiting AND c.opened_at <= ? AND COALESCE(c.start_at, 0) <= ?) OR (c.held_end_at IS NOT NULL AND c.held_end_at <= ?))"

func overArgs(now time.Time) []any {
	expired := instant(now.Add(-registry.PreregistrationLife))
	return []any{instant(now), expired, expired, instant(now)}
}

func (c *condition) over() { c.add(over, overArgs(c.at)...) }

const heldGrant = "EXISTS (SELECT 1 FROM entitlement_grant g LEFT JOIN unit u ON u.id = g.unit_id WHERE g.collaborator_id = c.id AND g.ended_at IS NULL"

func (c *condition) present(f registry.Field) error {
	switch f {
	case registry.FieldActive, registry.FieldGroup:
		c.add("TRUE")
	case registry.FieldScopes:
		c.add("c.processing_scopes <> '[]'")
	case registry.FieldFiscalCode:
		c.add("c.person_id IS NOT NULL")
	case registry.FieldEntitlement:
		c.add("(" + heldGrant + ") AND NOT ")
		c.over()
		c.add(")")
	default:
		col, err := c.columnOf(f)
		if err != nil {
			return err
		}
		c.add("(" + col.sql + " IS NOT NULL)")
	}
	return nil
}

func (c *condition) compare(f registry.Compare) error {
	if f.Op == registry.NotEqual {
		return c.filter(registry.Not{Term: registry.Compare{Field: f.Field, Op: registry.Equal, Value: f.Value}})
	}
	switch f.Field.Type() {
	case registry.Boolean:
		return c.compareBoolean(f)
	case registry.Reference:
		return c.compareReference(f)
	case registry.Instant:
		at, ok := f.Value.(time.Time)
		if !ok {
			return misfit(f)
		}
		return c.compareColumn(f, instant(at))
	}
	s, ok := f.Value.(string)
	if !ok {
		return misfit(f)
	}
	switch {
	case f.Field == registry.FieldUserName:
		s = registry.UserNameKey(s)
	case f.Field.Type() == registry.FoldedText:
		s = strings.ToLower(s)
	}
	return c.compareText(f, s)
}

func misfit(f registry.Compare) error {
	return &registry.Error{Kind: registry.Invalid, Msg: fmt.Sprintf("filter: a value of type %T cannot be compared in this way", f.Value)}
}

var orders = map[registry.Op]string{
	registry.Equal: "=", registry.Greater: ">", registry.GreaterOrEqual: ">=", registry.Less: "<", registry.LessOrEqual: "<=",
}

// compareColumn compares a field's column with a value by its order.
func (c *condition) compareColumn(f registry.Compare, value any) error {
	order, known := orders[f.Op]
	if !known {
		return misfit(f)
	}
	byteOrder := ""
	if _, isText := value.(string); isText && f.Op != registry.Equal {
		byteOrder = c.dialect.byteOrder
	}
	return c.column(f.Field, func(col string) { c.add(col+byteOrder+" "+order+" ?", value) })
}

// column adds a term on a field's column that is false where there is no value.
func (c *condition) column(f registry.Field, term func(sql string)) error {
	col, err := c.columnOf(f)
	if err != nil {
		return err
	}
	if !col.optional {
		term(col.sql)
		return nil
	}
	c.add("(" + col.sql + " IS NOT NULL AND ")
	term(col.sql)
	c.add(")")
	return nil
}

// columnOf finds the column of a field that has one.
func (c *condition) columnOf(f registry.Field) (column, error) {
	if part, ok := f.(registry.Part); ok {
		return c.part(part)
	}
	switch f {
	case registry.FieldActive:
		return column{"NOT " + c.overNow(), false}, nil
	case registry.FieldStatus:
		return column{c.status(), false}, nil
	}
	known, isKnown := f.(registry.KnownField)
	col, ok := columns[known]
	if !ok || !isKnown {
		return column{}, errField
	}
	return col, nil
}

var errField = &registry.Error{Kind: registry.Invalid, Msg: "query: this field cannot be searched or ordered by in this way"}

// compareText adds the relations on parts of a text. LIKE is not among the means:
// the engines differ on the case of letters.
func (c *condition) compareText(f registry.Compare, s string) error {
	n := utf8.RuneCountInString(s)
	switch f.Op {
	case registry.Contains:
		return c.column(f.Field, func(col string) { c.add(c.dialect.position+"("+col+", ?) > 0", s) })
	case registry.StartsWith:
		return c.column(f.Field, func(col string) { c.add("substr("+col+", 1, ?) = ?", n, s) })
	case registry.EndsWith:
		return c.column(f.Field, func(col string) {
			c.add("(length("+col+") >= ? AND substr("+col+", length("+col+") - ? + 1) = ?)", n, n, s)
		})
	default:
		return c.compareColumn(f, s)
	}
}

func (c *condition) compareBoolean(f registry.Compare) error {
	wanted, ok := f.Value.(bool)
	if !ok || f.Op != registry.Equal {
		return misfit(f)
	}
	if f.Field == registry.FieldActive {
		if wanted {
			c.add("NOT ")
		}
		c.over()
		return nil
	}
	return c.column(f.Field, func(col string) {
		if !wanted {
			c.add("NOT ")
		}
		c.add("(" + col + ")")
	})
}

func (c *condition) compareReference(f registry.Compare) error {
	s, ok := f.Value.(string)
	if !ok || f.Op != registry.Equal {
		return misfit(f)
	}
	switch f.Field {
	case registry.FieldFiscalCode:
		c.holdsCode(s)
	case registry.FieldGroup:
		c.add("(c.company_id = ? OR (c.home_unit_id IS NOT NULL AND c.home_unit_id = ? AND "+
			"EXISTS (SELECT 1 FROM unit h WHERE h.id = c.home_unit_id AND h.closed_at IS NULL)))", s, s)
	case registry.FieldEntitlement:
		c.holdsEntitlement(s)
	}
	return nil
}

// holdsCode matches any variant and alias of a code. What is no code matches nobody.
func (c *condition) holdsCode(s string) {
	code, err := registry.ParseFiscalCode(s)
	if err != nil {
		c.add("FALSE")
		return
	}
	c.add("(c.person_id IS NOT NULL AND c.person_id = COALESCE((SELECT person_id FROM person_code WHERE code = ?), ''))", code.Folded())
}

// holdsEntitlement matches the grants that Collaborator.Standing gives.
func (c *condition) holdsEntitlement(s string) {
	e, err := registry.ParseEntitlement(s)
	if err != nil {
		c.add("FALSE")
		return
	}
	c.add("("+heldGrant+" AND g.profile = ? AND COALESCE(u.code, '') = ?) AND NOT ", string(e.Profile), e.Unit)
	c.over()
	c.add(")")
}
