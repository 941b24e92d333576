-- Written by the worker only; portal, bell, collect and the command line read it.

-- A lease is alive while its beat moves. No clock is stored, so no clock jump can break it.
CREATE TABLE leases (
  partition INTEGER PRIMARY KEY,
  owner TEXT NOT NULL,
  fence INTEGER NOT NULL,
  beat INTEGER NOT NULL
) STRICT;

-- detect_offset: everything up to it has its findings. lake_offset: everything up to it is in files
-- that the manifest lists. last_seq numbers findings without gaps, also after old ones are removed.
CREATE TABLE offsets (
  partition INTEGER PRIMARY KEY,
  detect_offset INTEGER NOT NULL DEFAULT 0,
  lake_offset INTEGER NOT NULL DEFAULT 0,
  last_seq INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE findings (
  partition INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  id TEXT NOT NULL UNIQUE,
  organisation TEXT NOT NULL,
  source TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  device TEXT NOT NULL,
  level TEXT NOT NULL,
  event_time TEXT NOT NULL,
  receive_time TEXT NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (partition, seq)
) STRICT;
CREATE INDEX findings_of_organisation ON findings (organisation, event_time);

-- One (rule, organisation, device) in one event-hour: how many were written, how many only counted.
CREATE TABLE finding_counts (
  organisation TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  device TEXT NOT NULL,
  event_hour TEXT NOT NULL,
  written INTEGER NOT NULL,
  beyond INTEGER NOT NULL,
  PRIMARY KEY (organisation, rule_id, device, event_hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_status (
  organisation TEXT NOT NULL,
  source TEXT NOT NULL,
  records INTEGER NOT NULL,
  readable INTEGER NOT NULL,
  set_aside INTEGER NOT NULL,
  last_receive TEXT NOT NULL,
  last_alive TEXT,
  last_event TEXT,
  first_readable_at TEXT,
  first_readable TEXT,
  last_set_aside_at TEXT,
  last_set_aside_reason TEXT,
  last_set_aside_detail TEXT,
  last_set_aside TEXT,
  PRIMARY KEY (organisation, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE set_aside_counts (
  organisation TEXT NOT NULL,
  source TEXT NOT NULL,
  receive_day TEXT NOT NULL,
  reason TEXT NOT NULL,
  records INTEGER NOT NULL,
  PRIMARY KEY (organisation, source, receive_day, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE seen_devices (
  organisation TEXT NOT NULL,
  device TEXT NOT NULL,
  source TEXT NOT NULL,
  first_seen TEXT NOT NULL,
  last_seen TEXT NOT NULL,
  PRIMARY KEY (organisation, device)
) STRICT, WITHOUT ROWID;

-- Noted before records are read, removed by the commit that finishes them.
CREATE TABLE attempts (
  partition INTEGER PRIMARY KEY,
  first_offset INTEGER NOT NULL,
  last_offset INTEGER NOT NULL,
  tries INTEGER NOT NULL
) STRICT;

-- Records that killed their reader: never read again by this release, kept raw in the lake.
CREATE TABLE killers (
  partition INTEGER NOT NULL,
  record_offset INTEGER NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (partition, record_offset)
) STRICT, WITHOUT ROWID;

-- A file of the lake exists only if it is listed here: one row per file and organisation in it.
CREATE TABLE manifest (
  file TEXT NOT NULL,
  organisation TEXT NOT NULL,
  shape TEXT NOT NULL,
  receive_day TEXT NOT NULL,
  records INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  min_event_time TEXT NOT NULL,
  max_event_time TEXT NOT NULL,
  min_receive_time TEXT NOT NULL,
  max_receive_time TEXT NOT NULL,
  is_damaged INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (file, organisation)
) STRICT, WITHOUT ROWID;
CREATE INDEX manifest_of_organisation ON manifest (organisation, max_event_time);
