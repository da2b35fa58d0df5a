-- Organisations: who belongs to which, as what, and what each role may do there.
-- Times are milliseconds since 1970. Forward only.

CREATE TABLE organisations (
  id TEXT PRIMARY KEY,                 -- org_…
  slug TEXT NOT NULL UNIQUE CHECK (slug = lower(slug)),
  name TEXT NOT NULL,
  created_by TEXT REFERENCES users (id) ON DELETE SET NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX organisations_of_maker ON organisations (created_by);

-- What a role may do, as its organisation wrote it down. `role_grants` is what it comes to.
CREATE TABLE organisation_roles (
  organisation_id TEXT NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  permissions TEXT NOT NULL CHECK (json_valid(permissions)),
  changed_as TEXT NOT NULL,            -- the change that wrote it: what belongs to a change asks for it
  PRIMARY KEY (organisation_id, name)
) STRICT, WITHOUT ROWID;

-- The permissions of a role, compiled: every query that reaches objects of an organisation joins this.
CREATE TABLE role_grants (
  organisation_id TEXT NOT NULL,
  role TEXT NOT NULL,
  resource TEXT NOT NULL,              -- `*`: all
  action TEXT NOT NULL,                -- `*`: all
  own INTEGER NOT NULL CHECK (own IN (0, 1)),  -- 1: only with objects of one's own
  PRIMARY KEY (organisation_id, role, resource, action),
  FOREIGN KEY (organisation_id, role) REFERENCES organisation_roles (organisation_id, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
  organisation_id TEXT NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  joined_at INTEGER NOT NULL,
  PRIMARY KEY (organisation_id, user_id),
  FOREIGN KEY (organisation_id, role) REFERENCES organisation_roles (organisation_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_of_user ON members (user_id, organisation_id);
CREATE INDEX members_with_role ON members (organisation_id, role);

-- An organisation always has an owner, whatever races. When the organisation itself goes, its row is gone before
-- those of its members.
CREATE TRIGGER members_last_owner_left BEFORE DELETE ON members
WHEN OLD.role = 'owner' AND EXISTS (SELECT 1 FROM organisations WHERE id = OLD.organisation_id) AND NOT EXISTS (
  SELECT 1 FROM members WHERE organisation_id = OLD.organisation_id AND role = 'owner' AND user_id <> OLD.user_id
)
BEGIN
  SELECT RAISE(ABORT, 'constraint failed: members.last_owner');
END;

CREATE TRIGGER members_last_owner_demoted BEFORE UPDATE OF role ON members
WHEN OLD.role = 'owner' AND NEW.role <> 'owner' AND NOT EXISTS (
  SELECT 1 FROM members WHERE organisation_id = OLD.organisation_id AND role = 'owner' AND user_id <> OLD.user_id
)
BEGIN
  SELECT RAISE(ABORT, 'constraint failed: members.last_owner');
END;

-- Invitations are mailed; of their tokens there are hashes only.
CREATE TABLE invitations (
  id TEXT PRIMARY KEY,                 -- inv_…
  organisation_id TEXT NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
  email TEXT NOT NULL CHECK (email = lower(email)),
  role TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,     -- lower-hex SHA-256
  invited_by TEXT REFERENCES users (id) ON DELETE SET NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  used_as TEXT,                        -- the request that accepted it: of many at once, one wins
  revoked_at INTEGER,                  -- taken back, or replaced by a newer one to the same address
  FOREIGN KEY (organisation_id, role) REFERENCES organisation_roles (organisation_id, name) ON DELETE CASCADE
) STRICT;
CREATE INDEX invitations_of_organisation ON invitations (organisation_id, id);
CREATE INDEX invitations_of_inviter ON invitations (invited_by);
CREATE INDEX invitations_by_end ON invitations (expires_at);
