-- A rule that the trial of a rule pack showed to be noisy, in one wording (`digest`). It goes on
-- being found and opens no incident until a person decides (that is kept in DATA/packs/state.json).
-- `measured` and `most` are findings of the measure that `reason` names.
CREATE TABLE held_rules (
  rule_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  title TEXT NOT NULL,
  pack TEXT NOT NULL,
  version TEXT NOT NULL,
  held_at TEXT NOT NULL,
  reason TEXT NOT NULL,
  companies INTEGER NOT NULL,
  measured INTEGER NOT NULL,
  most INTEGER NOT NULL,
  PRIMARY KEY (rule_id, digest)
) STRICT, WITHOUT ROWID;

-- What a finding's `rule_pack` stood for: versions of packs as JSON, and how many rules.
CREATE TABLE rule_books (
  rule_pack TEXT PRIMARY KEY,
  packs TEXT NOT NULL,
  rules INTEGER NOT NULL,
  first_used TEXT NOT NULL
) STRICT, WITHOUT ROWID;
