-- The registry of the AI gateway: what administrators add to the built-in providers, models and prices, or put in
-- their place. Times are milliseconds since 1970. Forward only.

-- What holds now, one row an entry.
CREATE TABLE registry_entries (
  kind TEXT NOT NULL CHECK (kind IN ('provider', 'model', 'alias', 'price', 'route')),
  id TEXT NOT NULL,
  document TEXT NOT NULL CHECK (json_valid(document)),
  revision INTEGER NOT NULL,           -- the one that wrote it
  changed_at INTEGER NOT NULL,
  changed_by TEXT NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- What held when. Of two changes at once one gets the number, and the other's batch is undone.
CREATE TABLE registry_revisions (
  revision INTEGER PRIMARY KEY CHECK (revision > 0),
  at INTEGER NOT NULL,
  actor_id TEXT NOT NULL,
  restored INTEGER,                    -- the revision it brought back
  summary TEXT NOT NULL CHECK (json_valid(summary)),
  changes TEXT NOT NULL CHECK (json_valid(changes)),
  body TEXT NOT NULL                   -- the whole registry
) STRICT;

-- Keys of providers. A key is sealed together with the origin it is for: sent to another it opens nothing.
CREATE TABLE provider_keys (
  id TEXT PRIMARY KEY,
  provider TEXT NOT NULL,
  origin TEXT NOT NULL,
  name TEXT NOT NULL,
  ending TEXT NOT NULL,
  sealed TEXT NOT NULL,
  enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL
) STRICT;
CREATE INDEX provider_keys_of ON provider_keys (provider, id);

-- Grows with every change of the keys, so that an isolate asks for them only when there is something new.
CREATE TABLE provider_keys_state (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  revision INTEGER NOT NULL
) STRICT;
INSERT INTO provider_keys_state (one, revision) VALUES (1, 0);
