-- How a source is doing, besides what it sent (source_status). `window` and `records` are the
-- running ten minutes of receive time, `usual_milli` what it sends in ten minutes, times 1000.
-- Times of power are event times: a goodbye that arrives after the morning's records is old news.
CREATE TABLE source_health (
  organisation TEXT NOT NULL,
  source TEXT NOT NULL,
  volume_window INTEGER NOT NULL,
  records INTEGER NOT NULL,
  usual_milli INTEGER NOT NULL,
  learned INTEGER NOT NULL,
  volume TEXT NOT NULL,
  volume_since TEXT NOT NULL,
  calm INTEGER NOT NULL,
  off_at TEXT,
  off_reason TEXT,
  on_at TEXT,
  PRIMARY KEY (organisation, source)
) STRICT, WITHOUT ROWID;

-- One source on one receive day (UTC). `hours` is a bit for each UTC hour in which a readable record
-- that was not late arrived; the clock columns count events by how far their time was from ours.
CREATE TABLE source_days (
  organisation TEXT NOT NULL,
  source TEXT NOT NULL,
  receive_day TEXT NOT NULL,
  hours INTEGER NOT NULL,
  records INTEGER NOT NULL,
  readable INTEGER NOT NULL,
  duplicates INTEGER NOT NULL,
  findings INTEGER NOT NULL,
  days_behind INTEGER NOT NULL,
  zone_behind INTEGER NOT NULL,
  hours_behind INTEGER NOT NULL,
  minutes_behind INTEGER NOT NULL,
  on_time INTEGER NOT NULL,
  ahead INTEGER NOT NULL,
  PRIMARY KEY (organisation, source, receive_day)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_days_by_day ON source_days (receive_day);

-- A try (試験) that came back. `source` is the one it came by, which need not be the one it was for.
CREATE TABLE source_tries (
  organisation TEXT NOT NULL,
  source TEXT NOT NULL,
  name TEXT NOT NULL,
  event_id TEXT NOT NULL,
  receive_time TEXT NOT NULL,
  readable INTEGER NOT NULL,
  PRIMARY KEY (organisation, source, name)
) STRICT, WITHOUT ROWID;

-- When our own side was awake: a bit for each minute of a UTC hour in which collect took records
-- and in which a worker looked at them. No company is named: it is about us.
CREATE TABLE awake_hours (
  hour TEXT PRIMARY KEY,
  collect_minutes INTEGER NOT NULL,
  worker_minutes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
