-- What a call was for and how it went: which route, what was billed otherwise than by the token, every try.

ALTER TABLE ledger ADD COLUMN endpoint TEXT;                  -- NULL: a chat, from before there were others
ALTER TABLE ledger ADD COLUMN cache_write_tokens INTEGER NOT NULL DEFAULT 0 CHECK (cache_write_tokens >= 0);
ALTER TABLE ledger ADD COLUMN cache_write_long_tokens INTEGER NOT NULL DEFAULT 0 CHECK (cache_write_long_tokens >= 0);
ALTER TABLE ledger ADD COLUMN units TEXT;                     -- JSON: images, milliseconds, characters, calls
ALTER TABLE ledger ADD COLUMN detail TEXT;                    -- JSON: route, attempts, cache, guard, role
