-- Second factors: what an account has, sign-ins that wait for one, codes, and the proofs of sessions.
-- Times are milliseconds since 1970. Forward only.

-- JSON array of what is asked for after the first proof: `["totp"]`. It stands in the user's own row, so that
-- a sign-in without a second factor costs no further read.
ALTER TABLE users ADD COLUMN factors TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(factors));

-- When and how the person of a session proved who they are: rows marked `fresh` ask. 0: never, as far as is known.
ALTER TABLE sessions ADD COLUMN authenticated_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN methods TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(methods));

-- A sign-in whose first proof was right and whose second one is still wanted. It is no session.
CREATE TABLE pending_sign_ins (
  hash TEXT PRIMARY KEY,               -- lower-hex SHA-256 of the token
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  method TEXT NOT NULL,                -- the first proof
  epoch INTEGER NOT NULL,              -- the user's when it was made: rights taken away end it
  attempts INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  used_by TEXT                         -- the session it became: of many at once, one wins
) STRICT;
CREATE INDEX pending_sign_ins_by_end ON pending_sign_ins (expires_at);
CREATE INDEX pending_sign_ins_of_user ON pending_sign_ins (user_id);

CREATE TABLE totp_factors (
  user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  secret TEXT NOT NULL,                -- sealed
  created_at INTEGER NOT NULL,
  confirmed_at INTEGER,                -- NULL until a code showed that the app has the secret
  last_step INTEGER NOT NULL DEFAULT 0, -- RFC 6238 time step of the last code that was taken
  used_by TEXT                         -- what that code was taken for: of many at once, one wins
) STRICT;

CREATE TABLE recovery_codes (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  hash TEXT NOT NULL,                  -- lower-hex SHA-256; codes have 120 random bits
  created_at INTEGER NOT NULL,
  used_at INTEGER,
  used_by TEXT,
  PRIMARY KEY (user_id, hash)
) STRICT, WITHOUT ROWID;

-- What can be guessed is slowed down. `subject` says whose guesses are counted, and where.
CREATE TABLE proof_attempts (
  subject TEXT PRIMARY KEY,            -- `totp usr_…`, `password ses_…`
  failures INTEGER NOT NULL,           -- since the last success
  next_at INTEGER NOT NULL,            -- no attempt before
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX proof_attempts_by_end ON proof_attempts (expires_at);
