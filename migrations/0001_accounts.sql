-- Accounts: who there is, what sessions they have, and one-time values.
-- Times are milliseconds since 1970. Forward only.

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE CHECK (email = lower(email)),
  name TEXT NOT NULL DEFAULT '',
  locale TEXT NOT NULL DEFAULT 'en',
  password TEXT,                       -- PHC string; NULL: no sign-in by password
  roles TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(roles)),
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
  epoch INTEGER NOT NULL DEFAULT 0,    -- grows when rights are taken away: older tokens open no sensitive row
  email_verified_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE INDEX sessions_by_end ON sessions (expires_at);
CREATE INDEX sessions_of_user ON sessions (user_id, ended_at);

-- Only hashes are stored. A used token's successor is derived from it, not kept.
CREATE TABLE refresh_tokens (
  hash TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at);
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id);

CREATE TABLE one_time_tokens (
  token_hash TEXT PRIMARY KEY,         -- lower-hex SHA-256 of the token
  purpose TEXT NOT NULL CHECK (purpose IN ('admin')),
  email TEXT NOT NULL CHECK (email = lower(email)),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  used_by TEXT                         -- the session that consumed it: of many at once, one wins
) STRICT;

CREATE TABLE idempotency_keys (
  scope TEXT NOT NULL,                 -- caller, method and path
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,           -- SHA-256 of the body
  claimed_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  status INTEGER,                      -- NULL while the first request runs
  media TEXT,
  body TEXT,
  PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_end ON idempotency_keys (expires_at);
