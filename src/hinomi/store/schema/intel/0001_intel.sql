-- Indicators as they were imported, by source; what is matched is compiled from here into a file.
CREATE TABLE sources (
    name TEXT PRIMARY KEY,
    kind TEXT NOT NULL,              -- file, url or taxii
    address TEXT NOT NULL,           -- where it came from last
    settings TEXT NOT NULL,          -- JSON: collection, user, where the secret lies; never a secret
    tlp TEXT NOT NULL,
    confidence INTEGER NOT NULL,
    read_as TEXT NOT NULL DEFAULT '',
    cursor TEXT NOT NULL DEFAULT '', -- TAXII: added_after of the next pull
    last_at_us INTEGER,
    last_fault TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE imports (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    who TEXT NOT NULL,
    added INTEGER NOT NULL DEFAULT 0,
    removed INTEGER NOT NULL DEFAULT 0,
    held INTEGER NOT NULL DEFAULT 0,
    refused TEXT NOT NULL            -- JSON: reason → count
) STRICT;

CREATE TABLE indicators (
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    source TEXT NOT NULL REFERENCES sources (name) ON DELETE CASCADE,
    confidence INTEGER NOT NULL,
    tlp TEXT NOT NULL,
    valid_from_s INTEGER,
    valid_until_s INTEGER,
    name TEXT NOT NULL,
    labels TEXT NOT NULL,
    description TEXT NOT NULL,
    doubt TEXT NOT NULL,             -- why it is held; '' when it is in use
    first_import INTEGER NOT NULL,
    last_import INTEGER NOT NULL,
    PRIMARY KEY (kind, value, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX indicators_by_source ON indicators (source, first_import);
CREATE INDEX indicators_held ON indicators (doubt, kind, value) WHERE doubt <> '';

-- A person said that a held value is bad all the same. Kept for ever: who, why, until when.
CREATE TABLE allowances (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    reason TEXT NOT NULL,
    who TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    until_s INTEGER NOT NULL
) STRICT;
CREATE INDEX allowances_by_value ON allowances (kind, value, until_s);

-- One row: what changed since the file in use was made, and up to which import the lake was
-- searched for new indicators.
CREATE TABLE state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    changes INTEGER NOT NULL,
    compiled INTEGER NOT NULL,
    looked_back INTEGER NOT NULL,
    file TEXT NOT NULL,
    count INTEGER NOT NULL,
    made_us INTEGER
) STRICT;
INSERT INTO state VALUES (1, 0, 0, 0, '', 0, NULL);
