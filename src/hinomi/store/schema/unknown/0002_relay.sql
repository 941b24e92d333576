-- The relay at whose customer's place the line was heard, '' for senders that reached us themselves.
ALTER TABLE lines ADD COLUMN relay TEXT NOT NULL DEFAULT '';
CREATE INDEX lines_by_relay ON lines (relay, address, id);
