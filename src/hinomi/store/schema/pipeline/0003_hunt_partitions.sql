-- A hunt that hands its findings on is a partition of its own, `hunt-<id>`, for whoever reads
-- findings; its number comes behind those of the log and is never given again, so that a reader's
-- cursor stays true. `taken_bytes` of the hunt's file of findings are in `findings`.
CREATE TABLE hunt_partitions (
  partition INTEGER PRIMARY KEY,
  hunt TEXT NOT NULL UNIQUE,
  taken_bytes INTEGER NOT NULL DEFAULT 0,
  last_seq INTEGER NOT NULL DEFAULT 0
) STRICT;
