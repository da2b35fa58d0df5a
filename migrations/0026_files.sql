-- Files of people and batches of calls. The bytes lie in R2, the truth stands here. Times are milliseconds since 1970.
-- Forward only.

-- Objects in R2 that no record keeps, and when they may go: a name stands here before its bytes are written, and leaves in the
-- transaction that makes its record. So whatever dies halfway, the sweep finds what is left.
CREATE TABLE file_remains (
  object TEXT PRIMARY KEY,             -- its name in the bucket
  due_at INTEGER NOT NULL,
  taken_at INTEGER                     -- the sweep has begun to delete it: no record may take it any more
) STRICT, WITHOUT ROWID;
CREATE INDEX file_remains_due ON file_remains (due_at);

CREATE TABLE files (
  id TEXT PRIMARY KEY,                 -- file_…
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  organisation_id TEXT REFERENCES organisations (id) ON DELETE CASCADE,  -- whose key made it; NULL: the person's own
  filename TEXT NOT NULL,
  purpose TEXT NOT NULL,
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  object TEXT NOT NULL UNIQUE,         -- the name of its bytes in the bucket
  status TEXT NOT NULL DEFAULT 'processed' CHECK (status IN ('processed', 'error')),
  created_at INTEGER NOT NULL,
  expires_at INTEGER
) STRICT;
CREATE INDEX files_of_user ON files (user_id, id);
CREATE INDEX files_of_organisation ON files (organisation_id);
CREATE INDEX files_expiring ON files (expires_at) WHERE expires_at IS NOT NULL;

CREATE TRIGGER files_leave_bytes AFTER DELETE ON files
BEGIN
  INSERT INTO file_remains (object, due_at) VALUES (old.object, 0) ON CONFLICT (object) DO UPDATE SET due_at = 0;
END;

CREATE TABLE batches (
  id TEXT PRIMARY KEY,                 -- batch_…
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  organisation_id TEXT REFERENCES organisations (id) ON DELETE CASCADE,
  key_id TEXT,                         -- the API key that made it, or the grant of an app: when it dies, so does the batch
  scopes TEXT NOT NULL CHECK (json_valid(scopes)),
  endpoint TEXT NOT NULL,
  input_file_id TEXT NOT NULL,
  object TEXT NOT NULL,                -- the input's bytes
  bytes INTEGER NOT NULL,
  metadata TEXT CHECK (metadata IS NULL OR json_valid(metadata)),
  status TEXT NOT NULL CHECK (status IN ('validating', 'failed', 'in_progress', 'finalizing', 'completed', 'expired', 'cancelling', 'cancelled')),
  ending TEXT CHECK (ending IN ('completed', 'failed', 'expired', 'cancelled')),   -- what it will be when all is written
  errors TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(errors)),
  total INTEGER NOT NULL DEFAULT 0,
  completed INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  output_file_id TEXT,
  error_file_id TEXT,
  output_ms INTEGER,                   -- how long what it writes is kept; NULL: until somebody deletes it
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,         -- the end of its window
  in_progress_at INTEGER,
  finalizing_at INTEGER,
  cancelling_at INTEGER,
  ended_at INTEGER,
  touched_at INTEGER NOT NULL          -- the last sign of life: the schedule wakes what is silent
) STRICT;
CREATE INDEX batches_of_user ON batches (user_id, id);
CREATE INDEX batches_of_organisation ON batches (organisation_id);
CREATE INDEX batches_alive ON batches (touched_at) WHERE ended_at IS NULL;

-- Some lines of a batch that are asked together.
CREATE TABLE batch_slices (
  batch_id TEXT NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
  slice INTEGER NOT NULL,
  first_line INTEGER NOT NULL,         -- counted from 1
  from_byte INTEGER NOT NULL,
  to_byte INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'sent', 'done')),
  try INTEGER NOT NULL DEFAULT 0,      -- how often it was asked
  pending TEXT CHECK (pending IS NULL OR json_valid(pending)),  -- lines still to be asked and how often they were; NULL: all
  busy_until INTEGER,                  -- somebody is asking it
  touched_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (batch_id, slice)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_slices_open ON batch_slices (batch_id, state, slice);

-- What one try of a slice brought: objects in R2. The primary key is what makes a try count once.
CREATE TABLE batch_parts (
  batch_id TEXT NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
  slice INTEGER NOT NULL,
  try INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('output', 'error')),
  object TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (batch_id, slice, try, kind)
) STRICT, WITHOUT ROWID;
