package store

import (
	"strings"

	"varco/registry"
)

// page reads one page of a query with one statement.
func (c *conn) page(q registry.Query) (registry.Page, error) {
	limit := q.Limit
	if q.Uncounted {
		q.Limit++ // one more, to see whether there is one
	}
	query, args, err := selectPage(q, c.pool.dialect)
	if err != nil {
		return registry.Page{}, err
	}
	rows, err := list[joinedRow](c, query, args...)
	if err != nil {
		return registry.Page{}, err
	}
	page := registry.Page{Items: fold(rows)}
	if len(page.Items) > limit {
		page.Items = page.Items[:limit]
		page.Next = positionOf(page.Items[limit-1], rows, q.Order)
	}
	return page, nil
}

// positionOf is the position of a collaborator among the rows of a page.
func positionOf(last registry.Collaborator, rows []joinedRow, o registry.Order) *registry.Position {
	at := &registry.Position{Company: last.CompanyID, ID: last.ID}
	for i := range rows {
		if registry.CollaboratorID(rows[i].ID) == last.ID {
			at.Value = rows[i].SortValue
		}
	}
	if b, ok := at.Value.([]byte); ok { // how a driver may give a text
		at.Value = string(b)
	}
	return at
}

// selectPage is the statement for the page of a query, with its arguments. The
// CAST keeps SQLite from making a new plan for each value of the limit.
func selectPage(q registry.Query, d dialect) (string, []any, error) {
	order := orderOf(q, d)
	s := &condition{dialect: d, at: q.At}
	s.add("(SELECT s.id, s.company_id, s.sort_value FROM (SELECT c.id, c.company_id, ")
	if err := s.sortValue(q); err != nil {
		return "", nil, err
	}
	s.add(" AS sort_value FROM collaborator c WHERE ")
	if err := s.query(q); err != nil {
		return "", nil, err
	}
	s.add(") AS s")
	if q.After != nil {
		s.add(" WHERE ")
		order.after(s, q.After)
	}
	s.add(" ORDER BY "+order.by("s")+" LIMIT CAST(? AS BIGINT) OFFSET ?) AS page JOIN collaborator c ON c.id = page.id", q.Limit, q.Offset)
	return selectJoinedAnd("page.sort_value", s.sql.String()) + " ORDER BY " + order.by("page"), s.args, nil
}

// sortValue adds what collaborators are ordered by.
func (c *condition) sortValue(q registry.Query) error {
	f := q.Order.Field
	switch {
	case f == nil && seeksEmail(q.Where):
		c.add("c.created_at + 0") // no index gives this order: the few that are sought are found first
		return nil
	case f == nil:
		c.add("c.created_at")
		return nil
	}
	col, err := c.columnOf(f)
	c.add(col.sql)
	return err
}

// ordering is an order in SQL, on the columns id, company_id and sort_value.
type ordering struct {
	byteOrder  string
	byCreation bool
	everywhere bool // in every company
	descending bool
}

func orderOf(q registry.Query, d dialect) ordering {
	f := q.Order.Field
	o := ordering{byCreation: f == nil, everywhere: q.Company == "", descending: q.Order.Descending}
	if f != nil && (f.Type() == registry.FoldedText || f.Type() == registry.ExactText) {
		o.byteOrder = d.byteOrder
	}
	return o
}

// by lists what the order goes by. That of creation is an index's.
func (o ordering) by(table string) string {
	columns := "t.sort_value IS NULL, t.sort_value" + o.byteOrder + ", t.id"
	switch {
	case o.byCreation:
		columns = "t.company_id, t.sort_value, t.id"
	case o.descending:
		columns = "t.sort_value IS NOT NULL, t.sort_value" + o.byteOrder + " DESC, t.id"
	}
	return strings.ReplaceAll(columns, "t.", table+".")
}

// after adds the condition that a row of s follows a position.
func (o ordering) after(s *condition, p *registry.Position) {
	value := "s.sort_value" + o.byteOrder
	switch {
	case o.byCreation && !o.everywhere: // PostgreSQL starts at the position only if the company is not in it
		s.add("(s.sort_value, s.id) > (?, ?)", p.Value, p.ID)
	case o.byCreation:
		s.add("(s.company_id, s.sort_value, s.id) > (?, ?, ?)", p.Company, p.Value, p.ID)
	case p.Value == nil && o.descending:
		s.add("(s.sort_value IS NOT NULL OR s.id > ?)", p.ID)
	case p.Value == nil:
		s.add("(s.sort_value IS NULL AND s.id > ?)", p.ID)
	case o.descending:
		s.add("("+value+" < ? OR (s.sort_value = ? AND s.id > ?))", p.Value, p.Value, p.ID)
	default:
		s.add("("+value+" > ? OR (s.sort_value = ? AND s.id > ?) OR s.sort_value IS NULL)", p.Value, p.Value, p.ID)
	}
}
