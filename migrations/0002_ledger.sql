-- The ledger of AI calls: one row a call, whatever became of it. Rows are written by the
-- queue's consumer and are idempotent by the call's id. Money is integer nano-dollars.

CREATE TABLE ledger (
  call_id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  key_id TEXT,
  request_id TEXT NOT NULL,
  trace_id TEXT NOT NULL,
  model TEXT NOT NULL,
  provider TEXT NOT NULL,
  stream INTEGER NOT NULL CHECK (stream IN (0, 1)),
  status TEXT NOT NULL CHECK (status IN ('succeeded', 'failed', 'client_left', 'truncated', 'killed')),
  settlement TEXT NOT NULL CHECK (settlement IN ('reported', 'estimated')),
  prompt_tokens INTEGER NOT NULL CHECK (prompt_tokens >= 0),
  cached_tokens INTEGER NOT NULL CHECK (cached_tokens BETWEEN 0 AND prompt_tokens),
  completion_tokens INTEGER NOT NULL CHECK (completion_tokens >= 0),
  reasoning_tokens INTEGER NOT NULL CHECK (reasoning_tokens BETWEEN 0 AND completion_tokens),
  raw_usage TEXT,                      -- as the provider said it, so that a call can be priced again
  priced_as TEXT,                      -- list/model, where the price does not stand under provider/model
  price_version TEXT,                  -- NULL: no price was known
  cost_nano_usd INTEGER CHECK (cost_nano_usd >= 0),
  started_at INTEGER NOT NULL,
  first_token_at INTEGER,
  finished_at INTEGER NOT NULL,
  CHECK ((price_version IS NULL) = (cost_nano_usd IS NULL))
) STRICT;
CREATE INDEX ledger_of_user ON ledger (user_id, started_at);
CREATE INDEX ledger_of_org ON ledger (org_id, started_at);
CREATE INDEX ledger_by_time ON ledger (started_at);
