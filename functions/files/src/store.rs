//! SQL of lists, of what a caller may do with a file, and of its way into the trash and out again. `?1` is the caller, `?2` the
//! organisation of their key or of the list, or NULL. Each list names its index, so that a page costs the same however many
//! files there are; a test asks the database for its plan.

use shared::db::Statement;
use shared::sql;
use uploads::{Owner, Purpose, held_sql, let_in_sql, may_sql, shown_sql};

/// Every statement of this file but the lists, for the test that prepares them.
pub const ALL: &[&str] = &[TO_TRASH, RESTORE, PURGE, EMPTY_TRASH, FORGET_LINKS];

/// The lists, for the tests that prepare them and ask for their plans.
pub const LISTS: &[&str] = &[
    MINE,
    MINE_OLDEST,
    MINE_FOR,
    MINE_FOR_OLDEST,
    MINE_IN,
    MINE_IN_OLDEST,
    OPEN_IN,
    OPEN_IN_OLDEST,
    TRASH,
    TRASH_OLDEST,
    TAGGED,
    TAGGED_OLDEST,
    SHARED,
    SHARED_OLDEST,
];

/// A page: from where, of which files, in which order. `?3` is now, `?4` the file it begins behind, `?5` how many, `?6` a
/// purpose or NULL.
macro_rules! list_sql {
    ($from:expr, $id:literal, $beyond:literal, $order:literal) => {
        shown_sql!(concat!(
            " FROM ",
            $from,
            " AND (f.expires_at IS NULL OR f.expires_at > ?3) AND ",
            $id,
            $beyond,
            "?4 ORDER BY ",
            $id,
            $order,
            " LIMIT ?5"
        ))
    };
}

macro_rules! mine_sql {
    () => {
        "files f INDEXED BY files_mine WHERE f.user_id = ?1 AND f.deleted_at IS NULL"
    };
}
macro_rules! mine_for_sql {
    () => {
        "files f INDEXED BY files_mine_for WHERE f.user_id = ?1 AND f.deleted_at IS NULL AND f.purpose = ?6"
    };
}
macro_rules! mine_in_sql {
    () => {
        "files f INDEXED BY files_mine_in WHERE f.user_id = ?1 AND f.organisation_id = ?2 AND f.deleted_at IS NULL \
AND (?6 IS NULL OR f.purpose = ?6)"
    };
}
macro_rules! open_in_sql {
    () => {
        concat!(
            "files f INDEXED BY files_open_in WHERE f.organisation_id = ?2 AND f.visibility <> 'private' AND f.deleted_at IS NULL \
AND (?6 IS NULL OR f.purpose = ?6) AND (f.user_id = ?1 OR f.scan IN ('none', 'clean')) AND ",
            shared::reach_sql!("?1", "f.organisation_id", "f.user_id", "file", "read")
        )
    };
}
macro_rules! trash_sql {
    () => {
        "files f INDEXED BY files_of_mine_in_trash WHERE f.user_id = ?1 AND f.deleted_at IS NOT NULL \
AND (?2 IS NULL OR f.organisation_id = ?2) AND (?6 IS NULL OR f.purpose = ?6)"
    };
}
macro_rules! tagged_sql {
    () => {
        concat!(
            "file_tags_by_owner t CROSS JOIN files f WHERE t.owner = coalesce(?2, ?1) AND t.tag = ?7 AND f.id = t.file_id \
AND f.deleted_at IS NULL AND (?6 IS NULL OR f.purpose = ?6) AND (f.user_id = ?1 OR (f.visibility <> 'private' \
AND f.scan IN ('none', 'clean') AND ",
            shared::reach_sql!("?1", "f.organisation_id", "f.user_id", "file", "read"),
            "))"
        )
    };
}
// Both halves come in the order of ids and are merged; who is named twice is told of it once.
macro_rules! shared_with_sql {
    ($beyond:literal, $order:literal) => {
        concat!(
            shown_sql!("s.file_id", concat!(
                " FROM file_shares s CROSS JOIN files f WHERE s.user_id = ?1 AND s.file_id ",
                $beyond,
                " ?4 AND (s.expires_at IS NULL OR s.expires_at > ?3) AND f.id = s.file_id",
                open_sql!()
            )),
            " UNION ALL ",
            shown_sql!("a.file_id", concat!(
                " FROM file_addresses a CROSS JOIN files f WHERE a.email = (SELECT u.email FROM users u WHERE u.id = ?1 \
AND u.email_verified_at IS NOT NULL) AND a.file_id ",
                $beyond,
                " ?4 AND (a.expires_at IS NULL OR a.expires_at > ?3) AND f.id = a.file_id AND NOT EXISTS (SELECT 1 FROM file_shares s \
WHERE s.user_id = ?1 AND s.file_id = a.file_id AND (s.expires_at IS NULL OR s.expires_at > ?3))",
                open_sql!()
            )),
            " ORDER BY 1",
            $order,
            " LIMIT ?5"
        )
    };
}
macro_rules! open_sql {
    () => {
        concat!(
            " AND f.deleted_at IS NULL AND f.scan IN ('none', 'clean') AND (?6 IS NULL OR f.purpose = ?6) \
AND (f.expires_at IS NULL OR f.expires_at > ?3) AND ",
            let_in_sql!("f.user_id")
        )
    };
}

const MINE: &str = list_sql!(mine_sql!(), "f.id", " < ", " DESC");
const MINE_OLDEST: &str = list_sql!(mine_sql!(), "f.id", " > ", "");
const MINE_FOR: &str = list_sql!(mine_for_sql!(), "f.id", " < ", " DESC");
const MINE_FOR_OLDEST: &str = list_sql!(mine_for_sql!(), "f.id", " > ", "");
const MINE_IN: &str = list_sql!(mine_in_sql!(), "f.id", " < ", " DESC");
const MINE_IN_OLDEST: &str = list_sql!(mine_in_sql!(), "f.id", " > ", "");
const OPEN_IN: &str = list_sql!(open_in_sql!(), "f.id", " < ", " DESC");
const OPEN_IN_OLDEST: &str = list_sql!(open_in_sql!(), "f.id", " > ", "");
const TRASH: &str = list_sql!(trash_sql!(), "f.id", " < ", " DESC");
const TRASH_OLDEST: &str = list_sql!(trash_sql!(), "f.id", " > ", "");
const TAGGED: &str = list_sql!(tagged_sql!(), "t.file_id", " < ", " DESC");
const TAGGED_OLDEST: &str = list_sql!(tagged_sql!(), "t.file_id", " > ", "");
const SHARED: &str = shared_with_sql!("<", " DESC");
const SHARED_OLDEST: &str = shared_with_sql!(">", "");

const TO_TRASH: &str = concat!(
    "UPDATE files AS f SET deleted_at = ?4 WHERE f.id = ?3 AND f.deleted_at IS NULL AND (f.retain_until IS NULL OR f.retain_until <= ?4) \
AND NOT ",
    held_sql!(),
    " AND ",
    may_sql!("delete"),
    " RETURNING 1 AS one"
);
const RESTORE: &str = concat!(
    "UPDATE files AS f SET deleted_at = NULL WHERE f.id = ?3 AND f.deleted_at IS NOT NULL AND ",
    may_sql!("delete"),
    " RETURNING 1 AS one"
);
const PURGE: &str = concat!(
    "DELETE FROM files AS f WHERE f.id = ?3 AND (f.retain_until IS NULL OR f.retain_until <= ?4) AND NOT ",
    held_sql!(),
    " AND ",
    may_sql!("delete"),
    " RETURNING 1 AS one"
);
const EMPTY_TRASH: &str = "DELETE FROM files WHERE id IN (SELECT id FROM files WHERE deleted_at <= ?1 \
AND (retain_until IS NULL OR retain_until <= ?2) ORDER BY deleted_at LIMIT 500)";
const FORGET_LINKS: &str =
    "DELETE FROM file_links WHERE id IN (SELECT id FROM file_links WHERE expires_at <= ?1 LIMIT 500)";

/// Which files a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which<'a> {
    /// One's own.
    Mine,
    /// Those an organisation's members see.
    OpenIn(&'a str),
    /// One's own in the trash.
    Trash,
    /// With this tag, one's own or an organisation's.
    Tagged(&'a str, Option<&'a str>),
    /// Those that others have shared with the caller.
    SharedWithMe,
}

/// A page of a list.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Of what.
    pub which: Which<'a>,
    /// For this purpose alone.
    pub purpose: Option<Purpose>,
    /// Behind this file.
    pub after: Option<&'a str>,
    /// The newest first.
    pub newest: bool,
    /// Rows at most.
    pub limit: u64,
}

/// A page of files.
pub fn list(owner: Owner<'_>, now: u64, wish: &Wish<'_>) -> Statement {
    let (mut organisation, mut tag) = (owner.organisation_id, None);
    let [newest, oldest] = match wish.which {
        Which::Mine if organisation.is_some() => [MINE_IN, MINE_IN_OLDEST],
        Which::Mine if wish.purpose.is_some() => [MINE_FOR, MINE_FOR_OLDEST],
        Which::Mine => [MINE, MINE_OLDEST],
        Which::OpenIn(id) => {
            organisation = Some(id);
            [OPEN_IN, OPEN_IN_OLDEST]
        }
        Which::Trash => [TRASH, TRASH_OLDEST],
        Which::Tagged(word, of) => {
            (organisation, tag) = (of.or(organisation), Some(word));
            [TAGGED, TAGGED_OLDEST]
        }
        Which::SharedWithMe => [SHARED, SHARED_OLDEST],
    };
    let sql = if wish.newest { newest } else { oldest };
    // No id begins like this.
    let after = wish.after.unwrap_or(if wish.newest { "~" } else { "" });
    let mut statement =
        sql!(sql, owner.user_id, organisation, now, after, wish.limit, wish.purpose.map(Purpose::as_str), tag);
    // As many as the statement asks for: the first list wants no purpose, and only one wants a tag.
    let wanted = if tag.is_some() {
        7
    } else if sql.contains("?6") {
        6
    } else {
        5
    };
    statement.params.truncate(wanted);
    statement
}

/// Puts a file into the trash; a row where it went.
pub fn to_trash(owner: Owner<'_>, id: &str, now: u64) -> Statement {
    sql!(TO_TRASH, owner.user_id, owner.organisation_id, id, now)
}

/// Takes a file out of the trash; a row where it was there.
pub fn restore(owner: Owner<'_>, id: &str) -> Statement {
    sql!(RESTORE, owner.user_id, owner.organisation_id, id)
}

/// Deletes a file for good, from wherever it is; a row where there was one.
pub fn purge(owner: Owner<'_>, id: &str, now: u64) -> Statement {
    sql!(PURGE, owner.user_id, owner.organisation_id, id, now)
}

/// Deletes what has been in the trash since before `since`.
pub fn empty_trash(since: u64, now: u64) -> Statement {
    sql!(EMPTY_TRASH, since, now)
}

/// Forgets links that are over.
pub fn forget_links(now: u64) -> Statement {
    sql!(FORGET_LINKS, now)
}
