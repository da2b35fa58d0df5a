-- Evaluations: what is asked of models' answers, runs over data sets, and what came of each row. Tuning: models that are
-- trained further at a provider. Times are milliseconds since 1970. Forward only.

CREATE TABLE evaluations (
  id TEXT PRIMARY KEY,                 -- eval_…
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  organisation_id TEXT REFERENCES organisations (id) ON DELETE CASCADE,  -- whose key made it; NULL: the person's own
  name TEXT NOT NULL,
  metadata TEXT NOT NULL CHECK (json_valid(metadata)),
  item_schema TEXT NOT NULL CHECK (json_valid(item_schema)),
  criteria TEXT NOT NULL CHECK (json_valid(criteria)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX evaluations_of_user ON evaluations (user_id, id);
CREATE INDEX evaluations_of_organisation ON evaluations (organisation_id);

CREATE TABLE evaluation_runs (
  id TEXT PRIMARY KEY,                 -- evalrun_…; with a hyphen and a row's number the request id of its calls
  evaluation_id TEXT NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,
  key_id TEXT,                         -- the API key that made it, or the grant of an app: when it dies, so does the run
  scopes TEXT NOT NULL CHECK (json_valid(scopes)),
  name TEXT NOT NULL,
  metadata TEXT NOT NULL CHECK (json_valid(metadata)),
  source TEXT NOT NULL CHECK (json_valid(source)),      -- as it was sent; without the rows
  model TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('queued', 'in_progress', 'completed', 'failed', 'canceled')),
  error TEXT,                          -- JSON: code and message
  step INTEGER NOT NULL DEFAULT 0,     -- grows with each slice that was worked on
  leased_until INTEGER NOT NULL DEFAULT 0,
  items INTEGER NOT NULL,
  by_criterion TEXT NOT NULL DEFAULT '[]',  -- JSON, written with each slice
  by_model TEXT NOT NULL DEFAULT '[]',      -- JSON, written with each slice
  passed INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  errored INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
CREATE INDEX evaluation_runs_of ON evaluation_runs (evaluation_id, id);
CREATE INDEX evaluation_runs_open ON evaluation_runs (leased_until) WHERE status IN ('queued', 'in_progress');

CREATE TABLE evaluation_items (
  run_id TEXT NOT NULL REFERENCES evaluation_runs (id) ON DELETE CASCADE,
  n INTEGER NOT NULL,                  -- the row of the data set, from 0
  item TEXT NOT NULL CHECK (json_valid(item)),
  digest TEXT NOT NULL,                -- of the row: rows of two runs are the same by it
  status TEXT NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'pass', 'fail', 'error')),
  tries INTEGER NOT NULL DEFAULT 0,
  sample TEXT CHECK (json_valid(sample)),   -- JSON: what was asked and said
  results TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(results)),
  model TEXT,                          -- the one that answered
  prompt_tokens INTEGER,
  cached_tokens INTEGER,
  completion_tokens INTEGER,
  latency_ms INTEGER,
  finished_at INTEGER,
  PRIMARY KEY (run_id, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX evaluation_items_same ON evaluation_items (run_id, digest);

CREATE TABLE tuning_jobs (
  id TEXT PRIMARY KEY,                 -- ftjob_…
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  organisation_id TEXT REFERENCES organisations (id) ON DELETE CASCADE,  -- whose key made it; NULL: the person's own
  key_id TEXT,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,                 -- the one that is trained further
  request TEXT NOT NULL CHECK (json_valid(request)),    -- what the provider is told beside files
  training_file TEXT NOT NULL,
  validation_file TEXT,
  status TEXT NOT NULL CHECK (status IN ('validating_files', 'queued', 'running', 'succeeded', 'failed', 'cancelled')),
  provider_key TEXT,                   -- the key that the job was made with there; no other one sees it
  remote_training_file TEXT,
  remote_validation_file TEXT,
  create_tried INTEGER NOT NULL DEFAULT 0 CHECK (create_tried IN (0, 1)),  -- the provider may know it although we do not
  remote_id TEXT,
  fine_tuned_model TEXT,               -- the name to call it by here
  trained_tokens INTEGER,
  estimated_finish INTEGER,
  error TEXT,                          -- JSON: code, message and param
  step INTEGER NOT NULL DEFAULT 0,
  leased_until INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL,            -- when the provider is asked again
  failures INTEGER NOT NULL DEFAULT 0, -- in a row
  cancel_wanted INTEGER NOT NULL DEFAULT 0 CHECK (cancel_wanted IN (0, 1)),
  created_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
CREATE INDEX tuning_jobs_of_user ON tuning_jobs (user_id, id);
CREATE INDEX tuning_jobs_of_organisation ON tuning_jobs (organisation_id);
CREATE INDEX tuning_jobs_open ON tuning_jobs (next_at) WHERE status IN ('validating_files', 'queued', 'running');

CREATE TABLE tuning_events (
  id TEXT NOT NULL PRIMARY KEY,        -- ftevent_…; one of the provider's is made of its id
  job_id TEXT NOT NULL REFERENCES tuning_jobs (id) ON DELETE CASCADE,
  level TEXT NOT NULL CHECK (level IN ('info', 'warn', 'error')),
  message TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX tuning_events_of ON tuning_events (job_id, id);
