//! The one statement by which an isolate asks what is new in the registry.

use serde::Deserialize;
use shared::db::Statement;
use shared::sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[NEWS];

// What has not changed is not sent: most answers are two numbers.
const NEWS: &str = "SELECT coalesce(r.revision, 0) AS revision, k.revision AS keys_revision, \
CASE WHEN coalesce(r.revision, 0) <> ?1 THEN r.body END AS body, \
CASE WHEN k.revision <> ?2 THEN (SELECT json_group_array(json_object('id', p.id, 'provider', p.provider, \
'origin', p.origin, 'sealed', p.sealed)) FROM (SELECT * FROM provider_keys WHERE enabled = 1 ORDER BY id) p) END AS keys, c.revision AS captures_revision, CASE WHEN c.revision <> ?3 THEN \
(SELECT coalesce(group_concat(s.org_id || '=' || s.mode, ' '), '') FROM capture_settings s) END AS captures \
FROM provider_keys_state k JOIN capture_state c LEFT JOIN registry_revisions r \
ON r.revision = (SELECT max(revision) FROM registry_revisions)";

/// What the database says.
#[derive(Debug, Default, Deserialize)]
pub struct NewsRow {
    /// The registry's revision; 0 when nothing was registered yet.
    pub revision: u64,
    /// That of the keys.
    pub keys_revision: u64,
    /// The registry, where it is another one than was known.
    pub body: Option<String>,
    /// The keys that are used, where they are others.
    pub keys: Option<String>,
    /// The revision of the captures.
    pub captures_revision: u64,
    /// Whose calls are kept, where that is something else than was known.
    pub captures: Option<String>,
}

/// Asks what is new since these revisions.
#[must_use]
pub fn news(revision: u64, keys_revision: u64, captures_revision: u64) -> Statement {
    sql!(NEWS, revision, keys_revision, captures_revision)
}
