-- A client may have several secrets at a time, be narrowed to one unit, read every
-- company (then it has none of its own), prove itself with keys instead of a
-- secret, and be bound to a certificate and to networks.
ALTER TABLE client RENAME TO client_before;
DROP INDEX client_company;

CREATE TABLE client (
  id             TEXT NOT NULL PRIMARY KEY,
  company_id     TEXT REFERENCES company (id),
  unit_id        TEXT REFERENCES unit (id),
  agency         BOOLEAN NOT NULL,
  name           TEXT NOT NULL,
  scopes         TEXT NOT NULL, -- JSON
  strict         BOOLEAN NOT NULL,
  profile_groups BOOLEAN NOT NULL,
  rate           BIGINT NOT NULL CHECK (rate >= 0),
  burst          BIGINT NOT NULL CHECK (burst >= 0),
  networks       TEXT NOT NULL, -- JSON
  certificate    TEXT,
  key_set        TEXT,
  key_url        TEXT,
  issuer         TEXT,
  subject        TEXT,
  audience       TEXT,
  attestation    TEXT,
  created_at     BIGINT NOT NULL,
  created_by     TEXT NOT NULL,
  expires_at     BIGINT,
  revoked_at     BIGINT,
  CHECK (agency = (company_id IS NULL)),
  CHECK (unit_id IS NULL OR company_id IS NOT NULL),
  CHECK ((issuer IS NULL) = (subject IS NULL))
);
CREATE INDEX client_company ON client (company_id, created_at);

CREATE TABLE client_secret (
  id           TEXT NOT NULL PRIMARY KEY,
  client_id    TEXT NOT NULL REFERENCES client (id),
  token_hash   TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  created_by   TEXT NOT NULL,
  expires_at   BIGINT NOT NULL
);
CREATE INDEX client_secret_client ON client_secret (client_id, created_at);

INSERT INTO client (id, company_id, agency, name, scopes, strict, profile_groups, rate, burst, networks,
    attestation, created_at, created_by, expires_at, revoked_at)
  SELECT id, company_id, FALSE, name, scopes, FALSE, FALSE, 0, 0, '[]',
    attestation, created_at, created_by, expires_at, revoked_at FROM client_before;
INSERT INTO client_secret (id, client_id, token_hash, created_at, created_by, expires_at)
  SELECT id, id, token_hash, created_at, created_by, expires_at FROM client_before WHERE expires_at IS NOT NULL;
DROP TABLE client_before;
