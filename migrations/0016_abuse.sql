-- Proofs of work that were used. A challenge is not kept before: it proves itself.
-- Times are milliseconds since 1970. Forward only.

CREATE TABLE used_proofs (
  hash TEXT PRIMARY KEY,               -- lower-hex SHA-256 of the challenge: of many uses at once, one wins
  expires_at INTEGER NOT NULL          -- when the challenge ends by itself
) STRICT, WITHOUT ROWID;
CREATE INDEX used_proofs_by_end ON used_proofs (expires_at);
