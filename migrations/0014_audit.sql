-- The hash chain of security events. An event lands with what it tells of; within a minute it is sealed: it gets
-- its place in the chain, a commitment to what is personal in it, and its hash. What the chain's end was is signed
-- and kept outside of this database. Times are milliseconds since 1970. Forward only.

ALTER TABLE security_events ADD COLUMN sequence INTEGER;    -- 1, 2, 3…; NULL until it is sealed
ALTER TABLE security_events ADD COLUMN salt TEXT;           -- of the commitment; NULL before, and again when forgotten
ALTER TABLE security_events ADD COLUMN commitment TEXT;     -- lower-hex SHA-256 over salt, network, user agent, detail
ALTER TABLE security_events ADD COLUMN hash TEXT;           -- lower-hex SHA-256 over the hash before it and the event
ALTER TABLE security_events ADD COLUMN forgotten_at INTEGER; -- when what is personal was forgotten with the account
CREATE UNIQUE INDEX security_events_by_sequence ON security_events (sequence) WHERE sequence IS NOT NULL;
CREATE INDEX security_events_open ON security_events (seq) WHERE sequence IS NULL;
CREATE INDEX security_events_of_actor ON security_events (actor_id, seq) WHERE actor_id IS NOT NULL;
CREATE INDEX security_events_of_kind ON security_events (kind, seq);

-- A mistake must not take the history away. Who can drop a trigger is found by the chain instead.
CREATE TRIGGER security_events_stay BEFORE DELETE ON security_events
BEGIN
  SELECT RAISE(ABORT, 'constraint failed: security events stay');
END;

CREATE TRIGGER security_events_are_final BEFORE UPDATE OF seq, id, at, kind, user_id, actor_id ON security_events
BEGIN
  SELECT RAISE(ABORT, 'constraint failed: security events are final');
END;

CREATE TRIGGER security_events_are_sealed_once BEFORE UPDATE OF sequence, commitment, hash ON security_events
WHEN OLD.sequence IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'constraint failed: security events are sealed once');
END;

-- What was sealed at once. Of two sealers at once the second breaks the primary key, and its batch with it.
CREATE TABLE audit_segments (
  first INTEGER PRIMARY KEY,
  last INTEGER NOT NULL UNIQUE CHECK (last >= first),
  hash TEXT NOT NULL,                  -- of the event `last`
  sealed_at INTEGER NOT NULL,
  sealed INTEGER NOT NULL,             -- events that got their place in this batch
  published_at INTEGER,                -- when it was kept outside, with its signed head
  CONSTRAINT segment_is_whole CHECK (sealed = last - first + 1)
) STRICT;
CREATE INDEX audit_segments_open ON audit_segments (first) WHERE published_at IS NULL;
