-- What files are and who reaches them: type, visibility, shares, links, tags, trash, scans; uploads that are not whole yet; and
-- how much room their owners have. Times are milliseconds since 1970. Forward only.

-- What the bytes are, whatever the name says; decided when they are whole.
ALTER TABLE files ADD COLUMN media_type TEXT NOT NULL DEFAULT 'application/octet-stream';
-- Who reads it: its owner alone, the members of its organisation, anybody.
ALTER TABLE files ADD COLUMN visibility TEXT NOT NULL DEFAULT 'private' CHECK (visibility IN ('private', 'organisation', 'public'));
-- In the trash since then. What is in it nobody reads, and it still takes room.
ALTER TABLE files ADD COLUMN deleted_at INTEGER;
-- Until then nobody deletes it, not even its owner (invoices).
ALTER TABLE files ADD COLUMN retain_until INTEGER;
-- What the scanner said: `none` where there is no scanner.
ALTER TABLE files ADD COLUMN scan TEXT NOT NULL DEFAULT 'none' CHECK (scan IN ('none', 'pending', 'clean', 'infected'));
-- When the scanner is asked (again), and how often it was.
ALTER TABLE files ADD COLUMN scan_at INTEGER;
ALTER TABLE files ADD COLUMN scan_tries INTEGER NOT NULL DEFAULT 0;
CREATE INDEX files_in_trash ON files (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX files_to_scan ON files (scan_at) WHERE scan = 'pending';
CREATE INDEX files_of_purpose ON files (user_id, purpose, id);
DROP INDEX files_of_organisation;
CREATE INDEX files_of_organisation ON files (organisation_id, id) WHERE organisation_id IS NOT NULL;

CREATE TABLE file_tags (
  file_id TEXT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
  tag TEXT NOT NULL CHECK (length(tag) BETWEEN 1 AND 64),
  PRIMARY KEY (tag, file_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_tags_of_file ON file_tags (file_id);

-- Files that are open to single people.
CREATE TABLE file_shares (
  file_id TEXT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY (file_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_shares_with_user ON file_shares (user_id, file_id);

-- Links that open a file to whoever has them. The link is a signature over this row's id; the row says whether it still holds.
CREATE TABLE file_links (
  id TEXT PRIMARY KEY,                 -- lnk_…
  file_id TEXT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
  scope TEXT NOT NULL CHECK (scope IN ('content', 'picture')),   -- the bytes as they are, or pictures made of them
  created_by TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;
CREATE INDEX file_links_of_file ON file_links (file_id);
CREATE INDEX file_links_of_maker ON file_links (created_by);
CREATE INDEX file_links_over ON file_links (expires_at);

-- Files that are not whole yet. Its id is that of the file to be; the record is made in the batch that ends the upload.
CREATE TABLE uploads (
  id TEXT PRIMARY KEY,                 -- file_…
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  organisation_id TEXT REFERENCES organisations (id) ON DELETE CASCADE,
  filename TEXT NOT NULL,
  purpose TEXT NOT NULL,
  visibility TEXT NOT NULL DEFAULT 'private' CHECK (visibility IN ('private', 'organisation', 'public')),
  tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
  length INTEGER NOT NULL CHECK (length >= 0),     -- what it will have; room is reserved for as much
  at INTEGER NOT NULL DEFAULT 0 CHECK (at >= 0 AND at <= length),   -- how much of it is there
  sha256 TEXT CHECK (sha256 IS NULL OR length(sha256) = 64),        -- what it must come to; NULL: nobody said
  keep_ms INTEGER,                     -- how long the file is kept when it is whole; NULL: until somebody deletes it
  multipart TEXT,                      -- R2's id of a multipart upload, where the client writes to R2 itself
  part_bytes INTEGER,                  -- and how long each of its parts is, but the last
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL          -- the upload is swept then
) STRICT;
CREATE INDEX uploads_of_user ON uploads (user_id, id);
CREATE INDEX uploads_of_organisation ON uploads (organisation_id) WHERE organisation_id IS NOT NULL;
CREATE INDEX uploads_over ON uploads (expires_at);

-- What has come of an upload: objects in R2, one behind the other.
CREATE TABLE upload_pieces (
  upload_id TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,                 -- where it begins
  bytes INTEGER NOT NULL CHECK (bytes > 0),
  object TEXT NOT NULL UNIQUE,
  PRIMARY KEY (upload_id, at)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER upload_pieces_leave_bytes AFTER DELETE ON upload_pieces
BEGIN
  INSERT INTO file_remains (object, due_at) VALUES (old.object, 0) ON CONFLICT (object) DO UPDATE SET due_at = 0;
END;

-- How much there is of each owner, whole files and uploads alike: of an organisation what was made with its keys or for it, else
-- of the person. Kept by the triggers below, so that it is asked in one row and true in every transaction.
CREATE TABLE file_room (
  owner TEXT PRIMARY KEY,              -- org_… or usr_…
  files INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- What an administrator has allowed an owner, where it is not what the settings say.
CREATE TABLE file_limits (
  owner TEXT PRIMARY KEY,              -- org_… or usr_…
  files INTEGER NOT NULL CHECK (files >= 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0)
) STRICT, WITHOUT ROWID;

INSERT INTO file_room (owner, files, bytes)
SELECT coalesce(organisation_id, user_id), count(*), sum(bytes) FROM files GROUP BY 1;

CREATE TRIGGER files_take_room AFTER INSERT ON files
BEGIN
  INSERT INTO file_room (owner, files, bytes) VALUES (coalesce(new.organisation_id, new.user_id), 1, new.bytes)
  ON CONFLICT (owner) DO UPDATE SET files = files + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER files_give_room AFTER DELETE ON files
BEGIN
  UPDATE file_room SET files = files - 1, bytes = bytes - old.bytes WHERE owner = coalesce(old.organisation_id, old.user_id);
END;
CREATE TRIGGER files_change_room AFTER UPDATE OF bytes, user_id, organisation_id ON files
BEGIN
  UPDATE file_room SET files = files - 1, bytes = bytes - old.bytes WHERE owner = coalesce(old.organisation_id, old.user_id);
  INSERT INTO file_room (owner, files, bytes) VALUES (coalesce(new.organisation_id, new.user_id), 1, new.bytes)
  ON CONFLICT (owner) DO UPDATE SET files = files + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER uploads_take_room AFTER INSERT ON uploads
BEGIN
  INSERT INTO file_room (owner, files, bytes) VALUES (coalesce(new.organisation_id, new.user_id), 1, new.length)
  ON CONFLICT (owner) DO UPDATE SET files = files + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER uploads_give_room AFTER DELETE ON uploads
BEGIN
  UPDATE file_room SET files = files - 1, bytes = bytes - old.length WHERE owner = coalesce(old.organisation_id, old.user_id);
END;
CREATE TRIGGER uploads_change_room AFTER UPDATE OF length, user_id, organisation_id ON uploads
BEGIN
  UPDATE file_room SET files = files - 1, bytes = bytes - old.length WHERE owner = coalesce(old.organisation_id, old.user_id);
  INSERT INTO file_room (owner, files, bytes) VALUES (coalesce(new.organisation_id, new.user_id), 1, new.length)
  ON CONFLICT (owner) DO UPDATE SET files = files + 1, bytes = bytes + excluded.bytes;
END;

-- Nobody is left in the counters who is gone.
CREATE TRIGGER users_leave_no_room AFTER DELETE ON users
BEGIN
  DELETE FROM file_room WHERE owner = old.id;
  DELETE FROM file_limits WHERE owner = old.id;
END;
CREATE TRIGGER organisations_leave_no_room AFTER DELETE ON organisations
BEGIN
  DELETE FROM file_room WHERE owner = old.id;
  DELETE FROM file_limits WHERE owner = old.id;
END;
