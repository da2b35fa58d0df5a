-- What was said, kept where somebody asked for that: masked and sealed, piece by piece, for so many days. Which
-- organisations want it. Times are milliseconds since 1970. Forward only.

-- An organisation, or a person alone. Without a row: only what a route captures.
CREATE TABLE capture_settings (
  org_id TEXT PRIMARY KEY,
  mode TEXT NOT NULL CHECK (mode IN ('never', 'asked', 'all')),
  retention_days INTEGER NOT NULL CHECK (retention_days BETWEEN 1 AND 365),
  changed_at INTEGER NOT NULL,
  changed_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Grows with every change of the settings, so that an isolate asks for them only when there is something new.
CREATE TABLE capture_state (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  revision INTEGER NOT NULL
) STRICT;
INSERT INTO capture_state (one, revision) VALUES (1, 0);
CREATE TRIGGER capture_set AFTER INSERT ON capture_settings
BEGIN
  UPDATE capture_state SET revision = revision + 1;
END;
CREATE TRIGGER capture_changed AFTER UPDATE ON capture_settings
BEGIN
  UPDATE capture_state SET revision = revision + 1;
END;
CREATE TRIGGER capture_unset AFTER DELETE ON capture_settings
BEGIN
  UPDATE capture_state SET revision = revision + 1;
END;

-- A piece of a request or a reply. It goes with the person whose call it was, and with the organisation that paid.
CREATE TABLE captures (
  call_id TEXT NOT NULL,
  part TEXT NOT NULL CHECK (part IN ('request', 'reply')),
  piece INTEGER NOT NULL CHECK (piece BETWEEN 0 AND 63),
  org_id TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  request_id TEXT NOT NULL,
  media TEXT NOT NULL,
  cut INTEGER NOT NULL CHECK (cut IN (0, 1)),  -- 1: there was more
  sealed TEXT NOT NULL,
  captured_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (call_id, part, piece)
) STRICT, WITHOUT ROWID;
CREATE INDEX captures_of_user ON captures (user_id, request_id, call_id);
CREATE INDEX captures_of_org ON captures (org_id);
CREATE INDEX captures_by_end ON captures (expires_at);

CREATE TRIGGER captures_of_organisation_end AFTER DELETE ON organisations
BEGIN
  DELETE FROM captures WHERE org_id = OLD.id;
  DELETE FROM capture_settings WHERE org_id = OLD.id;
END;

CREATE TRIGGER captures_of_person_end AFTER DELETE ON users
BEGIN
  DELETE FROM capture_settings WHERE org_id = OLD.id;
END;

-- Where calls are led to another account, what was said goes with them.
CREATE TRIGGER captures_follow AFTER UPDATE OF user_id ON ledger WHEN NEW.user_id <> OLD.user_id
BEGIN
  UPDATE captures SET user_id = NEW.user_id, org_id = NEW.org_id WHERE call_id = NEW.call_id;
END;
