-- What is fetched from the makers' APIs: how far, what was fetched already, what waits for a person.
-- Written by collect only; the portal reads.

-- One row for each thing that an account asks for: a stream of one customer ('' tenant: of all at
-- once). cursor is the API's own or ours, complete until reached_us. '' trouble means well. gap: a
-- sentence on what the API no longer had.
CREATE TABLE ways (
  account TEXT NOT NULL,
  tenant TEXT NOT NULL,
  stream TEXT NOT NULL,
  name TEXT NOT NULL DEFAULT '',
  cursor TEXT NOT NULL DEFAULT '',
  reached_us INTEGER NOT NULL DEFAULT 0,
  at_us INTEGER NOT NULL DEFAULT 0,
  well_at_us INTEGER NOT NULL DEFAULT 0,
  trouble TEXT NOT NULL DEFAULT '',
  sentence TEXT NOT NULL DEFAULT '',
  gap TEXT NOT NULL DEFAULT '',
  fetched INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (account, tenant, stream)
) STRICT;

-- Fetched and kept: overlapping windows bring these again. Forgotten when no window can.
CREATE TABLE seen (
  account TEXT NOT NULL,
  digest TEXT NOT NULL,
  tenant TEXT NOT NULL,
  stream TEXT NOT NULL,
  at_us INTEGER NOT NULL,
  PRIMARY KEY (account, digest)
) STRICT;
CREATE INDEX seen_by_way ON seen (account, tenant, stream, at_us);

-- Records of customers that no route names yet. customer is what the record itself says; at_us is
-- when it was fetched, written_us when it says it was written (0: it does not).
CREATE TABLE waiting (
  account TEXT NOT NULL,
  digest TEXT NOT NULL,
  customer TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  at_us INTEGER NOT NULL,
  raw BLOB NOT NULL,
  written_us INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (account, digest)
) STRICT;
CREATE INDEX waiting_of_customer ON waiting (account, customer, at_us);
