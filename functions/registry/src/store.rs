//! All SQL of the registry and its revisions. Keys of providers are in `key_store`.

use catalogue::registry::Kind;
use catalogue::registry::documents::Change;
use serde::Deserialize;
use shared::accounts::events::{self, Detail, event};
use shared::cx::Cx;
use shared::db::Statement;
use shared::sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[HEAD, ENTRY, ENTRIES, ADD_REVISION, PUT, REMOVE, REVISION, REVISIONS, UNPRICED];

const HEAD: &str = "SELECT revision, body FROM registry_revisions ORDER BY revision DESC LIMIT 1";

/// The newest revision.
#[derive(Debug, Default, Deserialize)]
pub struct HeadRow {
    /// Its number.
    pub revision: u64,
    /// The whole registry.
    pub body: String,
}

/// Reads the newest revision.
pub fn head() -> Statement {
    sql!(HEAD)
}

const ENTRY: &str =
    "SELECT id, document, revision, changed_at, changed_by FROM registry_entries WHERE kind = ?1 AND id = ?2";
const ENTRIES: &str = "SELECT id, document, revision, changed_at, changed_by FROM registry_entries \
WHERE kind = ?1 AND (?2 IS NULL OR id > ?2) ORDER BY id LIMIT ?3";

/// One entry.
pub fn entry(kind: Kind, id: &str) -> Statement {
    sql!(ENTRY, kind.name(), id)
}

/// Entries of one kind, by their ids.
pub fn entries(kind: Kind, after: Option<&str>, limit: u64) -> Statement {
    sql!(ENTRIES, kind.name(), after, limit)
}

const ADD_REVISION: &str = "INSERT INTO registry_revisions (revision, at, actor_id, restored, summary, changes, body) \
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const PUT: &str = "INSERT INTO registry_entries (kind, id, document, revision, changed_at, changed_by) \
SELECT json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]'), json_extract(j.value, '$[2]'), ?2, ?3, ?4 \
FROM json_each(?1) AS j WHERE true ON CONFLICT (kind, id) DO UPDATE SET document = excluded.document, \
revision = excluded.revision, changed_at = excluded.changed_at, changed_by = excluded.changed_by";
const REMOVE: &str = "DELETE FROM registry_entries WHERE EXISTS (SELECT 1 FROM json_each(?1) AS j \
WHERE json_extract(j.value, '$[0]') = registry_entries.kind AND json_extract(j.value, '$[1]') = registry_entries.id)";

/// A revision to be.
pub struct NewRevision<'a> {
    /// One more than the newest.
    pub revision: u64,
    /// Milliseconds.
    pub at: u64,
    /// Who.
    pub actor_id: &'a str,
    /// The revision it brings back.
    pub restored: Option<u64>,
    /// What changed, in short: JSON.
    pub summary: &'a str,
    /// What changed, with what was and is: JSON.
    pub changes: &'a str,
    /// The whole registry.
    pub body: &'a str,
}

/// Writes a revision, its entries, and an event of the administrator's account. Where somebody else has the number
/// this violates `registry_revisions.revision`.
pub fn revise(cx: &Cx, new: &NewRevision<'_>, changes: &[Change]) -> Vec<Statement> {
    let put =
        changes.iter().filter_map(|change| Some((change.kind.name(), change.id.as_str(), change.after.as_deref()?)));
    let gone = changes.iter().filter(|change| change.after.is_none()).map(|change| (change.kind.name(), &change.id));
    // Tuples of texts always serialise.
    let put = serde_json::to_string(&put.collect::<Vec<_>>()).unwrap_or_default();
    let gone = serde_json::to_string(&gone.collect::<Vec<_>>()).unwrap_or_default();
    let number = new.revision.to_string();
    let detail = Detail(&[("revision", &number)]);
    vec![
        sql!(ADD_REVISION, new.revision, new.at, new.actor_id, new.restored, new.summary, new.changes, new.body),
        sql!(PUT, put, new.revision, new.at, new.actor_id),
        sql!(REMOVE, gone),
        event(cx, events::Kind::AiRegistryChanged, new.actor_id, &detail),
    ]
}

const REVISION: &str =
    "SELECT revision, at, actor_id, restored, changes, body FROM registry_revisions WHERE revision = ?1";
const REVISIONS: &str = "SELECT revision, at, actor_id, restored, summary AS changes FROM registry_revisions \
WHERE ?1 IS NULL OR revision < ?1 ORDER BY revision DESC LIMIT ?2";

/// One revision, with all it held.
pub fn revision(revision: u64) -> Statement {
    sql!(REVISION, revision)
}

/// Revisions, newest first.
pub fn revisions(before: Option<u64>, limit: u64) -> Statement {
    sql!(REVISIONS, before, limit)
}

const UNPRICED: &str = "SELECT u.id, u.day, u.provider, u.model, u.call_id, u.noted_at, \
(SELECT count(*) FROM ledger l WHERE l.cost_nano_usd IS NULL AND l.provider = u.provider AND l.model = u.model \
AND l.started_at >= unixepoch(u.day) * 1000 AND l.started_at < unixepoch(u.day) * 1000 + 86400000) AS calls \
FROM unpriced_models u WHERE ?1 IS NULL OR u.id < ?1 ORDER BY u.id DESC LIMIT ?2";

/// Models that were called without a price, newest days first.
pub fn unpriced(before: Option<&str>, limit: u64) -> Statement {
    sql!(UNPRICED, before, limit)
}
