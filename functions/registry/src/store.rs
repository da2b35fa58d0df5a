//! All SQL of the registry and its history. Writing a revision is `catalogue::registry::revision`; keys of providers are
//! in `key_store`.

use catalogue::registry::Kind;
use catalogue::registry::documents::Change;
use catalogue::registry::revision::{self, NewRevision};
use shared::accounts::events::{self, Detail, event};
use shared::cx::Cx;
use shared::db::Statement;
use shared::sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[ENTRY, ENTRIES, REVISION, REVISIONS, UNPRICED];

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

/// Writes a revision, its entries, and an event of the administrator's account. Where somebody else has the number
/// this violates `revision::TAKEN`.
pub fn revise(cx: &Cx, new: &NewRevision<'_>, changes: &[Change]) -> Vec<Statement> {
    let number = new.revision.to_string();
    let detail = Detail(&[("revision", &number)]);
    let mut batch = revision::write(new, changes);
    batch.push(event(cx, events::Kind::AiRegistryChanged, new.actor_id, &detail));
    batch
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
