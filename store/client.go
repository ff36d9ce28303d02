package store

import (
	"time"

	"varco/registry"
)

type clientRow struct {
	ID          text           `db:"id"`
	CompanyID   text           `db:"company_id"`
	Name        text           `db:"name"`
	Scopes      listOf[string] `db:"scopes"`
	TokenHash   digest         `db:"token_hash"`
	Attestation text           `db:"attestation"`
	CreatedAt   instant        `db:"created_at"`
	CreatedBy   text           `db:"created_by"`
	ExpiresAt   instant        `db:"expires_at"`
	RevokedAt   instant        `db:"revoked_at"`
}

func newClientRow(c registry.Client) clientRow {
	return clientRow{
		ID: text(c.ID), CompanyID: text(c.CompanyID), Name: text(c.Name),
		Scopes:    each(c.Scopes, func(s registry.Scope) string { return string(s) }),
		TokenHash: c.TokenHash, Attestation: text(c.Attestation), CreatedAt: instant(c.CreatedAt),
		CreatedBy: text(c.CreatedBy), ExpiresAt: instant(c.ExpiresAt), RevokedAt: instant(c.RevokedAt),
	}
}

// tenantRow is a client with its company.
type tenantRow struct {
	clientRow
	Company companyRow `db:"company"`
}

func (r tenantRow) client() registry.Client {
	return registry.Client{
		ID: registry.ClientID(r.ID), CompanyID: registry.CompanyID(r.CompanyID), Name: string(r.Name),
		Scopes:    each(r.Scopes, func(s string) registry.Scope { return registry.Scope(s) }),
		TokenHash: r.TokenHash, Attestation: string(r.Attestation), CreatedAt: time.Time(r.CreatedAt),
		CreatedBy: string(r.CreatedBy), ExpiresAt: time.Time(r.ExpiresAt), RevokedAt: time.Time(r.RevokedAt),
		Company: r.Company.company(),
	}
}

var clientTable = tableOf[clientRow]("client")

var (
	selectClients = "SELECT " + clientTable.as("k") + ", " + companyTable.under("c", "company") +
		" FROM client k JOIN company c ON c.id = k.company_id"
	selectClient    = selectClients + " WHERE k.id = ?"
	selectClientsOf = selectClients + " WHERE k.company_id = ? ORDER BY k.created_at, k.id"
)

func (c *conn) Client(id registry.ClientID) (registry.Client, error) {
	row, err := one[tenantRow](c, selectClient, id)
	return row.client(), err
}

func (c *conn) Clients(company registry.CompanyID) ([]registry.Client, error) {
	rows, err := list[tenantRow](c, selectClientsOf, company)
	return each(rows, tenantRow.client), err
}

func (c *conn) InsertClient(cl registry.Client) error {
	return c.insert(clientTable, newClientRow(cl))
}

func (c *conn) UpdateClient(cl registry.Client) error {
	return c.update(clientTable, newClientRow(cl), cl.ID)
}
