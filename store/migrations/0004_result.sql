-- What became of requests that are answered later.
CREATE TABLE result (
  id         TEXT NOT NULL PRIMARY KEY,
  client_id  TEXT NOT NULL REFERENCES client (id),
  answer     TEXT NOT NULL, -- JSON
  done       BOOLEAN NOT NULL,
  renewed_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX result_expiry ON result (expires_at);
