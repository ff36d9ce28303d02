-- Members of a unit are listed oldest first: the index gives them in that order.
DROP INDEX collaborator_home_unit;
CREATE INDEX collaborator_home_unit ON collaborator (home_unit_id, created_at, id) WHERE present;
