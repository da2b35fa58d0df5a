-- What is looked at after it happened: sign-ins that are unlike earlier ones, and what an owner is told of.
-- Times are milliseconds since 1970. Forward only.

-- Wrong passwords, counted by account in slots of ten minutes; forgotten after a day.
CREATE TABLE sign_in_failures (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  slot INTEGER NOT NULL,               -- milliseconds / 600000
  failures INTEGER NOT NULL,
  PRIMARY KEY (user_id, slot)
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_failures_by_slot ON sign_in_failures (slot);

-- The last event that was looked at. Of two who look at once, the second finds another number and its batch breaks.
CREATE TABLE audit_watch (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  seq INTEGER NOT NULL
) STRICT;
INSERT INTO audit_watch (one, seq) SELECT 1, coalesce(max(seq), 0) FROM security_events;
