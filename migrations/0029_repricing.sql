-- Calls that were priced again: what they had cost before stays. Times are milliseconds since 1970. Forward only.

-- One application to one slice of the ledger.
CREATE TABLE repricings (
  id TEXT PRIMARY KEY,                 -- rpr_…
  at INTEGER NOT NULL,
  actor_id TEXT NOT NULL,
  filter TEXT NOT NULL CHECK (json_valid(filter)),
  calls INTEGER NOT NULL CHECK (calls > 0)
) STRICT;

CREATE TABLE ledger_prices (
  call_id TEXT NOT NULL REFERENCES ledger (call_id) ON DELETE CASCADE,
  repricing_id TEXT NOT NULL REFERENCES repricings (id),
  price_version TEXT,                  -- NULL: no price was known
  cost_nano_usd INTEGER CHECK (cost_nano_usd >= 0),
  replaced_at INTEGER NOT NULL,
  PRIMARY KEY (call_id, repricing_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_prices_of_run ON ledger_prices (repricing_id);
