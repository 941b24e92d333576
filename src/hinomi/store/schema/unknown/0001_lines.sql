-- Lines nobody could be found for: the newest 100 of at most 100 addresses, for 24 h.
CREATE TABLE lines (
    id INTEGER PRIMARY KEY,
    address TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    reason TEXT NOT NULL,
    line BLOB NOT NULL
) STRICT;
CREATE INDEX lines_by_address ON lines (address, id);
