-- Answers of sealed segments, moved here because they live longer (72 h) than segments may.
CREATE TABLE answers (
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    body_sha256 BLOB NOT NULL,
    answer BLOB NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (source, key)
) STRICT;
CREATE INDEX answers_by_time ON answers (at_us);
