-- Apps that sign people in with us: who they are, what people allowed them, and what is under way.
-- Only hashes of one-time values and of client secrets are stored. Lists of scopes are texts with spaces between
-- (RFC 6749 §3.3). Times are milliseconds since 1970. Forward only.

CREATE TABLE oauth_clients (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  secret_hash TEXT,                    -- lower-hex SHA-256 of 256 random bits; NULL: a public client
  auth_method TEXT NOT NULL CHECK (auth_method IN ('none', 'client_secret_basic', 'client_secret_post')),
  application_type TEXT NOT NULL CHECK (application_type IN ('web', 'native')),
  redirect_uris TEXT NOT NULL CHECK (json_valid(redirect_uris)),
  grant_types TEXT NOT NULL CHECK (json_valid(grant_types)),
  scopes TEXT NOT NULL,                -- what it may ask for
  client_uri TEXT,
  verified INTEGER NOT NULL CHECK (verified IN (0, 1)),  -- 0: it registered itself, and nobody has looked at it
  created_at INTEGER NOT NULL,
  CHECK ((auth_method = 'none') = (secret_hash IS NULL))
) STRICT;

-- What a person allowed an app, to be asked no more.
CREATE TABLE oauth_consents (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  client_id TEXT NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (user_id, client_id)
) STRICT;
CREATE INDEX oauth_consents_of_client ON oauth_consents (client_id);

-- What came of one authorisation: every token of it ends with it.
CREATE TABLE oauth_grants (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE,  -- NULL: the app in its own name
  session_id TEXT,                     -- where it was allowed; no reference: sessions are swept
  scopes TEXT NOT NULL,
  resource TEXT,                       -- RFC 8707: whom its access tokens are for; NULL: us
  offline INTEGER NOT NULL CHECK (offline IN (0, 1)),    -- goes on when that session ends
  authenticated_at INTEGER NOT NULL,
  methods TEXT NOT NULL CHECK (json_valid(methods)),
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE INDEX oauth_grants_of_user ON oauth_grants (user_id, client_id, ended_at);
CREATE INDEX oauth_grants_of_client ON oauth_grants (client_id);
CREATE INDEX oauth_grants_of_session ON oauth_grants (session_id);
CREATE INDEX oauth_grants_by_end ON oauth_grants (expires_at);

-- What was allowed without `offline_access` ends with the session it was allowed in, however that ends.
CREATE TRIGGER oauth_grants_end_with_session AFTER UPDATE OF ended_at ON sessions
WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
BEGIN
  UPDATE oauth_grants SET ended_at = NEW.ended_at
  WHERE session_id = NEW.id AND offline = 0 AND ended_at IS NULL;
END;

CREATE TABLE oauth_codes (
  hash TEXT PRIMARY KEY,
  grant_id TEXT NOT NULL REFERENCES oauth_grants (id) ON DELETE CASCADE,
  client_id TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  challenge TEXT NOT NULL,             -- RFC 7636, S256
  nonce TEXT,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  used_by TEXT                         -- the exchange that consumed it: of many at once, one wins
) STRICT;
CREATE INDEX oauth_codes_of_grant ON oauth_codes (grant_id);

-- A used token's successor is derived from it, not kept.
CREATE TABLE oauth_refresh_tokens (
  hash TEXT PRIMARY KEY,
  grant_id TEXT NOT NULL REFERENCES oauth_grants (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE INDEX oauth_refresh_tokens_of_grant ON oauth_refresh_tokens (grant_id);

-- RFC 8628. The code people type has 34 bits, so it is kept as a keyed hash.
CREATE TABLE oauth_device_codes (
  hash TEXT PRIMARY KEY,
  user_code TEXT NOT NULL UNIQUE,
  client_id TEXT NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
  scopes TEXT NOT NULL,
  resource TEXT,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'allowed', 'denied')),
  grant_id TEXT REFERENCES oauth_grants (id) ON DELETE CASCADE,
  interval_s INTEGER NOT NULL,
  last_polled_at INTEGER,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  used_by TEXT
) STRICT;
CREATE INDEX oauth_device_codes_of_client ON oauth_device_codes (client_id);
CREATE INDEX oauth_device_codes_of_grant ON oauth_device_codes (grant_id);
CREATE INDEX oauth_device_codes_by_end ON oauth_device_codes (expires_at);
