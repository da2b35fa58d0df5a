-- API keys that are no secret: the public half of a key pair, whose owner signs each request.
-- Times are milliseconds since 1970. Forward only.

-- Raw Ed25519, base64url. Such a key has no text, so there is no hash that one could fit.
ALTER TABLE api_keys ADD COLUMN public_key TEXT CHECK (public_key IS NULL OR (length(public_key) = 43 AND hash = ''));

CREATE TABLE signature_nonces (
  key_id TEXT NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
  nonce TEXT NOT NULL,                 -- lower-hex SHA-256 of it: of many uses at once, one wins
  expires_at INTEGER NOT NULL,         -- from here on the signature is too old by itself
  PRIMARY KEY (key_id, nonce)
) STRICT, WITHOUT ROWID;
CREATE INDEX signature_nonces_by_end ON signature_nonces (expires_at);
