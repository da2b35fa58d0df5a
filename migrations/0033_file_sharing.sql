-- Sharing with addresses, tags by owner, and an index for each list of files, so that a page costs the same however many files
-- there are. Times are milliseconds since 1970. Forward only.

-- Files that are open to whoever has proven an address, today or later: so nobody learns from it whether there is an account.
CREATE TABLE file_addresses (
  file_id TEXT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
  email TEXT NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY (file_id, email)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_addresses_of ON file_addresses (email, file_id);

-- The same tags as in `file_tags`, in the order in which owners list them; kept by the triggers below.
CREATE TABLE file_tags_by_owner (
  owner TEXT NOT NULL,                 -- usr_…, and org_… once more where it belongs to one
  tag TEXT NOT NULL,
  file_id TEXT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
  PRIMARY KEY (owner, tag, file_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_tags_by_owner_of_file ON file_tags_by_owner (file_id);

INSERT INTO file_tags_by_owner (owner, tag, file_id)
SELECT f.user_id, t.tag, f.id FROM file_tags t JOIN files f ON f.id = t.file_id
UNION SELECT f.organisation_id, t.tag, f.id FROM file_tags t JOIN files f ON f.id = t.file_id WHERE f.organisation_id IS NOT NULL;

CREATE TRIGGER file_tags_have_owners AFTER INSERT ON file_tags
BEGIN
  INSERT INTO file_tags_by_owner (owner, tag, file_id) SELECT user_id, new.tag, id FROM files WHERE id = new.file_id
  ON CONFLICT DO NOTHING;
  INSERT INTO file_tags_by_owner (owner, tag, file_id)
  SELECT organisation_id, new.tag, id FROM files WHERE id = new.file_id AND organisation_id IS NOT NULL
  ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER file_tags_leave_owners AFTER DELETE ON file_tags
BEGIN
  DELETE FROM file_tags_by_owner WHERE file_id = old.file_id AND tag = old.tag;
END;
CREATE TRIGGER files_take_tags_along AFTER UPDATE OF user_id, organisation_id ON files
BEGIN
  DELETE FROM file_tags_by_owner WHERE file_id = new.id;
  INSERT INTO file_tags_by_owner (owner, tag, file_id) SELECT new.user_id, tag, new.id FROM file_tags WHERE file_id = new.id;
  INSERT INTO file_tags_by_owner (owner, tag, file_id)
  SELECT new.organisation_id, tag, new.id FROM file_tags WHERE file_id = new.id AND new.organisation_id IS NOT NULL;
END;

-- One index for each list.
DROP INDEX files_of_purpose;
CREATE INDEX files_mine ON files (user_id, id) WHERE deleted_at IS NULL;
CREATE INDEX files_mine_for ON files (user_id, purpose, id) WHERE deleted_at IS NULL;
CREATE INDEX files_mine_in ON files (user_id, organisation_id, id) WHERE deleted_at IS NULL AND organisation_id IS NOT NULL;
CREATE INDEX files_open_in ON files (organisation_id, id) WHERE deleted_at IS NULL AND visibility <> 'private';
CREATE INDEX files_of_mine_in_trash ON files (user_id, id) WHERE deleted_at IS NOT NULL;

-- What the built-in roles may do with the files of their organisation, unless it has said something of files itself.
INSERT INTO role_grants (organisation_id, role, resource, action, own)
SELECT r.organisation_id, r.name, 'file', a.action, 0 FROM organisation_roles r
JOIN (SELECT 'admin' AS role, '*' AS action UNION ALL SELECT 'member', 'read' UNION ALL SELECT 'member', 'create') a ON a.role = r.name
WHERE NOT EXISTS (SELECT 1 FROM json_each(r.permissions) p WHERE p.value ->> 'resource' = 'file');
UPDATE organisation_roles SET permissions = json_insert(permissions, '$[#]',
  json('{"resource":"file","action":"*","condition":"always"}'))
WHERE name = 'admin' AND NOT EXISTS (SELECT 1 FROM json_each(permissions) p WHERE p.value ->> 'resource' = 'file');
UPDATE organisation_roles SET permissions = json_insert(permissions,
  '$[#]', json('{"resource":"file","action":"read","condition":"always"}'),
  '$[#]', json('{"resource":"file","action":"create","condition":"always"}'))
WHERE name = 'member' AND NOT EXISTS (SELECT 1 FROM json_each(permissions) p WHERE p.value ->> 'resource' = 'file');

-- The manifest goes by names of objects.
CREATE INDEX batch_parts_of_object ON batch_parts (object);

-- What an organisation has to keep outlives the account of whoever made it: it becomes an owner's of the organisation.
CREATE TRIGGER users_leave_what_is_kept BEFORE DELETE ON users
BEGIN
  UPDATE files SET user_id = (SELECT m.user_id FROM members m WHERE m.organisation_id = files.organisation_id AND m.role = 'owner'
    AND m.user_id <> old.id ORDER BY m.user_id LIMIT 1)
  WHERE user_id = old.id AND organisation_id IS NOT NULL AND retain_until > unixepoch() * 1000
    AND EXISTS (SELECT 1 FROM members m WHERE m.organisation_id = files.organisation_id AND m.role = 'owner' AND m.user_id <> old.id);
END;
