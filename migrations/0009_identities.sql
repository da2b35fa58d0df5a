-- Identities: who a person is to another service, WeChat or an OAuth provider, and what that service proved
-- beside it. Times are milliseconds since 1970. Forward only.
--
-- Accounts without an address. `users.email` is NOT NULL and UNIQUE. Making it nullable would mean to rebuild the
-- table, and dropping the old one deletes its rows first: D1 enforces foreign keys in every transaction, so all
-- sessions would go with them (ON DELETE CASCADE), in the one moment when nobody can undo it. So an account
-- without an address has a placeholder, `<id>@no-address.invalid`: `.invalid` is never delegated (RFC 6761 §6.4),
-- no mail can reach it, nobody can register or name an address there (`Email` refuses it), and clients see null.

ALTER TABLE users ADD COLUMN merged_into TEXT REFERENCES users (id) ON DELETE SET NULL;

CREATE TABLE identities (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  provider TEXT NOT NULL,              -- `wechat`, or the id of an OAuth provider
  realm TEXT NOT NULL,                 -- where the subject is unique: WeChat's app id, or the issuer
  subject TEXT NOT NULL,               -- WeChat's openid, or the issuer's `sub`
  union_id TEXT,                       -- WeChat's unionid: one person in all apps of one Open Platform account
  label TEXT NOT NULL DEFAULT '',      -- what the service calls the person, to show the owner; proves nothing
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  UNIQUE (provider, realm, subject)
) STRICT;
CREATE INDEX identities_of_user ON identities (user_id);
CREATE INDEX identities_by_union ON identities (provider, union_id) WHERE union_id IS NOT NULL;

-- One person at WeChat is one user, whatever races.
CREATE TRIGGER identities_union_added BEFORE INSERT ON identities
WHEN NEW.union_id IS NOT NULL AND EXISTS (
  SELECT 1 FROM identities WHERE provider = NEW.provider AND union_id = NEW.union_id AND user_id <> NEW.user_id
)
BEGIN
  SELECT RAISE(ABORT, 'constraint failed: identities.union_id');
END;

CREATE TRIGGER identities_union_changed BEFORE UPDATE OF union_id ON identities
WHEN NEW.union_id IS NOT NULL AND EXISTS (
  SELECT 1 FROM identities WHERE provider = NEW.provider AND union_id = NEW.union_id AND user_id <> NEW.user_id
)
BEGIN
  SELECT RAISE(ABORT, 'constraint failed: identities.union_id');
END;

-- An account whose address nobody has proven has no identities: who made it may not be who owns the address, and
-- an identity put there in advance would be a way in that outlives a reset of the password.
CREATE TRIGGER identities_of_proven_added BEFORE INSERT ON identities
WHEN EXISTS (
  SELECT 1 FROM users WHERE id = NEW.user_id AND email_verified_at IS NULL AND email NOT LIKE '%@no-address.invalid'
)
BEGIN
  SELECT RAISE(ABORT, 'constraint failed: identities.unproven_address');
END;

CREATE TRIGGER identities_of_proven_moved BEFORE UPDATE OF user_id ON identities
WHEN EXISTS (
  SELECT 1 FROM users WHERE id = NEW.user_id AND email_verified_at IS NULL AND email NOT LIKE '%@no-address.invalid'
)
BEGIN
  SELECT RAISE(ABORT, 'constraint failed: identities.unproven_address');
END;

-- A telephone number that a service has verified. It is no way in, so several accounts may share one.
CREATE TABLE phones (
  user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  number TEXT NOT NULL CHECK (number GLOB '+[1-9]*'),  -- E.164
  source TEXT NOT NULL,                -- who verified it: `wechat`
  verified_at INTEGER NOT NULL
) STRICT;
CREATE INDEX phones_by_number ON phones (number);
