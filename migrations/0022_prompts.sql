-- Prompts: templates with versions that never change, and labels that move between them.
-- Times are milliseconds since 1970. Forward only.

CREATE TABLE prompts (
  id TEXT PRIMARY KEY,                 -- prm_…
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE,                  -- whose it is: a person's…
  organisation_id TEXT REFERENCES organisations (id) ON DELETE CASCADE,  -- … or an organisation's
  created_by TEXT REFERENCES users (id) ON DELETE SET NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  newest INTEGER NOT NULL,             -- the number of the newest version
  changed_as TEXT NOT NULL,            -- the request that wrote it last: what belongs to a change asks for it
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK ((user_id IS NULL) <> (organisation_id IS NULL))
) STRICT;
CREATE INDEX prompts_of_user ON prompts (user_id, id);
CREATE INDEX prompts_of_organisation ON prompts (organisation_id, id);
CREATE INDEX prompts_of_maker ON prompts (created_by);

CREATE TABLE prompt_versions (
  prompt_id TEXT NOT NULL REFERENCES prompts (id) ON DELETE CASCADE,
  version INTEGER NOT NULL CHECK (version >= 1),
  model TEXT,                          -- NULL: whoever runs it says which
  messages TEXT NOT NULL CHECK (json_valid(messages)),
  variables TEXT NOT NULL CHECK (json_valid(variables)),
  parameters TEXT NOT NULL CHECK (json_valid(parameters)),
  note TEXT NOT NULL DEFAULT '',
  created_by TEXT REFERENCES users (id) ON DELETE SET NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (prompt_id, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX prompt_versions_of_maker ON prompt_versions (created_by);

CREATE TRIGGER prompt_versions_stay BEFORE UPDATE OF prompt_id, version, model, messages, variables, parameters, note, created_at
ON prompt_versions
BEGIN
  SELECT RAISE(ABORT, 'constraint failed: prompt_versions.immutable');
END;

-- A label leads to one version, or to two: `percent` of all keys get `next_version`.
CREATE TABLE prompt_labels (
  prompt_id TEXT NOT NULL,
  label TEXT NOT NULL,
  version INTEGER NOT NULL,
  next_version INTEGER,
  percent INTEGER CHECK (percent BETWEEN 0 AND 100),
  moved_by TEXT REFERENCES users (id) ON DELETE SET NULL,
  moved_at INTEGER NOT NULL,
  PRIMARY KEY (prompt_id, label),
  FOREIGN KEY (prompt_id, version) REFERENCES prompt_versions (prompt_id, version) ON DELETE CASCADE,
  FOREIGN KEY (prompt_id, next_version) REFERENCES prompt_versions (prompt_id, version) ON DELETE CASCADE,
  CHECK ((next_version IS NULL) = (percent IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX prompt_labels_of_version ON prompt_labels (prompt_id, version);
CREATE INDEX prompt_labels_of_next ON prompt_labels (prompt_id, next_version);
CREATE INDEX prompt_labels_of_mover ON prompt_labels (moved_by);
