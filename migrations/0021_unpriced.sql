-- Models that were called without a price: noted once a model and day (UTC). Forward only.

CREATE TABLE unpriced_models (
  id TEXT PRIMARY KEY,                 -- day, provider and model
  day TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  call_id TEXT NOT NULL,               -- the first such call
  noted_at INTEGER NOT NULL
) STRICT;

CREATE INDEX ledger_unpriced ON ledger (provider, model, started_at) WHERE cost_nano_usd IS NULL;
