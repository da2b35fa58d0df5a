-- What happened to accounts, written in the transaction that made it happen.
-- Times are milliseconds since 1970. Forward only.

CREATE TABLE security_events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,                  -- `signed_in`, `password_changed`, …
  user_id TEXT,                        -- whose account; no reference: events outlive accounts
  actor_id TEXT,                       -- who did it, when it was somebody else
  network TEXT NOT NULL,               -- IPv4 address or IPv6 /64
  user_agent TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(detail))
) STRICT;
CREATE INDEX security_events_of_user ON security_events (user_id, seq);
