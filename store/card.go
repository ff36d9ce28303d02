package store

import (
	"fmt"
	"strings"

	"varco/registry"
)

// The card is searched as JSON: where a text counts as it was written in the column card, where case does not count
// in card_key, which is the card in lower case, names and all.

// part is the column of a value in the card or, inside Some, in an element.
func (c *condition) part(p registry.Part) (column, error) {
	switch {
	case c.within != nil:
		return c.within(p)
	case p.Kind == registry.ExactText:
		return c.jsonColumn("c.card"+c.dialect.json, p, p.Pointer)
	}
	return c.jsonColumn("c.card_key"+c.dialect.json, p, strings.ToLower(p.Pointer))
}

// jsonColumn is the column of a part below some JSON. Pointers come from schemas, never from requests.
func (c *condition) jsonColumn(base string, p registry.Part, pointer string) (column, error) {
	names := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, n := range names {
		arrow := " -> "
		if i == len(names)-1 && (p.Kind == registry.FoldedText || p.Kind == registry.ExactText) {
			arrow = " ->> "
		}
		base += arrow + fmt.Sprintf(c.dialect.member, strings.ReplaceAll(n, "'", "''"))
	}
	switch p.Kind {
	case registry.Boolean:
		return column{"(CAST(" + base + " AS TEXT) = 'true')", true}, nil
	case registry.FoldedText, registry.ExactText, registry.List:
		return column{"(" + base + ")", true}, nil
	}
	return column{}, errField
}

// some adds the condition that one element of a list meets another.
func (c *condition) some(f registry.Some) error {
	outer := c.within
	defer func() { c.within = outer }()
	switch f.Of {
	case registry.FieldEntitlement:
		return c.someGrant(f.Where)
	case registry.FieldGroup:
		return c.someGroup(f.Where)
	case registry.FieldScopes:
		c.within = func(p registry.Part) (column, error) { return column{c.dialect.scalar, false}, nil }
		return c.someOf("c.processing_scopes"+c.dialect.json, f.Where)
	}
	list, isPart := f.Of.(registry.Part)
	if !isPart || list.Kind != registry.List || outer != nil {
		return errField
	}
	col, err := c.part(list)
	if err != nil {
		return err
	}
	if key, ok := emailSought(f); ok {
		c.add("(c.id IN (SELECT collaborator_id FROM collaborator_email WHERE value_key = ?) AND ", key)
		defer c.add(")")
	}
	c.within = func(p registry.Part) (column, error) {
		return c.jsonColumn("e.value", p, strings.ToLower(p.Pointer))
	}
	return c.someOf(col.sql, f.Where)
}

func (c *condition) someOf(list string, where registry.Filter) error {
	c.add("EXISTS (SELECT 1 FROM " + fmt.Sprintf(c.dialect.listed, list) + " WHERE ")
	err := c.filter(where)
	c.add(")")
	return err
}

// someGrant goes over the grants that Collaborator.Standing gives.
func (c *condition) someGrant(where registry.Filter) error {
	c.within = partsOf(map[string]string{
		"/value": "(g.profile || CASE WHEN g.unit_id IS NULL THEN '@group' ELSE '@unit:' || u.code END)",
		"/type":  "CASE WHEN g.unit_id IS NULL THEN '" + string(registry.LevelGroup) + "' ELSE '" + string(registry.LevelUnit) + "' END",
	})
	c.add("(" + heldGrant + " AND ")
	err := c.filter(where)
	c.add(") AND NOT ")
	c.over()
	c.add(")")
	return err
}

const inOpenUnit = "EXISTS (SELECT 1 FROM unit h WHERE h.id = c.home_unit_id AND h.closed_at IS NULL"

// someGroup goes over the company and the home unit.
func (c *condition) someGroup(where registry.Filter) error {
	c.within = partsOf(map[string]string{
		"/value": "c.company_id", "/type": "CASE WHEN " + inOpenUnit + ") THEN 'indirect' ELSE 'direct' END",
	})
	c.add("(")
	if err := c.filter(where); err != nil {
		return err
	}
	c.within = partsOf(map[string]string{"/value": "h.id", "/type": "'direct'"})
	c.add(" OR " + inOpenUnit + " AND ")
	err := c.filter(where)
	c.add("))")
	return err
}

func partsOf(columns map[string]string) func(registry.Part) (column, error) {
	return func(p registry.Part) (column, error) {
		sql, ok := columns[p.Pointer]
		if !ok {
			return column{}, errField
		}
		return column{sql, false}, nil
	}
}

// overNow is over with the instants in it, for where it is compared and ordered by as a value.
func (c *condition) overNow() string {
	expired := c.at.Add(-registry.PreregistrationLife).UnixMicro()
	return fmt.Sprintf(strings.ReplaceAll(over, "?", "%d"), c.at.UnixMicro(), expired, expired, c.at.UnixMicro())
}

// status is Collaborator.Status in SQL.
func (c *condition) status() string {
	const person = "(SELECT %s FROM person WHERE id = c.person_id)"
	cases := []struct {
		when string
		then registry.Status
	}{
		{fmt.Sprintf("c.close_reason = '%s'", registry.EndPreregExpired), registry.StatusExpired},
		{fmt.Sprintf("c.closed_at IS NOT NULL OR c.end_at <= %[1]d OR c.held_end_at <= %[1]d", c.at.UnixMicro()), registry.StatusTerminated},
		{c.overNow(), registry.StatusExpired},
		{"c.person_id IS NULL", registry.StatusPendingIdentity},
		{fmt.Sprintf(person+" IS NOT NULL", "blocked_at"), registry.StatusBlocked},
		{fmt.Sprintf(person+" IS NULL", "first_access_at"), registry.StatusPendingFirstAccess},
		{fmt.Sprintf("c.start_at > %d", c.at.UnixMicro()), registry.StatusScheduled},
		{"c.end_at IS NOT NULL", registry.StatusTerminating},
	}
	sql := "(CASE"
	for _, one := range cases {
		sql += fmt.Sprintf(" WHEN %s THEN '%s'", one.when, one.then)
	}
	return sql + fmt.Sprintf(" ELSE '%s' END)", registry.StatusActive)
}
