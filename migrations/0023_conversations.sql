-- Conversations with models: what was said, in branches, and what people think of the answers.
-- Times are milliseconds since 1970. Forward only.

CREATE TABLE conversations (
  id TEXT PRIMARY KEY,                 -- cnv_…
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  title TEXT NOT NULL DEFAULT '',
  title_by TEXT NOT NULL DEFAULT 'nobody' CHECK (title_by IN ('nobody', 'words', 'model', 'person')),
  model TEXT NOT NULL,
  system TEXT NOT NULL DEFAULT '',
  context_messages INTEGER NOT NULL CHECK (context_messages >= 1),
  context_bytes INTEGER NOT NULL CHECK (context_bytes >= 1),
  head_id TEXT,                        -- the newest message of the branch that is shown; NULL: nothing was said
  messages INTEGER NOT NULL DEFAULT 0, -- how many, of all branches
  bytes INTEGER NOT NULL DEFAULT 0,    -- of their contents
  turn TEXT,                           -- the request that is being answered: one at a time
  turn_until INTEGER,                  -- when another may take over, should nobody end it
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK ((turn IS NULL) = (turn_until IS NULL))
) STRICT;
CREATE INDEX conversations_of_user ON conversations (user_id, updated_at, id);
CREATE INDEX conversations_by_age ON conversations (updated_at);

-- A tree: a message that was edited and an answer that was made again have siblings. `parent_id` has no foreign key,
-- because nothing but a whole conversation is deleted, and cascades do not go a thousand levels deep.
CREATE TABLE messages (
  id TEXT PRIMARY KEY,                 -- msg_…
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL,               -- as the conversation's, for searching
  parent_id TEXT,
  role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
  content TEXT NOT NULL,
  bytes INTEGER NOT NULL,              -- of the content, in UTF-8
  state TEXT NOT NULL CHECK (state IN ('complete', 'partial', 'broken')),
  error TEXT,                          -- of a broken answer: the code that its stream ended with
  model TEXT,
  provider TEXT,
  finish_reason TEXT,
  request_id TEXT,                     -- of the call, as in the ledger
  prompt_id TEXT,
  prompt_version INTEGER,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_of_parent ON messages (conversation_id, parent_id);
CREATE INDEX messages_of_user ON messages (user_id, id);

CREATE TABLE conversation_settings (
  user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  retention_days INTEGER NOT NULL CHECK (retention_days BETWEEN 1 AND 3650)
) STRICT;

-- What somebody thinks of an answer: of a message, or of a call that belongs to no conversation.
CREATE TABLE feedback (
  id TEXT PRIMARY KEY,                 -- fbk_…
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  message_id TEXT UNIQUE REFERENCES messages (id) ON DELETE CASCADE,
  call_id TEXT UNIQUE,                 -- of the ledger, whose rows stay
  rating TEXT NOT NULL CHECK (rating IN ('up', 'down')),
  reasons TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(reasons)),
  comment TEXT NOT NULL DEFAULT '',
  model TEXT,
  provider TEXT,
  request_id TEXT,
  prompt_id TEXT,
  prompt_version INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK ((message_id IS NULL) <> (call_id IS NULL))
) STRICT;
CREATE INDEX feedback_of_user ON feedback (user_id, id);

-- Clients know the request's id of a reply, not the call's.
CREATE INDEX IF NOT EXISTS ledger_of_request ON ledger (request_id);
