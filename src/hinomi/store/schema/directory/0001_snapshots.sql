-- Each publication of the portal is one row; collect and workers read the newest whole one.
CREATE TABLE snapshots (
    generation INTEGER PRIMARY KEY,
    body BLOB NOT NULL,
    sha256 TEXT NOT NULL
) STRICT;
