package store

import (
	"strings"
	"time"

	"varco/registry"
)

type collaboratorRow struct {
	ID               text           `db:"id"`
	CompanyID        text           `db:"company_id"`
	PersonID         text           `db:"person_id"`
	UserName         text           `db:"user_name"`
	ExternalID       text           `db:"external_id"`
	DisplayName      text           `db:"display_name"`
	GivenName        text           `db:"given_name"`
	FamilyName       text           `db:"family_name"`
	Card             text           `db:"card"`
	HomeUnitID       text           `db:"home_unit_id"`
	Authorised       flag           `db:"processing_authorised"`
	AuthorisedOn     day            `db:"processing_on"`
	DocumentRef      text           `db:"processing_document"`
	Scopes           listOf[string] `db:"processing_scopes"`
	ReviewBy         day            `db:"processing_review_by"`
	ThirdPartyCode   text           `db:"third_party_code"`
	AppointmentRef   text           `db:"third_party_appointed"`
	PolicyAcceptedAt instant        `db:"policy_accepted_at"`
	HeldEndAt        instant        `db:"held_end_at"`
	CreatedAt        instant        `db:"created_at"`
	UpdatedAt        instant        `db:"updated_at"`
	DeletedAt        instant        `db:"deleted_at"`
	Version          int64          `db:"version"`
	employmentRow
}

// nameKeys are what names are searched and ordered by. They are written and never read.
type nameKeys struct {
	UserNameKey    text `db:"user_name_key"`
	DisplayNameKey text `db:"display_name_key"`
	GivenNameKey   text `db:"given_name_key"`
	FamilyNameKey  text `db:"family_name_key"`
}

func newNameKeys(c registry.Collaborator) nameKeys {
	return nameKeys{
		UserNameKey: text(registry.UserNameKey(c.UserName)), DisplayNameKey: text(strings.ToLower(c.DisplayName)),
		GivenNameKey: text(strings.ToLower(c.GivenName)), FamilyNameKey: text(strings.ToLower(c.FamilyName)),
	}
}

// writtenRow is a collaborator as it is written.
type writtenRow struct {
	collaboratorRow
	nameKeys
}

func newWrittenRow(c registry.Collaborator) writtenRow {
	return writtenRow{newCollaboratorRow(c), newNameKeys(c)}
}

func newCollaboratorRow(c registry.Collaborator) collaboratorRow {
	r := collaboratorRow{
		ID: text(c.ID), CompanyID: text(c.CompanyID), PersonID: text(c.PersonID),
		UserName: text(c.UserName), ExternalID: text(c.ExternalID), DisplayName: text(c.DisplayName),
		GivenName: text(c.GivenName), FamilyName: text(c.FamilyName), Card: text(c.Card),
		HomeUnitID: text(c.HomeUnit), employmentRow: newEmploymentRow(c.Employment),
		ThirdPartyCode: text(c.ThirdParty.FiscalCode), AppointmentRef: text(c.ThirdParty.AppointmentRef),
		PolicyAcceptedAt: instant(c.PolicyAcceptedAt), HeldEndAt: instant(c.HeldEndAt), CreatedAt: instant(c.CreatedAt), UpdatedAt: instant(c.UpdatedAt),
		DeletedAt: instant(c.DeletedAt), Version: c.Version,
	}
	p := c.Processing
	r.Authorised, r.AuthorisedOn, r.DocumentRef, r.ReviewBy = flag(p.Authorised), day(p.AuthorisedOn), text(p.DocumentRef), day(p.ReviewBy)
	for _, s := range p.Scopes {
		r.Scopes = append(r.Scopes, string(s))
	}
	return r
}

func (r *collaboratorRow) collaborator() registry.Collaborator {
	return registry.Collaborator{
		ID: registry.CollaboratorID(r.ID), CompanyID: registry.CompanyID(r.CompanyID), PersonID: registry.PersonID(r.PersonID),
		UserName: string(r.UserName), ExternalID: string(r.ExternalID), DisplayName: string(r.DisplayName),
		GivenName: string(r.GivenName), FamilyName: string(r.FamilyName), Card: bytesOf(r.Card),
		HomeUnit: registry.UnitID(r.HomeUnitID), Employment: r.employment(), Processing: r.processing(),
		ThirdParty: registry.ThirdParty{
			FiscalCode: registry.CompanyCode(r.ThirdPartyCode), AppointmentRef: string(r.AppointmentRef),
		},
		PolicyAcceptedAt: time.Time(r.PolicyAcceptedAt), HeldEndAt: time.Time(r.HeldEndAt), CreatedAt: time.Time(r.CreatedAt), UpdatedAt: time.Time(r.UpdatedAt),
		DeletedAt: time.Time(r.DeletedAt), Version: r.Version,
	}
}

func (r *collaboratorRow) processing() registry.Processing {
	return registry.Processing{
		Authorised: bool(r.Authorised), AuthorisedOn: registry.Day(r.AuthorisedOn), DocumentRef: string(r.DocumentRef),
		Scopes: each(r.Scopes, func(s string) registry.Area { return registry.Area(s) }), ReviewBy: registry.Day(r.ReviewBy),
	}
}

// joinedRow is a collaborator with its person, its home unit and one of its open
// grants: there is a row for each grant, and one where there is none.
type joinedRow struct {
	collaboratorRow
	Person    personRow    `db:"person"`
	Home      homeRow      `db:"home"`
	Grant     grantRow     `db:"grant"`
	GrantUnit grantUnitRow `db:"grant_unit"`
	SortValue any          `db:"sort_value"` // of a page: what it is ordered by
}

type homeRow struct {
	Code text `db:"code"`
	Name text `db:"name"`
}

// fold makes collaborators of joined rows, the rows of one being together.
func fold(rows []joinedRow) []registry.Collaborator {
	if len(rows) == 0 {
		return nil
	}
	all := make([]registry.Collaborator, 0, len(rows))
	for i := range rows { // by address: a row is large
		r := &rows[i]
		if n := len(all); n == 0 || all[n-1].ID != registry.CollaboratorID(r.ID) {
			c := r.collaborator()
			c.Person, c.HomeUnitCode, c.HomeUnitName = r.Person.person(), string(r.Home.Code), string(r.Home.Name)
			if c.HomeUnitCode == "" { // closed
				c.HomeUnit = ""
			}
			all = append(all, c)
		}
		if last := &all[len(all)-1]; r.Grant.ID != "" {
			last.Grants = append(last.Grants, r.Grant.grant(r.GrantUnit))
		}
	}
	for i := range all {
		sortGrants(all[i].Grants)
	}
	return all
}

var (
	collaboratorTable = tableOf[writtenRow]("collaborator")
	collaboratorRead  = tableOf[collaboratorRow]("collaborator")
)

// selectJoined reads joined rows of the collaborators that follow its FROM as c.
func selectJoined(from string) string { return selectJoinedAnd("", from) }

// selectJoinedAnd is selectJoined with one more column.
func selectJoinedAnd(column, from string) string {
	if column != "" {
		column += ", "
	}
	return "SELECT " + column + collaboratorRead.as("c") + ", " + personTable.under("p", "person") + ", " +
		tableOf[homeRow]("unit").under("h", "home") + ", " + grantTable.under("g", "grant") + ", " +
		tableOf[grantUnitRow]("unit").under("u", "grant_unit") + " FROM " + from + `
LEFT JOIN person p ON p.id = c.person_id
LEFT JOIN unit h ON h.id = c.home_unit_id AND h.closed_at IS NULL
LEFT JOIN entitlement_grant g ON g.collaborator_id = c.id AND g.ended_at IS NULL
LEFT JOIN unit u ON u.id = g.unit_id`
}

var (
	selectCollaborator = selectJoined("collaborator c") +
		" WHERE c.id = ? AND c.present"
	selectCollaboratorsOf = selectJoined("collaborator c") +
		" WHERE c.person_id = ? AND c.present ORDER BY c.created_at, c.id"
	selectDue = selectJoined(`(
	SELECT e.id FROM (SELECT id FROM collaborator WHERE present AND closed_at IS NULL AND end_at <= ? ORDER BY end_at LIMIT ?) AS e
	UNION
	SELECT w.id FROM (SELECT id FROM collaborator WHERE waiting AND opened_at <= ? AND COALESCE(start_at, 0) <= ? ORDER BY opened_at LIMIT ?) AS w
	UNION
	SELECT late.id FROM (SELECT id FROM collaborator WHERE held_end_at <= ? ORDER BY held_end_at LIMIT ?) AS late
	LIMIT ?
) AS due JOIN collaborator c ON c.id = due.id`) + " ORDER BY c.id"
)

// stillWaiting is the value of the column waiting, with [derivedArgs]: whether the
// period is open, the person, the end of the term.
const stillWaiting = "(? AND NOT EXISTS (SELECT 1 FROM person WHERE id = ? AND first_access_at < ?))"

var (
	insertCollaborator = "INSERT INTO collaborator (" + collaboratorTable.list() + ", card_key, waiting) VALUES (" +
		marks(len(collaboratorTable.columns)) + ", ?, " + stillWaiting + ")"
	updateCollaborator = "UPDATE collaborator SET " + collaboratorTable.assignments() + ", card_key = ?, waiting = " + stillWaiting +
		" WHERE id = ? AND version = ?"
)

func (c *conn) Collaborator(company registry.CompanyID, id registry.CollaboratorID) (registry.Collaborator, error) {
	rows, err := list[joinedRow](c, selectCollaborator, id)
	if err != nil || len(rows) == 0 || rows[0].CompanyID != text(company) {
		return registry.Collaborator{}, orNotFound(err)
	}
	return fold(rows)[0], nil
}

func (c *conn) CollaboratorsOf(person registry.PersonID) ([]registry.Collaborator, error) {
	rows, err := list[joinedRow](c, selectCollaboratorsOf, person)
	return fold(rows), err
}

func (c *conn) Due(now time.Time, limit int) ([]registry.Collaborator, error) {
	expired := instant(now.Add(-registry.PreregistrationLife))
	rows, err := list[joinedRow](c, selectDue, instant(now), limit, expired, expired, limit, instant(now), limit, limit)
	return fold(rows), err
}

func (c *conn) InsertCollaborator(co registry.Collaborator) error {
	err := c.write(change{
		query: insertCollaborator, args: append(collaboratorTable.values(newWrittenRow(co)), derivedArgs(co)...),
		table: collaboratorTable.name, reads: []string{personTable.name}, adds: true,
	})
	if err != nil {
		return err
	}
	return c.insertEmails(co)
}

func (c *conn) UpdateCollaborator(co registry.Collaborator) error {
	args := append(collaboratorTable.changes(newWrittenRow(co)), derivedArgs(co)...)
	return c.write(change{
		query: updateCollaborator, args: append(args, co.ID, co.Version-1),
		table: collaboratorTable.name, reads: []string{personTable.name}, sure: true,
	})
}

// derivedArgs are the arguments of card_key and stillWaiting.
func derivedArgs(co registry.Collaborator) []any {
	open := co.Employment.ClosedAt.IsZero() && co.DeletedAt.IsZero()
	return []any{text(strings.ToLower(string(co.Card))), open, text(co.PersonID), instant(co.Employment.FirstAccessDue())}
}
