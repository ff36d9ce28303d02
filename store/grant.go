package store

import (
	"cmp"
	"slices"
	"time"

	"varco/registry"
)

type grantRow struct {
	ID             text    `db:"id"`
	CollaboratorID text    `db:"collaborator_id"`
	Profile        text    `db:"profile"`
	UnitID         text    `db:"unit_id"`
	GrantedAt      instant `db:"granted_at"`
	GrantedBy      text    `db:"granted_by"`
	ValidFrom      instant `db:"valid_from"`
	ValidUntil     instant `db:"valid_until"`
	EndedAt        instant `db:"ended_at"`
	EndedBy        text    `db:"ended_by"`
	EndReason      text    `db:"end_reason"`
}

func newGrantRow(g registry.Grant) grantRow {
	return grantRow{
		ID: text(g.ID), CollaboratorID: text(g.CollaboratorID), Profile: text(g.Profile), UnitID: text(g.UnitID),
		GrantedAt: instant(g.GrantedAt), GrantedBy: text(g.GrantedBy),
		ValidFrom: instant(g.ValidFrom), ValidUntil: instant(g.ValidUntil),
		EndedAt: instant(g.EndedAt), EndedBy: text(g.EndedBy), EndReason: text(g.EndReason),
	}
}

// grantUnitRow is what is read of a grant's unit.
type grantUnitRow struct {
	Code     text    `db:"code"`
	ClosedAt instant `db:"closed_at"`
}

func (r grantRow) grant(u grantUnitRow) registry.Grant {
	return registry.Grant{
		ID: registry.GrantID(r.ID), CollaboratorID: registry.CollaboratorID(r.CollaboratorID),
		Profile: registry.ProfileCode(r.Profile), UnitID: registry.UnitID(r.UnitID),
		GrantedAt: time.Time(r.GrantedAt), GrantedBy: string(r.GrantedBy),
		ValidFrom: time.Time(r.ValidFrom), ValidUntil: time.Time(r.ValidUntil),
		EndedAt: time.Time(r.EndedAt), EndedBy: string(r.EndedBy), EndReason: registry.EndReason(r.EndReason),
		UnitCode: string(u.Code), UnitClosedAt: time.Time(u.ClosedAt),
	}
}

// sortGrants puts grants in order by profile and unit code. It is done here:
// engines differ in the order of texts.
func sortGrants(grants []registry.Grant) {
	slices.SortFunc(grants, func(a, b registry.Grant) int {
		return cmp.Or(cmp.Compare(a.Profile, b.Profile), cmp.Compare(a.UnitCode, b.UnitCode))
	})
}

var grantTable = tableOf[grantRow]("entitlement_grant")

const (
	endGrants = `UPDATE entitlement_grant SET ended_at = ?, ended_by = ?, end_reason = ? WHERE ended_at IS NULL AND id IN `

	endUnitGrants = `UPDATE entitlement_grant SET ended_at = ?, ended_by = ?, end_reason = ? WHERE ended_at IS NULL AND unit_id = ?`

	touchUnitHolders = `
UPDATE collaborator SET version = version + 1, updated_at = ?
WHERE id IN (SELECT collaborator_id FROM entitlement_grant WHERE unit_id = ? AND ended_at IS NULL)`
)

func (c *conn) InsertGrants(grants []registry.Grant) error {
	for batch := range slices.Chunk(grants, 500) {
		if err := c.insert(grantTable, anys(each(batch, newGrantRow))...); err != nil {
			return err
		}
	}
	return nil
}

func (c *conn) EndGrants(ids []registry.GrantID, at time.Time, by string, reason registry.EndReason) error {
	for batch := range slices.Chunk(ids, 500) {
		values := append([]any{instant(at), by, string(reason)}, anys(batch)...)
		n := change{query: endGrants + "(" + marks(len(batch)) + ")", args: values, table: grantTable.name}
		if err := c.write(n); err != nil {
			return err
		}
	}
	return nil
}

func (c *conn) EndUnitGrants(unit registry.UnitID, at time.Time, by string, reason registry.EndReason) error {
	touch := change{query: touchUnitHolders, args: []any{instant(at), unit}, table: "collaborator", reads: []string{grantTable.name}}
	if err := c.write(touch); err != nil {
		return err
	}
	values := []any{instant(at), by, string(reason), unit}
	return c.write(change{query: endUnitGrants, args: values, table: grantTable.name})
}
