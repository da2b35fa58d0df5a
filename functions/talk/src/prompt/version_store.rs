//! All SQL of versions. `?1` is the caller, `?2` the prompt. A version is added and never changed: a trigger sees to it.

use shared::db::Statement;
use shared::sql;

use super::store;
use super::version_model::Stored;
use crate::prompt_sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[ADD_FIRST, DOOR_ADD, GROW, ADD, READ, LIST, CHOOSE];

/// Versions of a prompt at most.
pub const MOST_VERSIONS: u64 = 500;

const ADD_FIRST: &str = "INSERT INTO prompt_versions (prompt_id, version, model, messages, variables, parameters, note, \
created_by, created_at) SELECT p.id, 1, ?3, ?4, ?5, ?6, ?7, ?1, ?8 FROM prompts p WHERE p.id = ?2 AND p.changed_as = ?2";

/// Adds the first version of a prompt that was made in the same batch.
pub fn add_first(caller: &str, id: &str, version: &Stored, now: u64) -> Statement {
    let Stored { model, messages, variables, parameters, note } = version;
    sql!(
        ADD_FIRST,
        caller,
        id,
        model.as_deref(),
        messages.as_str(),
        variables.as_str(),
        parameters.as_str(),
        note.as_str(),
        now
    )
}

const DOOR_ADD: &str = concat!(
    "SELECT ",
    prompt_sql!("update"),
    " AS may, p.newest < ?3 AS room, 1 AS known FROM prompts p WHERE p.id = ?2 AND ",
    prompt_sql!("read")
);
const GROW: &str = concat!(
    "UPDATE prompts AS p SET newest = p.newest + 1, changed_as = ?3, updated_at = ?4 WHERE p.id = ?2 AND p.newest < ?5 AND ",
    prompt_sql!("update")
);
const ADD: &str = "INSERT INTO prompt_versions (prompt_id, version, model, messages, variables, parameters, note, \
created_by, created_at) SELECT p.id, p.newest, ?4, ?5, ?6, ?7, ?8, ?1, ?9 FROM prompts p WHERE p.id = ?2 AND p.changed_as = ?3";

/// Adds a version: door, number, version, and the version as it is then. `change` is an id of this change.
pub fn add(caller: &str, id: &str, change: &str, version: &Stored, now: u64) -> Vec<Statement> {
    let Stored { model, messages, variables, parameters, note } = version;
    vec![
        sql!(DOOR_ADD, caller, id, MOST_VERSIONS),
        sql!(GROW, caller, id, change, now, MOST_VERSIONS),
        sql!(
            ADD,
            caller,
            id,
            change,
            model.as_deref(),
            messages.as_str(),
            variables.as_str(),
            parameters.as_str(),
            note.as_str(),
            now
        ),
        list(caller, id, None, 1),
    ]
}

/// The columns of a version.
macro_rules! columns_sql {
    ($rest:literal) => {
        concat!(
            "SELECT v.version, v.model, v.messages, v.variables, v.parameters, v.note, v.created_at FROM prompts p \
JOIN prompt_versions v ON v.prompt_id = p.id WHERE p.id = ?2 AND ",
            prompt_sql!("read"),
            $rest
        )
    };
}

const READ: &str = columns_sql!(" AND v.version = ?3");
const LIST: &str = columns_sql!(" AND (?3 IS NULL OR v.version < ?3) ORDER BY v.version DESC LIMIT ?4");

/// One version of a prompt that the caller reaches.
pub fn read(caller: &str, id: &str, version: u64) -> Statement {
    sql!(READ, caller, id, version)
}

/// The versions of a prompt that the caller reaches, newest first.
pub fn list(caller: &str, id: &str, before: Option<u64>, limit: u64) -> Statement {
    sql!(LIST, caller, id, before, limit)
}

// ?3 the version that was named, ?4 the label, ?5 whether the newest will do where there is no such label. One row, or
// two where the label leads to two.
const CHOOSE: &str = concat!(
    "SELECT v.version, v.model, v.messages, v.variables, v.parameters, v.note, v.created_at, \
CASE WHEN ?3 IS NULL AND v.version = l.next_version AND v.version <> l.version THEN l.percent END AS percent \
FROM prompts p LEFT JOIN prompt_labels l ON l.prompt_id = p.id AND l.label = ?4 \
JOIN prompt_versions v ON v.prompt_id = p.id AND (v.version = coalesce(?3, l.version, CASE WHEN ?5 THEN p.newest END) \
OR ?3 IS NULL AND v.version = l.next_version) WHERE p.id = ?2 AND ",
    prompt_sql!("read")
);

/// The versions among which one is chosen: whether the prompt is there, and up to two candidates.
pub fn choose(caller: &str, id: &str, version: Option<u32>, label: Option<&str>) -> Vec<Statement> {
    let named = label.unwrap_or("production");
    vec![store::door(caller, id), sql!(CHOOSE, caller, id, version.map(u64::from), named, label.is_none())]
}
