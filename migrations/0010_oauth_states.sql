-- OAuth sign-ins under way. Only hashes are stored; the PKCE verifier and the nonce are derived from the state by a
-- keyed hash, so they stand nowhere. Times are milliseconds since 1970. Forward only.

CREATE TABLE oauth_states (
  state_hash TEXT PRIMARY KEY,         -- lower-hex SHA-256 of the state, which travels through the browser
  binding_hash TEXT NOT NULL,          -- of the value that the client which began keeps to itself
  provider TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,          -- where the provider sends the browser: ours
  redirect_to TEXT NOT NULL,           -- where the browser goes on: the client's, from the allow list
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE,  -- who links an identity; NULL: a sign-in
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  used_by TEXT                         -- the use that consumed it: of many at once, one wins
) STRICT;
CREATE INDEX oauth_states_by_end ON oauth_states (expires_at);
