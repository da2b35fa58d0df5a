-- API keys, and what people see of their sessions.
-- Times are milliseconds since 1970. Forward only.

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,                 -- its letters stand in the key itself
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  hash TEXT NOT NULL,                  -- lower-hex SHA-256 of the whole key; the key is not kept
  ending TEXT NOT NULL,                -- its last letters, for people
  scopes TEXT NOT NULL CHECK (json_valid(scopes)),
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER,                -- a minute behind at most
  revoked_at INTEGER                   -- the row stays: the ledger names keys
) STRICT;
CREATE INDEX api_keys_of_user ON api_keys (user_id, id);

-- Where a session was last used: filled at sign-in and at every refresh.
ALTER TABLE sessions ADD COLUMN last_used_at INTEGER;
ALTER TABLE sessions ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN network TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN country TEXT;
