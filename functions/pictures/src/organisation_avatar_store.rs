//! All SQL of the avatars of organisations. In each statement `?1` is the caller and `?2` the organisation; what writes asks again
//! whether the caller may change it. Not here: the avatars of people, and reading, which is one statement for both.

use serde::Deserialize;
use shared::db::Statement;
use shared::problem::{Code, Problem};
use shared::{reach_sql, sql};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[DOOR, ANNOUNCE, CLEAR, ADD, SETTLE, POINT, UNPOINT];

/// True of an organisation `o` that the caller may change.
macro_rules! may_sql {
    () => {
        reach_sql!("?1", "o.id", "o.created_by", "organisation", "update")
    };
}

/// The organisation's id, where the caller may change it.
macro_rules! theirs_sql {
    () => {
        concat!("(SELECT o.id FROM organisations o WHERE o.id = ?2 AND ", may_sql!(), ")")
    };
}

const DOOR: &str = concat!(
    "SELECT ",
    may_sql!(),
    " AS may FROM organisations o WHERE o.id = ?2 AND ",
    reach_sql!("?1", "o.id", "o.created_by", "organisation", "read")
);
// `?3` is a JSON list of names.
const ANNOUNCE: &str = concat!(
    "INSERT INTO file_remains (object, due_at) SELECT n.value, ?4 FROM organisations o, json_each(?3) n WHERE o.id = ?2 AND ",
    may_sql!(),
    " ON CONFLICT (object) DO UPDATE SET due_at = excluded.due_at WHERE taken_at IS NULL"
);
const CLEAR: &str = concat!("DELETE FROM organisation_avatars WHERE organisation_id = ", theirs_sql!());
// `?3` is a JSON list of `[size, object, bytes, sha256]`. All of them, or none.
const ADD: &str = concat!(
    "INSERT INTO organisation_avatars (organisation_id, size, object, bytes, sha256, created_at) \
SELECT o.id, json_extract(a.value, '$[0]'), json_extract(a.value, '$[1]'), json_extract(a.value, '$[2]'), \
json_extract(a.value, '$[3]'), ?4 FROM organisations o, json_each(?3) a WHERE o.id = ?2 AND ",
    may_sql!(),
    " AND NOT EXISTS (SELECT 1 FROM json_each(?3) w LEFT JOIN file_remains r ON r.object = json_extract(w.value, '$[1]') \
AND r.taken_at IS NULL WHERE r.object IS NULL) RETURNING object AS id"
);
// `?1` is the organisation.
const SETTLE: &str =
    "DELETE FROM file_remains WHERE object IN (SELECT object FROM organisation_avatars WHERE organisation_id = ?1)";
const POINT: &str = concat!(
    "UPDATE organisations SET avatar_ref = ?3 WHERE EXISTS (SELECT 1 FROM organisation_avatars WHERE organisation_id = ?2) AND id = ",
    theirs_sql!()
);
const UNPOINT: &str = concat!("UPDATE organisations SET avatar_ref = NULL WHERE id = ", theirs_sql!());

/// What the caller may with an organisation that they can read: the row of a statement that stands first in a batch.
#[derive(Debug, Deserialize)]
pub struct Door {
    /// 1: they may change it.
    pub may: u8,
}

impl Door {
    /// 404 for one that they cannot read, 403 for one that they may not change.
    ///
    /// # Errors
    /// As it says.
    pub fn pass(rows: Vec<Self>) -> Result<(), Problem> {
        match rows.into_iter().next() {
            None => Err(Code::NotFound.into()),
            Some(Self { may: 0 }) => Err(Code::Forbidden.into()),
            Some(_) => Ok(()),
        }
    }
}

/// Announces bytes (names in a JSON list) that are about to be written: the door first, and nothing for those who may not.
pub fn announce(caller: &str, id: &str, objects: &str, due_at: u64) -> Vec<Statement> {
    vec![sql!(DOOR, caller, id), sql!(ANNOUNCE, caller, id, objects, due_at)]
}

/// Gives an organisation these sizes in the place of those there were, and says where: rows of `Seen` from the second statement.
pub fn replace(caller: &str, id: &str, sizes: &str, avatar_ref: &str, now: u64) -> Vec<Statement> {
    vec![
        sql!(CLEAR, caller, id),
        sql!(ADD, caller, id, sizes, now),
        sql!(SETTLE, id),
        sql!(POINT, caller, id, avatar_ref),
    ]
}

/// Takes an organisation's picture away: the door first.
pub fn remove(caller: &str, id: &str) -> Vec<Statement> {
    vec![sql!(DOOR, caller, id), sql!(CLEAR, caller, id), sql!(UNPOINT, caller, id)]
}
