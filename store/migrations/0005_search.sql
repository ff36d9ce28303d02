-- What collaborators are searched by beyond the columns of their own: the card in
-- lower case, as it is compared, and the e-mail addresses in it.
ALTER TABLE collaborator ADD COLUMN card_key TEXT;

-- The beginning of each e-mail address in a card, in lower case. A row too many
-- does no harm: what is found here is then looked up in the card.
CREATE TABLE collaborator_email (
  collaborator_id TEXT NOT NULL REFERENCES collaborator (id),
  value_key       TEXT NOT NULL,
  PRIMARY KEY (value_key, collaborator_id)
);
CREATE INDEX collaborator_email_collaborator ON collaborator_email (collaborator_id);
