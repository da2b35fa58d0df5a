-- What is known of files that are pictures, and the pictures that are made of them. Times are milliseconds since 1970.
-- Forward only.

-- Read from the head of the file; a file has none until somebody asks.
CREATE TABLE pictures (
  file_id TEXT PRIMARY KEY REFERENCES files (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('png', 'jpeg', 'gif', 'webp', 'avif')),
  width INTEGER NOT NULL CHECK (width > 0),      -- as stored: who shows it turns it first
  height INTEGER NOT NULL CHECK (height > 0),
  orientation INTEGER NOT NULL CHECK (orientation BETWEEN 1 AND 8),
  frames INTEGER NOT NULL CHECK (frames > 0),
  blurhash TEXT,                                 -- NULL: not made yet
  broken INTEGER NOT NULL DEFAULT 0              -- 1: its head is a picture's, and the rest cannot be decoded
) STRICT, WITHOUT ROWID;

-- A picture made of another. Who makes one says so first, so that others wait for it.
CREATE TABLE picture_variants (
  file_id TEXT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
  spec TEXT NOT NULL,                            -- what it is, in one word
  source TEXT NOT NULL,                          -- the bytes it is made of
  object TEXT UNIQUE,                            -- its own; NULL: it is being made
  bytes INTEGER,
  sha256 TEXT,
  busy_until INTEGER NOT NULL,                   -- until then somebody makes it
  created_at INTEGER NOT NULL,
  PRIMARY KEY (file_id, spec)
) STRICT, WITHOUT ROWID;
CREATE INDEX picture_variants_by_age ON picture_variants (file_id, created_at);

CREATE TRIGGER picture_variants_leave_bytes AFTER DELETE ON picture_variants WHEN old.object IS NOT NULL
BEGIN
  INSERT INTO file_remains (object, due_at) VALUES (old.object, 0) ON CONFLICT (object) DO UPDATE SET due_at = 0;
END;

-- A file with other bytes is another picture.
CREATE TRIGGER files_leave_pictures AFTER UPDATE OF object ON files WHEN old.object <> new.object
BEGIN
  DELETE FROM pictures WHERE file_id = old.id;
  DELETE FROM picture_variants WHERE file_id = old.id;
  INSERT INTO file_remains (object, due_at) VALUES (old.object, 0) ON CONFLICT (object) DO UPDATE SET due_at = 0;
END;

-- The faces of people, in some sizes; open to everybody, at addresses that change with them.
CREATE TABLE avatars (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  size INTEGER NOT NULL,                         -- pixels of a side
  object TEXT NOT NULL UNIQUE,
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, size)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER avatars_leave_bytes AFTER DELETE ON avatars
BEGIN
  INSERT INTO file_remains (object, due_at) VALUES (old.object, 0) ON CONFLICT (object) DO UPDATE SET due_at = 0;
END;
