-- Budgets that were nearly or wholly spent, and the letter about each. Money is integer nano-dollars. Forward only.

CREATE TABLE budget_warnings (
  org_id TEXT NOT NULL,                -- org_…, or usr_… of a person alone
  scope TEXT NOT NULL,                 -- org, user:usr_…, key:key_…, model:…
  period TEXT NOT NULL CHECK (period IN ('day', 'week', 'month', 'total')),
  begins_day INTEGER NOT NULL,         -- the period's first day, in days since 1970
  version INTEGER NOT NULL,            -- of the limits
  percent INTEGER NOT NULL,
  spent_nano_usd INTEGER NOT NULL,
  budget_nano_usd INTEGER NOT NULL,
  about TEXT NOT NULL,                 -- what the letter says of it
  created_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, scope, period, begins_day, version, percent)
) STRICT, WITHOUT ROWID;
CREATE INDEX budget_warnings_by_time ON budget_warnings (created_at);

-- A warning that is delivered again is no new row, and so no second letter. It goes to whoever the budget is of: the
-- key's maker, the member, or the organisation's owner of the longest standing. Nobody is written to at an address
-- that is none.
CREATE TRIGGER budget_warnings_are_mailed AFTER INSERT ON budget_warnings
BEGIN
  INSERT INTO letters (id, kind, recipient, locale, user_id, about, created_at)
  SELECT 'let_' || lower(hex(randomblob(13))), 'budget', u.email, u.locale, u.id, NEW.about, NEW.created_at
  FROM users u WHERE u.status = 'active' AND u.email NOT LIKE '%.invalid' AND u.id = coalesce(
    (SELECT k.user_id FROM api_keys k WHERE NEW.scope = 'key:' || k.id),
    (SELECT m.id FROM users m WHERE NEW.scope = 'user:' || m.id),
    (SELECT o.user_id FROM members o WHERE o.organisation_id = NEW.org_id AND o.role = 'owner'
     ORDER BY o.joined_at, o.user_id LIMIT 1),
    NEW.org_id
  );
END;
