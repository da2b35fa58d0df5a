-- Letters and the one-time links in them. Neither table holds a secret: a link's token is derived
-- from its id with a key that the database never sees.
-- Times are milliseconds since 1970. Forward only.

CREATE TABLE links (
  id TEXT PRIMARY KEY,                 -- lnk_…
  token_hash TEXT NOT NULL UNIQUE,     -- lower-hex SHA-256 of the token
  purpose TEXT NOT NULL CHECK (purpose IN ('verify', 'reset', 'magic', 'change')),
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  email TEXT NOT NULL CHECK (email = lower(email)), -- the mailbox it was sent to, which its use proves
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,                     -- or ended by a newer one
  -- A use of a link that is used, ended or expired breaks this rule, and the batch with it: of many at once one wins.
  uses INTEGER NOT NULL DEFAULT 0 CONSTRAINT link_is_usable CHECK (uses <= 1)
) STRICT;
CREATE INDEX links_of_user ON links (user_id, purpose);
CREATE INDEX links_by_end ON links (expires_at);

-- The outbox of mail: written with what causes a letter, handed to a queue after it.
CREATE TABLE letters (
  id TEXT PRIMARY KEY,                 -- let_…
  kind TEXT NOT NULL,
  recipient TEXT NOT NULL,
  locale TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE, -- whose account it is about
  link_id TEXT,                        -- the link in it, where its kind has one
  about TEXT,                          -- the other address of a change of address
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'handed', 'sent', 'dropped', 'refused', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  handed_at INTEGER,
  leased_by TEXT,                      -- the delivery that sends it now
  leased_until INTEGER,
  ended_at INTEGER,
  cause TEXT                           -- of the last failure
) STRICT;
CREATE INDEX letters_to ON letters (recipient, created_at);
CREATE INDEX letters_open ON letters (created_at) WHERE state IN ('waiting', 'handed');
CREATE INDEX letters_by_time ON letters (created_at);

-- On a developer's machine letters end here and are read at `/dev/mailbox`.
CREATE TABLE mailbox (
  letter_id TEXT PRIMARY KEY,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  html TEXT NOT NULL,
  arrived_at INTEGER NOT NULL
) STRICT;
