-- A device that a company's relay hears around it: the newest of what it says of itself, as JSON.
-- `device_key` "" is the network the relay is in. `weight` is 0 for a nameless device that was heard
-- for a moment: such rows give way first, so that made-up senders push nobody out.
CREATE TABLE lan_devices (
  organisation TEXT NOT NULL,
  source TEXT NOT NULL,
  device_key TEXT NOT NULL,
  body TEXT NOT NULL,
  weight INTEGER NOT NULL,
  first_heard TEXT NOT NULL,
  last_heard TEXT NOT NULL,
  PRIMARY KEY (organisation, source, device_key)
) STRICT, WITHOUT ROWID;
