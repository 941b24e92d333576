-- The log where the stores are on a server. A chunk is what one commit brought one partition.
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY,
    partition INTEGER NOT NULL,
    first_offset INTEGER NOT NULL,
    last_offset INTEGER NOT NULL,
    payload BLOB NOT NULL,           -- zlib(msgpack), see store/log/chunks.py
    checksum BLOB NOT NULL,
    consumed_us INTEGER              -- when both offsets were first seen behind it
) STRICT;
CREATE UNIQUE INDEX chunks_by_offset ON chunks (partition, last_offset);
CREATE INDEX chunks_consumed ON chunks (consumed_us);
-- Where each partition goes on; changed in the transaction of its chunks, so there is no gap.
CREATE TABLE heads (
    partition INTEGER PRIMARY KEY,
    next_offset INTEGER NOT NULL
) STRICT;
-- Answers to requests that brought an Idempotency-Key, kept 72 h.
CREATE TABLE answers (
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    body_sha256 BLOB NOT NULL,
    answer BLOB NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (source, key)
) STRICT;
CREATE INDEX answers_by_time ON answers (at_us);
