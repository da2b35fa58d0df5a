//! All SQL of prompts and their labels. `?1` is the caller, `?2` the prompt, unless a statement says otherwise. Whose a
//! prompt is stands in every statement: a person's is theirs alone, an organisation's is reached as its roles say.

use serde::Deserialize;
use shared::db::Statement;
use shared::problem::{Code, Problem};
use shared::{reach_sql, sql};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[
    DOOR_ORGANISATION,
    ADD,
    READ,
    LIST,
    DOOR_READ,
    DOOR_UPDATE,
    DOOR_DELETE,
    CHANGE,
    DELETE,
    DOOR_LABEL,
    PUT_LABEL,
    DELETE_LABEL,
];

/// Prompts that a person, or an organisation, has at most.
pub const MOST_PROMPTS: u64 = 500;
/// Labels of a prompt at most.
pub const MOST_LABELS: u64 = 32;

/// Whether the caller may do this with the prompt `p`: 0 or 1, never NULL.
#[macro_export]
macro_rules! prompt_sql {
    ($action:literal) => {
        concat!(
            "(p.user_id IS ?1 OR ",
            shared::reach_sql!("?1", "p.organisation_id", "p.created_by", "prompt", $action),
            ")"
        )
    };
}

/// What the caller may: the row of a statement that stands first in a batch. No row: it is not there for them.
#[derive(Debug, Deserialize)]
pub struct Door {
    /// 1: the action is theirs.
    pub may: u8,
    /// 1: there are not too many already.
    pub room: u8,
    /// 1: all versions that were named exist.
    pub known: u8,
}

impl Door {
    /// 404 for what is not there for the caller, 403 for what they may not do, 422 for too many and for a version
    /// that does not exist.
    ///
    /// # Errors
    /// As it says.
    pub fn pass(door: Option<Self>) -> Result<(), Problem> {
        match door.ok_or(Code::NotFound)? {
            Self { may: 0, .. } => Err(Code::Forbidden.into()),
            Self { room: 0, .. } => Err(Problem::invalid("", "too_many", "are too many: take one away first")),
            Self { known: 0, .. } => Err(Problem::invalid("/version", "unknown", "is no version of this prompt")),
            _ => Ok(()),
        }
    }
}

// In an organisation: ?2 the organisation, ?3 how many there may be.
const DOOR_ORGANISATION: &str = concat!(
    "SELECT ",
    reach_sql!("?1", "o.id", "?1", "prompt", "create"),
    " AS may, (SELECT count(*) FROM prompts WHERE organisation_id = o.id) < ?3 AS room, 1 AS known \
FROM organisations o WHERE o.id = ?2 AND ",
    reach_sql!("?1", "o.id", "o.created_by", "organisation", "read")
);
// ?3 the organisation, or NULL.
const ADD: &str = concat!(
    "INSERT INTO prompts (id, user_id, organisation_id, created_by, name, description, newest, changed_as, created_at, updated_at) \
SELECT ?2, CASE WHEN ?3 IS NULL THEN u.id END, ?3, u.id, ?4, ?5, 1, ?2, ?6, ?6 FROM users u WHERE u.id = ?1 AND CASE WHEN ?3 IS NULL \
THEN (SELECT count(*) FROM prompts WHERE user_id = ?1) < ?7 \
ELSE (SELECT count(*) FROM prompts WHERE organisation_id = ?3) < ?7 AND ",
    reach_sql!("?1", "?3", "?1", "prompt", "create"),
    " AND EXISTS (SELECT 1 FROM organisations o WHERE o.id = ?3 AND ",
    reach_sql!("?1", "o.id", "o.created_by", "organisation", "read"),
    ") END"
);

/// Whether the caller may make a prompt in this organisation.
pub fn door_of_organisation(caller: &str, organisation: &str) -> Statement {
    sql!(DOOR_ORGANISATION, caller, organisation, MOST_PROMPTS)
}

/// A prompt to be.
pub struct NewPrompt<'a> {
    /// `prm_…`.
    pub id: &'a str,
    /// The organisation whose it is; without one the caller's.
    pub organisation: Option<&'a str>,
    /// What it is called.
    pub name: &'a str,
    /// What it is for.
    pub description: &'a str,
    /// Milliseconds.
    pub now: u64,
}

/// Makes a prompt. Its first version follows in the same batch; where there were too many already nothing is made.
pub fn add(caller: &str, new: &NewPrompt<'_>) -> Statement {
    let NewPrompt { id, organisation, name, description, now } = *new;
    sql!(ADD, caller, id, organisation, name, description, now, MOST_PROMPTS)
}

/// The columns of a prompt, with its labels.
macro_rules! columns_sql {
    ($rest:literal) => {
        concat!(
            "SELECT p.id, p.name, p.description, p.organisation_id, p.newest, p.created_at, p.updated_at, \
(SELECT json_group_array(json_object('label', l.label, 'version', l.version, 'next', l.next_version, 'percent', l.percent)) \
FROM (SELECT * FROM prompt_labels WHERE prompt_id = p.id ORDER BY label) l) AS labels FROM prompts p WHERE ",
            prompt_sql!("read"),
            $rest
        )
    };
}

const READ: &str = columns_sql!(" AND p.id = ?2");
// One's own, and those of organisations one is in; with ?4 those of one organisation.
const LIST: &str = columns_sql!(
    " AND (p.user_id = ?1 OR p.organisation_id IN (SELECT organisation_id FROM members WHERE user_id = ?1)) \
AND (?4 IS NULL OR p.organisation_id = ?4) AND (?2 IS NULL OR p.id < ?2) ORDER BY p.id DESC LIMIT ?3"
);

/// One prompt that the caller reaches.
pub fn read(caller: &str, id: &str) -> Statement {
    sql!(READ, caller, id)
}

/// The prompts that the caller reaches, newest first.
pub fn list(caller: &str, before: Option<&str>, limit: u64, organisation: Option<&str>) -> Statement {
    sql!(LIST, caller, before, limit, organisation)
}

/// Whether the caller may do this to a prompt, among those that they can read.
macro_rules! door_sql {
    ($action:literal) => {
        concat!(
            "SELECT ",
            prompt_sql!($action),
            " AS may, 1 AS room, 1 AS known FROM prompts p WHERE p.id = ?2 AND ",
            prompt_sql!("read")
        )
    };
}

const DOOR_READ: &str = door_sql!("read");
const DOOR_UPDATE: &str = door_sql!("update");
const DOOR_DELETE: &str = door_sql!("delete");
const CHANGE: &str = concat!(
    "UPDATE prompts AS p SET name = coalesce(?3, p.name), description = coalesce(?4, p.description), updated_at = ?5 \
WHERE p.id = ?2 AND ",
    prompt_sql!("update")
);
const DELETE: &str = concat!("DELETE FROM prompts AS p WHERE p.id = ?2 AND ", prompt_sql!("delete"));

/// Whether a prompt is there for the caller.
pub fn door(caller: &str, id: &str) -> Statement {
    sql!(DOOR_READ, caller, id)
}

/// Changes what is given: door, change, and the prompt as it is then.
pub fn change(caller: &str, id: &str, name: Option<&str>, description: Option<&str>, now: u64) -> Vec<Statement> {
    vec![sql!(DOOR_UPDATE, caller, id), sql!(CHANGE, caller, id, name, description, now), read(caller, id)]
}

/// Deletes a prompt with its versions and labels: door, deletion.
pub fn delete(caller: &str, id: &str) -> Vec<Statement> {
    vec![sql!(DOOR_DELETE, caller, id), sql!(DELETE, caller, id)]
}

// ?3 the label, ?4 and ?5 the versions it is to lead to, ?6 how many labels there may be.
const DOOR_LABEL: &str = concat!(
    "SELECT ",
    prompt_sql!("update"),
    " AS may, EXISTS (SELECT 1 FROM prompt_labels l WHERE l.prompt_id = p.id AND l.label = ?3) \
OR (SELECT count(*) FROM prompt_labels l WHERE l.prompt_id = p.id) < ?6 AS room, \
EXISTS (SELECT 1 FROM prompt_versions v WHERE v.prompt_id = p.id AND v.version = ?4) \
AND (?5 IS NULL OR EXISTS (SELECT 1 FROM prompt_versions v WHERE v.prompt_id = p.id AND v.version = ?5)) AS known \
FROM prompts p WHERE p.id = ?2 AND ",
    prompt_sql!("read")
);
const PUT_LABEL: &str = concat!(
    "INSERT INTO prompt_labels (prompt_id, label, version, next_version, percent, moved_by, moved_at) \
SELECT p.id, ?3, v.version, ?5, ?6, ?1, ?7 FROM prompts p JOIN prompt_versions v ON v.prompt_id = p.id AND v.version = ?4 \
WHERE p.id = ?2 AND (?5 IS NULL OR EXISTS (SELECT 1 FROM prompt_versions n WHERE n.prompt_id = p.id AND n.version = ?5)) \
AND (EXISTS (SELECT 1 FROM prompt_labels l WHERE l.prompt_id = p.id AND l.label = ?3) \
OR (SELECT count(*) FROM prompt_labels l WHERE l.prompt_id = p.id) < ?8) AND ",
    prompt_sql!("update"),
    " ON CONFLICT (prompt_id, label) DO UPDATE SET version = excluded.version, next_version = excluded.next_version, \
percent = excluded.percent, moved_by = excluded.moved_by, moved_at = excluded.moved_at"
);
const DELETE_LABEL: &str = concat!(
    "DELETE FROM prompt_labels AS l WHERE l.prompt_id = ?2 AND l.label = ?3 AND EXISTS \
(SELECT 1 FROM prompts p WHERE p.id = l.prompt_id AND ",
    prompt_sql!("update"),
    ")"
);

/// Where a label is to lead.
pub struct NewLabel<'a> {
    /// Its name.
    pub label: &'a str,
    /// The version.
    pub version: u32,
    /// Another version, and for how many of a hundred keys.
    pub next: Option<(u32, u32)>,
}

/// Moves a label: door, label, and the prompt as it is then.
pub fn put_label(caller: &str, id: &str, to: &NewLabel<'_>, now: u64) -> Vec<Statement> {
    let version = u64::from(to.version);
    let next = to.next.map(|(version, _)| u64::from(version));
    let percent = to.next.map(|(_, percent)| u64::from(percent));
    vec![
        sql!(DOOR_LABEL, caller, id, to.label, version, next, MOST_LABELS),
        sql!(PUT_LABEL, caller, id, to.label, version, next, percent, now, MOST_LABELS),
        read(caller, id),
    ]
}

/// Takes a label away: door, deletion.
pub fn delete_label(caller: &str, id: &str, label: &str) -> Vec<Statement> {
    vec![sql!(DOOR_UPDATE, caller, id), sql!(DELETE_LABEL, caller, id, label)]
}
