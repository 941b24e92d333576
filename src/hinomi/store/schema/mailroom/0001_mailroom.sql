-- Mails of the firms' mailboxes, from the moment they are acknowledged until every piece of them
-- has reached its company. Written by collect only; the portal reads.

-- digest tells a repeat; it stays after the body is gone. generation: the directory it was last
-- sorted with. state and reason: core/mail.py.
CREATE TABLE mails (
  id TEXT PRIMARY KEY,
  mailbox TEXT NOT NULL,
  digest TEXT NOT NULL,
  arrived_us INTEGER NOT NULL,
  changed_us INTEGER NOT NULL,
  recipient TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL DEFAULT '',
  format TEXT NOT NULL DEFAULT '',
  sender TEXT NOT NULL DEFAULT '',
  subject TEXT NOT NULL DEFAULT '',
  head TEXT NOT NULL DEFAULT '{}',
  generation INTEGER NOT NULL DEFAULT -1,
  attempts INTEGER NOT NULL DEFAULT 0,
  UNIQUE (mailbox, digest)
) STRICT;
CREATE INDEX mails_by_state ON mails (state, id);
CREATE INDEX mails_of_mailbox ON mails (mailbox, arrived_us);

-- As it came, compressed. Apart, so that lists never read it.
CREATE TABLE bodies (
  mail TEXT PRIMARY KEY REFERENCES mails (id) ON DELETE CASCADE,
  body BLOB NOT NULL
) STRICT;

-- source and organisation are '' until delivered. state: waiting, delivered or put_away.
CREATE TABLE pieces (
  mail TEXT NOT NULL REFERENCES mails (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  kind TEXT NOT NULL,
  summary TEXT NOT NULL,
  claims TEXT NOT NULL,
  raw BLOB NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  source TEXT NOT NULL DEFAULT '',
  organisation TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (mail, number)
) STRICT;
CREATE INDEX pieces_waiting ON pieces (state, mail);

-- Up to which message of which folder we have fetched.
CREATE TABLE cursors (
  mailbox TEXT PRIMARY KEY,
  folder TEXT NOT NULL,
  uid_validity INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  caught_up_us INTEGER NOT NULL
) STRICT;

-- Fetched, durable, and still to be moved to the mailbox's folder for done mails.
CREATE TABLE to_move (
  mailbox TEXT NOT NULL,
  uid_validity INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  PRIMARY KEY (mailbox, uid_validity, uid)
) STRICT;

-- How the last look into each mailbox went; '' trouble means well.
CREATE TABLE looks (
  mailbox TEXT PRIMARY KEY,
  at_us INTEGER NOT NULL,
  well_at_us INTEGER NOT NULL,
  trouble TEXT NOT NULL,
  failures INTEGER NOT NULL,
  fetched INTEGER NOT NULL
) STRICT;
