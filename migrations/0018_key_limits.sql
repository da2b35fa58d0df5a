-- What calls may cost and how many there may be: of a key in its row, of the rest in a table. Here they are kept;
-- calls are admitted by the organisation's object, which is told. Money is integer nano-dollars. Forward only.

-- The organisation that pays for the key's calls; NULL: its owner.
ALTER TABLE api_keys ADD COLUMN organisation_id TEXT REFERENCES organisations (id) ON DELETE CASCADE;
ALTER TABLE api_keys ADD COLUMN models TEXT CHECK (models IS NULL OR json_valid(models));  -- NULL: all
ALTER TABLE api_keys ADD COLUMN budget_nano_usd INTEGER CHECK (budget_nano_usd >= 0);
ALTER TABLE api_keys ADD COLUMN budget_period TEXT CHECK (budget_period IN ('day', 'week', 'month', 'total'));
ALTER TABLE api_keys ADD COLUMN rpm INTEGER CHECK (rpm >= 0);
ALTER TABLE api_keys ADD COLUMN tpm INTEGER CHECK (tpm >= 0);
ALTER TABLE api_keys ADD COLUMN concurrency INTEGER CHECK (concurrency >= 0);
-- Grows with every change of limits: of two the object believes the newer. 0: there never were any.
ALTER TABLE api_keys ADD COLUMN limits_version INTEGER NOT NULL DEFAULT 0;
CREATE INDEX api_keys_of_organisation ON api_keys (organisation_id);

-- Limits of organisations, and of their members and models. A row whose limits are all NULL is one that was taken
-- away: its version stays, so that the object does not take an older one for newer.
CREATE TABLE limits (
  org_id TEXT NOT NULL,                -- org_…, or usr_… of a person alone: no reference, since it is either
  scope TEXT NOT NULL,                 -- org, user:usr_…, model:…
  budget_nano_usd INTEGER CHECK (budget_nano_usd >= 0),
  budget_period TEXT CHECK (budget_period IN ('day', 'week', 'month', 'total')),
  rpm INTEGER CHECK (rpm >= 0),
  tpm INTEGER CHECK (tpm >= 0),
  concurrency INTEGER CHECK (concurrency >= 0),
  version INTEGER NOT NULL,
  told INTEGER NOT NULL DEFAULT 0,     -- the version the object has said it holds
  changed_by TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, scope)
) STRICT, WITHOUT ROWID;
CREATE INDEX limits_untold ON limits (changed_at) WHERE told < version;

-- Whoever is limited may be either of two, so nothing but these takes the rows along.
CREATE TRIGGER limits_end_with_user AFTER DELETE ON users
BEGIN
  DELETE FROM limits WHERE org_id = OLD.id OR scope = 'user:' || OLD.id;
END;
CREATE TRIGGER limits_end_with_organisation AFTER DELETE ON organisations
BEGIN
  DELETE FROM limits WHERE org_id = OLD.id;
END;
CREATE TRIGGER limits_end_with_membership AFTER DELETE ON members
BEGIN
  DELETE FROM limits WHERE org_id = OLD.organisation_id AND scope = 'user:' || OLD.user_id;
END;
