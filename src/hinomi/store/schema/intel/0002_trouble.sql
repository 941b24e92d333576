-- The kind of the last failure, for screens: its words in another language hang on it.
ALTER TABLE sources ADD COLUMN last_trouble TEXT NOT NULL DEFAULT '';
