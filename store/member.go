package store

import (
	"encoding/json"
	"strings"
	"time"

	"varco/registry"
)

// memberRow is what is read of somebody in a list of members.
type memberRow struct {
	ID          text `db:"id"`
	HomeUnitID  text `db:"home_unit_id"`
	DisplayName text `db:"display_name"`
	UserName    text `db:"user_name"`
}

func (r memberRow) member() registry.Member {
	name := r.DisplayName
	if name == "" {
		name = r.UserName
	}
	return registry.Member{ID: registry.CollaboratorID(r.ID), Name: string(name), Home: registry.UnitID(r.HomeUnitID)}
}

// namedRow is a unit with one of the collaborators who were named with it.
type namedRow struct {
	unitRow
	MemberID  text `db:"member_id"`
	CompanyOf text `db:"member_company_id"`
	Home      text `db:"member_home"`
}

type residentRow struct {
	ID text `db:"id"`
}

var memberColumns = tableOf[memberRow]("collaborator")

var (
	selectStaff = "SELECT " + memberColumns.list() + " FROM collaborator WHERE company_id = ? AND present ORDER BY created_at, id LIMIT ?"

	// selectMembers is repeated for each unit: every one has its own limit.
	selectMembers = "SELECT " + memberColumns.list() + " FROM (SELECT " + memberColumns.list() +
		" FROM collaborator WHERE home_unit_id = ? AND company_id = ? AND present ORDER BY created_at, id LIMIT ?) AS page"

	selectResidents = "SELECT id FROM collaborator WHERE home_unit_id = ? AND present"
)

// Who is named is found by the primary key. Hence deleted_at here in place of
// present, which the partial indexes have: while there are few rows PostgreSQL would
// read one of those from end to end, and every change would conflict with every other.

// selectUnitAnd reads a unit beside each collaborator of a list of ids, once with
// none of them where there is none.
func (d dialect) selectUnitAnd() string {
	return "SELECT " + unitTable.as("u") + ", c.id AS member_id, c.company_id AS member_company_id, c.home_unit_id AS member_home" +
		" FROM unit u LEFT JOIN collaborator c ON c.id " + d.among + " AND c.deleted_at IS NULL" +
		" WHERE u.company_id = ? AND u.closed_at IS NULL AND u.id = ?"
}

// moveHome writes a home to everybody in a list of ids, however long.
func (d dialect) moveHome() string {
	return "UPDATE collaborator SET home_unit_id = ?, updated_at = ?, version = version + 1" +
		" WHERE id " + d.among + " AND deleted_at IS NULL"
}

func (c *conn) Staff(company registry.CompanyID, limit int) ([]registry.Member, error) {
	rows, err := list[memberRow](c, selectStaff, company, limit)
	return each(rows, memberRow.member), err
}

func (c *conn) Members(company registry.CompanyID, units []registry.UnitID, limit int) ([]registry.Member, error) {
	if len(units) == 0 {
		return nil, nil
	}
	query := selectMembers + strings.Repeat(" UNION ALL "+selectMembers, len(units)-1)
	var args []any
	for _, u := range units {
		args = append(args, u, company, limit)
	}
	rows, err := list[memberRow](c, query, args...)
	return each(rows, memberRow.member), err
}

func (c *conn) UnitAnd(company registry.CompanyID, id registry.UnitID, ids []registry.CollaboratorID) (registry.Unit, []registry.Member, error) {
	if len(ids) == 0 {
		u, err := c.Unit(company, id)
		return u, nil, err
	}
	rows, err := list[namedRow](c, c.pool.dialect.selectUnitAnd(), elementsOf(ids), company, id)
	if err != nil || len(rows) == 0 {
		return registry.Unit{}, nil, orNotFound(err)
	}
	var known []registry.Member
	for _, r := range rows {
		if r.CompanyOf == text(company) {
			known = append(known, registry.Member{ID: registry.CollaboratorID(r.MemberID), Home: registry.UnitID(r.Home)})
		}
	}
	return rows[0].unit(), known, nil
}

func (c *conn) Residents(unit registry.UnitID) ([]registry.CollaboratorID, error) {
	rows, err := list[residentRow](c, selectResidents, unit)
	return each(rows, func(r residentRow) registry.CollaboratorID { return registry.CollaboratorID(r.ID) }), err
}

func (c *conn) MoveHome(to registry.UnitID, ids []registry.CollaboratorID, at time.Time) error {
	return c.write(change{
		query: c.pool.dialect.moveHome(), args: []any{text(to), instant(at), elementsOf(ids)},
		table: "collaborator",
	})
}

// elementsOf are ids as the one argument that dialect.among takes apart: the
// statement is the same for one and for a thousand. An id that no engine could keep
// names nobody and is left out.
func elementsOf[T ~string](ids []T) string {
	kept := make([]string, 0, len(ids))
	for _, id := range ids {
		if _, err := bindable([]any{string(id)}); err == nil {
			kept = append(kept, string(id))
		}
	}
	body, err := json.Marshal(kept)
	if err != nil {
		panic(err) // strings can be encoded
	}
	return string(body)
}
