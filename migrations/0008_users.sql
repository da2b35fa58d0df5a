-- What people say of themselves beside their name.
-- Forward only.

ALTER TABLE users ADD COLUMN avatar_ref TEXT;  -- an id of ours or an https URL
