//! All SQL of evaluations themselves. `?1` is the caller, `?2` the organisation of their key, or NULL: an evaluation is
//! its maker's alone, and such a key reaches what was made for its organisation.

use shared::db::Statement;
use shared::sql;
use uploads::Owner;

use crate::listing::Order;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[ADD, READ, ASC, DESC, CHANGE, DELETE];

/// Evaluations of a person at most.
pub const MOST_EVALUATIONS: u64 = 500;

const ADD: &str = "INSERT INTO evaluations (id, user_id, organisation_id, name, metadata, item_schema, criteria, created_at, \
updated_at) SELECT ?3, u.id, ?2, ?4, ?5, ?6, ?7, ?8, ?8 FROM users u WHERE u.id = ?1 \
AND (SELECT count(*) FROM evaluations WHERE user_id = ?1) < ?9";

/// What every reading statement gives, of evaluations that this caller reaches.
macro_rules! reached_sql {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, metadata, item_schema, criteria, created_at FROM evaluations \
WHERE user_id = ?1 AND (?2 IS NULL OR organisation_id = ?2)",
            $rest
        )
    };
}

const READ: &str = reached_sql!(" AND id = ?3");
const ASC: &str = reached_sql!(" AND (?3 IS NULL OR id > ?3) ORDER BY id LIMIT ?4");
const DESC: &str = reached_sql!(" AND (?3 IS NULL OR id < ?3) ORDER BY id DESC LIMIT ?4");
const CHANGE: &str = "UPDATE evaluations SET name = coalesce(?4, name), metadata = coalesce(?5, metadata), \
updated_at = ?6 WHERE user_id = ?1 AND (?2 IS NULL OR organisation_id = ?2) AND id = ?3";
const DELETE: &str = "DELETE FROM evaluations WHERE user_id = ?1 AND (?2 IS NULL OR organisation_id = ?2) AND id = ?3 \
RETURNING 1 AS one";

/// An evaluation to be.
pub struct NewEvaluation<'a> {
    /// `eval_…`.
    pub id: &'a str,
    /// What it is called.
    pub name: &'a str,
    /// JSON.
    pub metadata: &'a str,
    /// JSON.
    pub item_schema: &'a str,
    /// JSON.
    pub criteria: &'a str,
    /// Milliseconds.
    pub now: u64,
}

/// Makes one, unless there are too many.
pub fn add(owner: Owner<'_>, new: &NewEvaluation<'_>) -> Statement {
    let NewEvaluation { id, name, metadata, item_schema, criteria, now } = *new;
    sql!(ADD, owner.user_id, owner.organisation_id, id, name, metadata, item_schema, criteria, now, MOST_EVALUATIONS)
}

/// One of the caller's.
pub fn read(owner: Owner<'_>, id: &str) -> Statement {
    sql!(READ, owner.user_id, owner.organisation_id, id)
}

/// Those of the caller.
pub fn list(owner: Owner<'_>, after: Option<&str>, limit: u64, order: Order) -> Statement {
    match order {
        Order::Asc => sql!(ASC, owner.user_id, owner.organisation_id, after, limit),
        Order::Desc => sql!(DESC, owner.user_id, owner.organisation_id, after, limit),
    }
}

/// Changes what is named.
pub fn change(owner: Owner<'_>, id: &str, name: Option<&str>, metadata: Option<String>, now: u64) -> Statement {
    sql!(CHANGE, owner.user_id, owner.organisation_id, id, name, metadata, now)
}

/// Deletes one with its runs; a row when there was one.
pub fn delete(owner: Owner<'_>, id: &str) -> Statement {
    sql!(DELETE, owner.user_id, owner.organisation_id, id)
}
