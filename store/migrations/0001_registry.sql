-- The registry, one text for SQLite and PostgreSQL. Instants are BIGINT
-- microseconds UTC; days are TEXT YYYY-MM-DD; hashes are TEXT in hexadecimal.
-- What is absent is NULL, never 0 and never the empty text.

CREATE TABLE person (
  id              TEXT NOT NULL PRIMARY KEY,
  fiscal_code     TEXT NOT NULL CHECK (length(fiscal_code) = 16),
  given_name      TEXT,
  family_name     TEXT,
  date_of_birth   TEXT,
  place_of_birth  TEXT,
  gender          TEXT,
  email           TEXT,
  first_access_at BIGINT,
  blocked_at      BIGINT,
  created_at      BIGINT NOT NULL
);

-- Every code under which a person is known, folded: their own and their aliases.
CREATE TABLE person_code (
  code      TEXT NOT NULL PRIMARY KEY CHECK (length(code) = 16),
  person_id TEXT NOT NULL REFERENCES person (id)
);

CREATE TABLE company (
  id             TEXT NOT NULL PRIMARY KEY,
  fiscal_code    TEXT NOT NULL CHECK (length(fiscal_code) IN (11, 16)),
  name           TEXT NOT NULL,
  vat_number     TEXT,
  types          TEXT NOT NULL, -- JSON
  qualifications TEXT NOT NULL, -- JSON
  state          TEXT NOT NULL,
  created_at     BIGINT NOT NULL,
  updated_at     BIGINT NOT NULL,
  version        BIGINT NOT NULL CHECK (version >= 1)
);
CREATE UNIQUE INDEX company_fiscal_code ON company (fiscal_code);

CREATE TABLE unit (
  id          TEXT NOT NULL PRIMARY KEY,
  company_id  TEXT NOT NULL REFERENCES company (id),
  code        TEXT NOT NULL CHECK (length(code) BETWEEN 1 AND 32),
  name        TEXT NOT NULL,
  external_id TEXT,
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL,
  closed_at   BIGINT,
  version     BIGINT NOT NULL CHECK (version >= 1),
  UNIQUE (company_id, id)
);
CREATE UNIQUE INDEX unit_code ON unit (company_id, code) WHERE closed_at IS NULL;
CREATE UNIQUE INDEX unit_external_id ON unit (company_id, external_id) WHERE closed_at IS NULL;

-- The columns that end in _key hold the text in lower case, as it is compared.
CREATE TABLE collaborator (
  id                     TEXT NOT NULL PRIMARY KEY,
  company_id             TEXT NOT NULL REFERENCES company (id),
  person_id              TEXT REFERENCES person (id),
  user_name              TEXT NOT NULL,
  user_name_key          TEXT NOT NULL,
  external_id            TEXT,
  display_name           TEXT,
  display_name_key       TEXT,
  given_name             TEXT,
  given_name_key         TEXT,
  family_name            TEXT,
  family_name_key        TEXT,
  card                   TEXT,
  home_unit_id           TEXT,
  start_at               BIGINT,
  end_at                 BIGINT,
  end_known_at           BIGINT,
  opened_at              BIGINT NOT NULL,
  closed_at              BIGINT,
  close_reason           TEXT,
  relationship           TEXT,
  stable                 BOOLEAN NOT NULL,
  job_code               TEXT,
  processing_authorised  BOOLEAN NOT NULL,
  processing_on          TEXT,
  processing_document    TEXT,
  processing_scopes      TEXT NOT NULL, -- JSON
  processing_review_by   TEXT,
  third_party_code       TEXT,
  third_party_appointed  TEXT,
  policy_accepted_at     BIGINT,
  created_at             BIGINT NOT NULL,
  updated_at             BIGINT NOT NULL,
  deleted_at             BIGINT,
  version                BIGINT NOT NULL CHECK (version >= 1),
  -- True while the period is open and the person has not entered within its term:
  -- what lets the store find expired pre-registrations by an index.
  waiting                BOOLEAN NOT NULL,
  -- For conditions and indexes: of a boolean PostgreSQL supposes a fair share while
  -- it has no statistics; of IS NULL next to nothing, and it then takes any index.
  present                BOOLEAN NOT NULL GENERATED ALWAYS AS (deleted_at IS NULL) STORED,
  FOREIGN KEY (company_id, home_unit_id) REFERENCES unit (company_id, id)
);
CREATE UNIQUE INDEX collaborator_user_name ON collaborator (user_name_key, company_id) WHERE present;
CREATE UNIQUE INDEX collaborator_external_id ON collaborator (external_id, company_id) WHERE present;
CREATE UNIQUE INDEX collaborator_person ON collaborator (person_id, company_id) WHERE present;
CREATE INDEX collaborator_created ON collaborator (company_id, created_at, id) WHERE present;
CREATE INDEX collaborator_home_unit ON collaborator (home_unit_id) WHERE present;
CREATE INDEX collaborator_ending ON collaborator (end_at)
  WHERE present AND closed_at IS NULL AND end_at IS NOT NULL;
CREATE INDEX collaborator_waiting ON collaborator (opened_at) WHERE waiting;

-- Periods of employment that a re-hire replaced; the current one is in collaborator.
CREATE TABLE employment (
  collaborator_id TEXT NOT NULL REFERENCES collaborator (id),
  start_at        BIGINT,
  end_at          BIGINT,
  end_known_at    BIGINT,
  opened_at       BIGINT NOT NULL,
  closed_at       BIGINT,
  close_reason    TEXT,
  relationship    TEXT,
  stable          BOOLEAN NOT NULL,
  job_code        TEXT,
  PRIMARY KEY (collaborator_id, opened_at)
);

CREATE TABLE deadline (
  collaborator_id TEXT NOT NULL REFERENCES collaborator (id),
  last_day        TEXT NOT NULL,
  due_at          BIGINT NOT NULL,
  done_at         BIGINT,
  late_days       BIGINT NOT NULL CHECK (late_days >= 0),
  recorded_at     BIGINT NOT NULL,
  PRIMARY KEY (collaborator_id, last_day)
);

CREATE TABLE entitlement_grant (
  id              TEXT NOT NULL PRIMARY KEY,
  collaborator_id TEXT NOT NULL REFERENCES collaborator (id),
  profile         TEXT NOT NULL,
  unit_id         TEXT REFERENCES unit (id),
  granted_at      BIGINT NOT NULL,
  granted_by      TEXT NOT NULL,
  valid_from      BIGINT,
  valid_until     BIGINT,
  ended_at        BIGINT,
  ended_by        TEXT,
  end_reason      TEXT
);
CREATE UNIQUE INDEX entitlement_grant_open
  ON entitlement_grant (collaborator_id, profile, COALESCE(unit_id, '')) WHERE ended_at IS NULL;
CREATE INDEX entitlement_grant_unit ON entitlement_grant (unit_id) WHERE unit_id IS NOT NULL;

CREATE TABLE client (
  id          TEXT NOT NULL PRIMARY KEY,
  company_id  TEXT NOT NULL REFERENCES company (id),
  name        TEXT NOT NULL,
  scopes      TEXT NOT NULL, -- JSON
  token_hash  TEXT NOT NULL,
  attestation TEXT,
  created_at  BIGINT NOT NULL,
  created_by  TEXT NOT NULL,
  expires_at  BIGINT,
  revoked_at  BIGINT
);
CREATE INDEX client_company ON client (company_id, created_at);

CREATE TABLE login (
  id          TEXT NOT NULL PRIMARY KEY,
  cookie_hash TEXT NOT NULL,
  person_id   TEXT NOT NULL REFERENCES person (id),
  scheme      TEXT NOT NULL,
  idp         TEXT,
  spid_code   TEXT,
  level       BIGINT NOT NULL CHECK (level BETWEEN 0 AND 3),
  class       TEXT,
  created_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  ended_at    BIGINT,
  end_reason  TEXT
);
CREATE UNIQUE INDEX login_cookie ON login (cookie_hash);
CREATE INDEX login_person ON login (person_id) WHERE ended_at IS NULL;

CREATE TABLE visit (
  id             TEXT NOT NULL PRIMARY KEY,
  cookie_hash    TEXT NOT NULL,
  application    TEXT,
  app_request_id TEXT,
  reply_to       TEXT,
  relay_state    TEXT,
  min_level      BIGINT NOT NULL CHECK (min_level BETWEEN 0 AND 3),
  force_login    BOOLEAN NOT NULL,
  login_id       TEXT REFERENCES login (id),
  created_at     BIGINT NOT NULL,
  expires_at     BIGINT NOT NULL
);
CREATE UNIQUE INDEX visit_cookie ON visit (cookie_hash);
CREATE INDEX visit_expiry ON visit (expires_at);

CREATE TABLE login_request (
  id         TEXT NOT NULL PRIMARY KEY,
  visit_id   TEXT NOT NULL REFERENCES visit (id) ON DELETE CASCADE,
  idp        TEXT NOT NULL,
  level      BIGINT NOT NULL CHECK (level BETWEEN 0 AND 3),
  issued_at  BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX login_request_visit ON login_request (visit_id);
CREATE INDEX login_request_expiry ON login_request (expires_at);

-- Identifiers that may be used once, such as the ID of an assertion.
CREATE TABLE used_id (
  issuer     TEXT NOT NULL,
  id         TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (issuer, id)
);
CREATE INDEX used_id_expiry ON used_id (expires_at);

CREATE TABLE session (
  id              TEXT NOT NULL PRIMARY KEY,
  login_id        TEXT NOT NULL REFERENCES login (id),
  person_id       TEXT NOT NULL REFERENCES person (id),
  application     TEXT NOT NULL,
  company_id      TEXT REFERENCES company (id),
  collaborator_id TEXT REFERENCES collaborator (id),
  created_at      BIGINT NOT NULL,
  not_on_or_after BIGINT NOT NULL,
  ended_at        BIGINT,
  end_reason      TEXT
);
CREATE INDEX session_login ON session (login_id, not_on_or_after) WHERE ended_at IS NULL;
CREATE INDEX session_person ON session (person_id, not_on_or_after) WHERE ended_at IS NULL;
CREATE INDEX session_company ON session (company_id, not_on_or_after) WHERE ended_at IS NULL;
CREATE INDEX session_collaborator ON session (collaborator_id, not_on_or_after) WHERE ended_at IS NULL;

-- The grants that were released in a session.
CREATE TABLE session_grant (
  session_id TEXT NOT NULL REFERENCES session (id),
  grant_id   TEXT NOT NULL REFERENCES entitlement_grant (id),
  PRIMARY KEY (session_id, grant_id)
);
CREATE INDEX session_grant_grant ON session_grant (grant_id);

-- The outbox.
CREATE TABLE notice (
  id         TEXT NOT NULL PRIMARY KEY,
  kind       TEXT NOT NULL,
  recipient  TEXT NOT NULL,
  subject    TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  attempts   BIGINT NOT NULL CHECK (attempts >= 0),
  due_at     BIGINT NOT NULL
);
CREATE INDEX notice_due ON notice (due_at);

-- The trail: what proves an entry, and beside it what the entry says.
CREATE TABLE audit_entry (
  id         TEXT NOT NULL PRIMARY KEY,
  company_id TEXT,
  at         BIGINT NOT NULL,
  act        TEXT NOT NULL,
  outcome    TEXT NOT NULL,
  commitment TEXT NOT NULL CHECK (length(commitment) = 64)
);
CREATE INDEX audit_entry_at ON audit_entry (at, id);
CREATE INDEX audit_entry_company ON audit_entry (company_id, at, id);

CREATE TABLE audit_detail (
  entry_id TEXT NOT NULL PRIMARY KEY REFERENCES audit_entry (id),
  salt     TEXT NOT NULL CHECK (length(salt) = 64),
  body     TEXT NOT NULL -- JSON
);
