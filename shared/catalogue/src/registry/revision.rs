//! The registry's revisions as the database has them: reading the newest, and writing the next with the entries that
//! lists show. Of two who write the same number one does; the other's batch violates [`TAKEN`] and is decided anew.
//!
//! Not here: what may be changed, which is for who changes it to decide, and reading history, which is the function
//! `registry`'s.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared::db::Statement;
use shared::sql;

use super::Registry;
use super::documents::{Change, Documents};
use crate::json::fields::DataError;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[HEAD, ADD, PUT, REMOVE];

/// Bytes of a whole registry at most: each isolate that calls providers holds it.
pub const LONGEST: usize = 512 * 1024;
/// The column that a number violates which somebody else has.
pub const TAKEN: &str = "registry_revisions.revision";

const HEAD: &str = "SELECT revision, body FROM registry_revisions ORDER BY revision DESC LIMIT 1";
const ADD: &str = "INSERT INTO registry_revisions (revision, at, actor_id, restored, summary, changes, body) \
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const PUT: &str = "INSERT INTO registry_entries (kind, id, document, revision, changed_at, changed_by) \
SELECT json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]'), json_extract(j.value, '$[2]'), ?2, ?3, ?4 \
FROM json_each(?1) AS j WHERE true ON CONFLICT (kind, id) DO UPDATE SET document = excluded.document, \
revision = excluded.revision, changed_at = excluded.changed_at, changed_by = excluded.changed_by";
const REMOVE: &str = "DELETE FROM registry_entries WHERE EXISTS (SELECT 1 FROM json_each(?1) AS j \
WHERE json_extract(j.value, '$[0]') = registry_entries.kind AND json_extract(j.value, '$[1]') = registry_entries.id)";

/// The newest revision.
#[derive(Debug, Default, Deserialize)]
pub struct Head {
    /// Its number; 0 before the first.
    pub revision: u64,
    /// The whole registry; empty before the first.
    pub body: String,
}

impl Head {
    /// What is registered.
    ///
    /// # Errors
    /// [`DataError`] when it cannot be read, which nothing that was written here can cause.
    pub fn registry(&self) -> Result<Registry, DataError> {
        Registry::from_json(self.text())
    }

    /// The same, as it was written.
    ///
    /// # Errors
    /// As of `registry`.
    pub fn documents(&self) -> Result<Documents, DataError> {
        Documents::from_json(self.text())
    }

    fn text(&self) -> &str {
        if self.body.is_empty() { "{}" } else { &self.body }
    }
}

/// Reads the newest revision: a `Head`, or none.
#[must_use]
pub fn head() -> Statement {
    sql!(HEAD)
}

/// A revision to be.
pub struct NewRevision<'a> {
    /// One more than the newest.
    pub revision: u64,
    /// Milliseconds.
    pub at: u64,
    /// Who: a user's id.
    pub actor_id: &'a str,
    /// The revision it brings back.
    pub restored: Option<u64>,
    /// The whole registry.
    pub body: &'a str,
}

/// Writes a revision and its entries.
#[must_use]
pub fn write(new: &NewRevision<'_>, changes: &[Change]) -> Vec<Statement> {
    let put =
        changes.iter().filter_map(|change| Some((change.kind.name(), change.id.as_str(), change.after.as_deref()?)));
    let gone = changes.iter().filter(|change| change.after.is_none()).map(|change| (change.kind.name(), &change.id));
    let (put, gone) = (json(&put.collect::<Vec<_>>()), json(&gone.collect::<Vec<_>>()));
    let [short, whole] = [false, true].map(|whole| told(changes, whole));
    vec![
        sql!(ADD, new.revision, new.at, new.actor_id, new.restored, short, whole, new.body),
        sql!(PUT, put, new.revision, new.at, new.actor_id),
        sql!(REMOVE, gone),
    ]
}

/// A change as history keeps it.
#[derive(Serialize)]
struct Told<'a> {
    kind: &'a str,
    id: &'a str,
    action: &'a str,
    before: Option<Box<RawValue>>,
    after: Option<Box<RawValue>>,
}

/// What changed, with what was and is or without, as JSON.
fn told<'c>(changes: &'c [Change], whole: bool) -> String {
    let raw = |text: &Option<String>| text.clone().filter(|_| whole).and_then(|text| RawValue::from_string(text).ok());
    let one = |change: &'c Change| {
        let (before, after) = (raw(&change.before), raw(&change.after));
        Told { kind: change.kind.name(), id: &change.id, action: action(change), before, after }
    };
    json(&changes.iter().map(one).collect::<Vec<_>>())
}

/// `created`, `changed` or `deleted`.
#[must_use]
pub fn action(change: &Change) -> &'static str {
    match (&change.before, &change.after) {
        (None, _) => "created",
        (_, None) => "deleted",
        _ => "changed",
    }
}

/// Tuples of texts, and structs of them, always serialise.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use shared::platform::testing::check_sql;

    use super::*;
    use crate::registry::Kind;

    #[test]
    fn every_statement_prepares_and_is_listed() {
        check_sql(ALL);
        assert_eq!(ALL.len(), include_str!("revision.rs").matches(": &str = \"").count() - 1);
    }

    #[test]
    fn before_the_first_there_is_an_empty_registry() {
        let head = Head::default();
        assert_eq!(head.registry().unwrap().models.len(), 0);
        assert_eq!(head.documents().unwrap(), Documents::default());
    }

    #[test]
    fn history_tells_what_was_and_lists_do_not() {
        let change = |before: Option<&str>, after: Option<&str>| Change {
            kind: Kind::Alias,
            id: "a".to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
        let changes = [change(None, Some(r#"{"n":1.0}"#)), change(Some("{}"), None), change(Some("{}"), Some("{}"))];
        let short = told(&changes, false);
        for action in ["created", "deleted", "changed"] {
            assert!(short.contains(&format!(r#""id":"a","action":"{action}","before":null,"after":null"#)), "{short}");
        }
        assert!(told(&changes, true).contains(r#""before":null,"after":{"n":1.0}"#));
    }
}
