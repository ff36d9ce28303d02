package store

import (
	"net/netip"
	"time"

	"varco/registry"
)

type clientRow struct {
	ID            text                 `db:"id"`
	CompanyID     text                 `db:"company_id"`
	UnitID        text                 `db:"unit_id"`
	Agency        flag                 `db:"agency"`
	Name          text                 `db:"name"`
	Scopes        listOf[string]       `db:"scopes"`
	Strict        flag                 `db:"strict"`
	ProfileGroups flag                 `db:"profile_groups"`
	Rate          int                  `db:"rate"`
	Burst         int                  `db:"burst"`
	Networks      listOf[netip.Prefix] `db:"networks"`
	Certificate   digest               `db:"certificate"`
	Keys          text                 `db:"key_set"`
	KeyURL        text                 `db:"key_url"`
	Issuer        text                 `db:"issuer"`
	Subject       text                 `db:"subject"`
	Audience      text                 `db:"audience"`
	Attestation   text                 `db:"attestation"`
	CreatedAt     instant              `db:"created_at"`
	CreatedBy     text                 `db:"created_by"`
	ExpiresAt     instant              `db:"expires_at"`
	RevokedAt     instant              `db:"revoked_at"`
}

func newClientRow(c registry.Client) clientRow {
	return clientRow{
		ID: text(c.ID), CompanyID: text(c.CompanyID), UnitID: text(c.UnitID), Agency: flag(c.Agency), Name: text(c.Name),
		Scopes: each(c.Scopes, func(s registry.Scope) string { return string(s) }),
		Strict: flag(c.Strict), ProfileGroups: flag(c.ProfileGroups), Rate: c.Quota.PerSecond, Burst: c.Quota.Burst,
		Networks: c.Proof.Networks, Certificate: c.Proof.Certificate, Keys: text(c.Proof.Keys), KeyURL: text(c.Proof.KeyURL),
		Issuer: text(c.Proof.Issuer), Subject: text(c.Proof.Subject), Audience: text(c.Proof.Audience),
		Attestation: text(c.Attestation), CreatedAt: instant(c.CreatedAt),
		CreatedBy: text(c.CreatedBy), ExpiresAt: instant(c.ExpiresAt), RevokedAt: instant(c.RevokedAt),
	}
}

func (r clientRow) client() registry.Client {
	return registry.Client{
		ID: registry.ClientID(r.ID), CompanyID: registry.CompanyID(r.CompanyID), UnitID: registry.UnitID(r.UnitID),
		Agency: bool(r.Agency), Name: string(r.Name),
		Scopes: each(r.Scopes, func(s string) registry.Scope { return registry.Scope(s) }),
		Strict: bool(r.Strict), ProfileGroups: bool(r.ProfileGroups), Quota: registry.Quota{PerSecond: r.Rate, Burst: r.Burst},
		Proof: registry.Proof{
			Keys: string(r.Keys), KeyURL: string(r.KeyURL), Issuer: string(r.Issuer), Subject: string(r.Subject),
			Audience: string(r.Audience), Certificate: r.Certificate, Networks: r.Networks,
		},
		Attestation: string(r.Attestation), CreatedAt: time.Time(r.CreatedAt),
		CreatedBy: string(r.CreatedBy), ExpiresAt: time.Time(r.ExpiresAt), RevokedAt: time.Time(r.RevokedAt),
	}
}

type secretRow struct {
	ID        text    `db:"id"`
	ClientID  text    `db:"client_id"`
	Hash      digest  `db:"token_hash"`
	CreatedAt instant `db:"created_at"`
	CreatedBy text    `db:"created_by"`
	ExpiresAt instant `db:"expires_at"`
}

func newSecretRow(s registry.ClientSecret) secretRow {
	return secretRow{
		ID: text(s.ID), ClientID: text(s.ClientID), Hash: s.Hash, CreatedAt: instant(s.CreatedAt), CreatedBy: text(s.CreatedBy),
		ExpiresAt: instant(s.ExpiresAt),
	}
}

func (r secretRow) secret() registry.ClientSecret {
	return registry.ClientSecret{
		ID: registry.SecretID(r.ID), ClientID: registry.ClientID(r.ClientID), Hash: r.Hash, CreatedAt: time.Time(r.CreatedAt),
		CreatedBy: string(r.CreatedBy), ExpiresAt: time.Time(r.ExpiresAt),
	}
}

// tenantRow is a client with its company, its unit and one of its secrets, or none.
type tenantRow struct {
	clientRow
	Company      companyRow `db:"company"`
	Secret       secretRow  `db:"secret"`
	UnitCode     text       `db:"unit_code"`
	UnitClosedAt instant    `db:"unit_closed_at"`
}

// clientsOf gathers the rows of each client, which stand together.
func clientsOf(rows []tenantRow) []registry.Client {
	var all []registry.Client
	for _, r := range rows {
		if len(all) == 0 || all[len(all)-1].ID != registry.ClientID(r.ID) {
			c := r.client()
			c.Company, c.UnitCode, c.UnitClosedAt = r.Company.company(), string(r.UnitCode), time.Time(r.UnitClosedAt)
			all = append(all, c)
		}
		if r.Secret.ID != "" {
			last := &all[len(all)-1]
			last.Secrets = append(last.Secrets, r.Secret.secret())
		}
	}
	return all
}

var (
	clientTable = tableOf[clientRow]("client")
	secretTable = tableOf[secretRow]("client_secret")
)

var (
	selectClients = "SELECT " + clientTable.as("k") + ", " + companyTable.under("c", "company") + ", " + secretTable.under("s", "secret") +
		", u.code AS unit_code, u.closed_at AS unit_closed_at" +
		" FROM client k LEFT JOIN company c ON c.id = k.company_id LEFT JOIN unit u ON u.id = k.unit_id" +
		" LEFT JOIN client_secret s ON s.client_id = k.id"
	inOrder         = " ORDER BY k.created_at, k.id, s.created_at, s.id"
	selectClient    = selectClients + " WHERE k.id = ?" + inOrder
	selectClientsOf = selectClients + " WHERE k.company_id = ?" + inOrder
	expireSecrets   = "UPDATE client_secret SET expires_at = ? WHERE client_id = ? AND expires_at > ?"
	selectAgency    = selectClients + " WHERE k.company_id IS NULL" + inOrder
)

func (c *conn) Client(id registry.ClientID) (registry.Client, error) {
	rows, err := list[tenantRow](c, selectClient, id)
	if err != nil || len(rows) == 0 {
		return registry.Client{}, orNotFound(err)
	}
	return clientsOf(rows)[0], nil
}

func (c *conn) Clients(company registry.CompanyID) ([]registry.Client, error) {
	query, args := selectClientsOf, []any{company}
	if company == "" {
		query, args = selectAgency, nil
	}
	rows, err := list[tenantRow](c, query, args...)
	return clientsOf(rows), err
}

func (c *conn) InsertClient(cl registry.Client) error {
	return c.insert(clientTable, newClientRow(cl))
}

func (c *conn) UpdateClient(cl registry.Client) error {
	return c.update(clientTable, newClientRow(cl), cl.ID)
}

func (c *conn) InsertSecret(s registry.ClientSecret) error {
	return c.insert(secretTable, newSecretRow(s))
}

func (c *conn) ExpireSecrets(id registry.ClientID, at time.Time) error {
	return c.write(change{query: expireSecrets, args: []any{instant(at), id, instant(at)}, table: "client_secret"})
}
