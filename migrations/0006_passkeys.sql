-- Passkeys: public keys that people sign in with, and the challenges of ceremonies.
-- Times are milliseconds since 1970. Forward only.

CREATE TABLE passkeys (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  credential_id TEXT NOT NULL UNIQUE,  -- base64url
  public_key TEXT NOT NULL,            -- COSE_Key, base64url
  counter INTEGER NOT NULL,            -- grows with each use; 0 for authenticators without one
  transports TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(transports)),
  backed_up INTEGER NOT NULL CHECK (backed_up IN (0, 1)),
  name TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  used_by TEXT                         -- the sign-in that raised the counter last: of many at once, one wins
) STRICT;
CREATE INDEX passkeys_of_user ON passkeys (user_id, id);

-- Only hashes are stored, though a challenge is no secret: nothing of a ceremony can be taken from here.
CREATE TABLE passkey_challenges (
  hash TEXT PRIMARY KEY,
  purpose TEXT NOT NULL CHECK (purpose IN ('register', 'sign_in')),
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE, -- whose registration; NULL: anybody's sign-in
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE INDEX passkey_challenges_by_end ON passkey_challenges (expires_at);
CREATE INDEX passkey_challenges_of_user ON passkey_challenges (user_id);
