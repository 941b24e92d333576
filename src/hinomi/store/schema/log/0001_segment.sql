-- One segment of the log: a run of group commits. A chunk is what one commit brought one partition.
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY,          -- order of commits
    partition INTEGER NOT NULL,
    first_offset INTEGER NOT NULL,
    last_offset INTEGER NOT NULL,
    payload BLOB NOT NULL,           -- zlib(msgpack), see store/log/chunks.py
    checksum BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX chunks_by_offset ON chunks (partition, last_offset);
-- Where each partition stood when this segment was opened: offsets go on without a gap.
CREATE TABLE heads (
    partition INTEGER PRIMARY KEY,
    next_offset INTEGER NOT NULL
) STRICT;
-- Answers to requests that brought an Idempotency-Key: in the transaction of their records.
CREATE TABLE answers (
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    body_sha256 BLOB NOT NULL,
    answer BLOB NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (source, key)
) STRICT;
-- opened_us, sealed_us, consumed_us (microseconds since 1970), answers_moved (1)
CREATE TABLE state (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;
