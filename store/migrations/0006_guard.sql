-- The guard: ends that wait for a confirmation, and what it counts.

ALTER TABLE collaborator ADD COLUMN held_end_at BIGINT;
CREATE INDEX collaborator_held ON collaborator (held_end_at) WHERE held_end_at IS NOT NULL;

CREATE TABLE held (
  id              TEXT NOT NULL PRIMARY KEY,
  company_id      TEXT NOT NULL REFERENCES company (id),
  collaborator_id TEXT NOT NULL REFERENCES collaborator (id),
  client          TEXT NOT NULL,
  act             TEXT NOT NULL,
  reason          TEXT NOT NULL,
  end_at          BIGINT NOT NULL,
  requested_at    BIGINT NOT NULL,
  effective_at    BIGINT NOT NULL,
  settled_at      BIGINT,
  settled_by      TEXT,
  outcome         TEXT
);
CREATE UNIQUE INDEX held_open ON held (collaborator_id) WHERE settled_at IS NULL;
CREATE INDEX held_company ON held (company_id, requested_at) WHERE settled_at IS NULL;

-- Whom clients ended within the last hour. Nothing refers to it and it refers to
-- nothing: it is written with every end, and forgotten.
CREATE TABLE departure (
  company_id      TEXT NOT NULL,
  expires_at      BIGINT NOT NULL,
  collaborator_id TEXT NOT NULL,
  PRIMARY KEY (company_id, expires_at, collaborator_id)
);
CREATE INDEX departure_expiry ON departure (expires_at);

-- Companies of which nothing is held for a while, because somebody confirmed.
CREATE TABLE guard_lifted (
  company_id TEXT NOT NULL PRIMARY KEY REFERENCES company (id),
  until_at   BIGINT NOT NULL
);
