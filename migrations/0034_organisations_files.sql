-- Organisations: how long their files are kept, and their faces. Replies that are kept for a retry: where what they made is
-- found. Times are milliseconds since 1970. Forward only.

-- Days for which a new file is kept where its uploader says nothing; NULL: until somebody deletes it.
ALTER TABLE organisations ADD COLUMN files_expire_after_days INTEGER CHECK (files_expire_after_days BETWEEN 1 AND 3650);
-- Where the organisation's avatar is, in the size of 256; NULL: it has none.
ALTER TABLE organisations ADD COLUMN avatar_ref TEXT;

-- The faces of organisations, as `avatars` has those of people.
CREATE TABLE organisation_avatars (
  organisation_id TEXT NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
  size INTEGER NOT NULL,                         -- pixels of a side
  object TEXT NOT NULL UNIQUE,
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (organisation_id, size)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER organisation_avatars_leave_bytes AFTER DELETE ON organisation_avatars
BEGIN
  INSERT INTO file_remains (object, due_at) VALUES (old.object, 0) ON CONFLICT (object) DO UPDATE SET due_at = 0;
END;

-- The `Location` of a kept reply, sealed as its body is; NULL: it had none.
ALTER TABLE idempotency_keys ADD COLUMN location TEXT;
