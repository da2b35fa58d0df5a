-- Analyses: pictures that a model has looked at, and what it said. Webhooks: who is told when one ends. Times are milliseconds
-- since 1970. Forward only.

CREATE TABLE analyses (
  id TEXT PRIMARY KEY,                 -- anl_…; with a hyphen and `asked` the request id and the idempotency key of its call
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  organisation_id TEXT REFERENCES organisations (id) ON DELETE CASCADE,  -- whose key made it; NULL: the person's own
  key_id TEXT,                         -- the API key that made it, or the grant of an app: when it dies, so does the analysis
  scopes TEXT NOT NULL CHECK (json_valid(scopes)),
  file_id TEXT NOT NULL REFERENCES files (id) ON DELETE CASCADE,  -- what is known of a picture goes with it
  task TEXT NOT NULL CHECK (task IN ('describe', 'tags', 'text', 'moderate', 'score', 'custom')),
  settings TEXT NOT NULL CHECK (json_valid(settings)),  -- language, prompt, rubric, schema
  model TEXT NOT NULL,                 -- as it was asked for
  rerun_of TEXT,                       -- the analysis that this one does again
  webhook_url TEXT,                    -- who is told of this one; NULL: the setting's URL, where there is one
  status TEXT NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  version INTEGER NOT NULL DEFAULT 1,  -- grows with whatever its owner can see
  step INTEGER NOT NULL DEFAULT 0,     -- grows with each try: a message that comes twice finds another number
  leased_until INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL,            -- when it is to be worked on
  failures INTEGER NOT NULL DEFAULT 0, -- tries that may be repeated
  unfit INTEGER NOT NULL DEFAULT 0,    -- answers that did not fit the task's schema
  asked INTEGER NOT NULL DEFAULT 0,    -- grows when the model is to be asked anew, and charged anew
  result TEXT CHECK (result IS NULL OR json_valid(result)),
  error TEXT CHECK (error IS NULL OR json_valid(error)),
  model_version TEXT,                  -- as the model called itself
  provider TEXT,
  request_id TEXT,                     -- the call, as the ledger has it
  prompt_tokens INTEGER,
  completion_tokens INTEGER,
  cost_nano_usd INTEGER,               -- NULL: not known
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER
) STRICT;
CREATE INDEX analyses_of_user ON analyses (user_id, id);
CREATE INDEX analyses_of_organisation ON analyses (organisation_id);
CREATE INDEX analyses_of_file ON analyses (file_id, id);
CREATE INDEX analyses_open ON analyses (next_at) WHERE status IN ('queued', 'running');
CREATE INDEX analyses_open_of_user ON analyses (user_id) WHERE status IN ('queued', 'running');

-- Where a person's programs are told; one for the person, and one for each organisation whose keys they hold.
CREATE TABLE webhook_settings (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  organisation_id TEXT REFERENCES organisations (id) ON DELETE CASCADE,
  url TEXT,                            -- NULL: only analyses that name one are told
  secret TEXT NOT NULL,                -- sealed
  former_secret TEXT,                  -- sealed; signs, too, until `former_until`
  former_until INTEGER,
  created_at INTEGER NOT NULL,
  rotated_at INTEGER
) STRICT;
CREATE UNIQUE INDEX webhook_settings_of ON webhook_settings (user_id, coalesce(organisation_id, ''));
CREATE INDEX webhook_settings_of_organisation ON webhook_settings (organisation_id);

CREATE TABLE webhook_deliveries (
  id TEXT PRIMARY KEY,                 -- msg_…: the header `webhook-id`
  analysis_id TEXT NOT NULL REFERENCES analyses (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  organisation_id TEXT REFERENCES organisations (id) ON DELETE CASCADE,
  round INTEGER NOT NULL,              -- the analysis's step that ended it: told once
  event TEXT NOT NULL CHECK (event IN ('analysis.succeeded', 'analysis.failed')),
  url TEXT NOT NULL,
  payload TEXT NOT NULL CHECK (json_valid(payload)),
  status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
  step INTEGER NOT NULL DEFAULT 0,     -- how often it was tried
  leased_until INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL,
  last_status INTEGER,                 -- what the receiver answered last
  last_error TEXT,                     -- why there was no answer
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  UNIQUE (analysis_id, round)
) STRICT;
CREATE INDEX webhook_deliveries_of_user ON webhook_deliveries (user_id, id);
CREATE INDEX webhook_deliveries_of_organisation ON webhook_deliveries (organisation_id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (created_at);
