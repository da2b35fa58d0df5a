-- People who are not, or not yet, who they seem: guests without an address, and administrators in somebody's place.
-- Times are milliseconds since 1970. Forward only.

-- A guest is an account with the role `guest` and a placeholder for an address. Those that nobody comes back to are
-- deleted after a while.
CREATE INDEX users_guests ON users (created_at) WHERE roles = '["guest"]';

-- A sign-in elsewhere makes a guest an ordinary person.
CREATE TRIGGER identities_end_guests AFTER INSERT ON identities
BEGIN
  UPDATE users SET roles = '[]' WHERE id = NEW.user_id AND roles = '["guest"]';
END;

-- The administrator who acts in this session as its user; NULL where people act for themselves.
ALTER TABLE sessions ADD COLUMN actor_id TEXT REFERENCES users (id) ON DELETE CASCADE;
CREATE INDEX sessions_of_actor ON sessions (actor_id) WHERE actor_id IS NOT NULL;

-- People are found by the beginning of their name; by that of their address the unique index finds them.
CREATE INDEX users_by_name ON users (name COLLATE NOCASE);
