-- What correlations and baselines remember between events. A row changes only in the transaction
-- that writes the findings and offsets of the same records. `expires` is the organisation's event
-- time in microseconds since 1970; `body` is the user's own and means nothing here.
CREATE TABLE keyed_state (
  organisation TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  group_key TEXT NOT NULL,
  expires INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (organisation, kind, name, group_key)
) STRICT;
CREATE INDEX keyed_state_by_expiry ON keyed_state (organisation, expires);
