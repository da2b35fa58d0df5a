//! All SQL of organisations themselves. In each statement `?1` is the caller and `?2` the organisation, unless it
//! says otherwise. Not here: members, roles and invitations, which have stores of their own.

use serde::Deserialize;
use shared::accounts::events::{Detail, Kind, event_when};
use shared::cx::Cx;
use shared::db::Statement;
use shared::problem::{Code, Problem};
use shared::{event_sql, reach_sql, sql};

use crate::defaults::{BUILT_IN, OWNER, permissions};
use crate::model::OrganisationChange;
use crate::role_model::grants_json;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[
    ADD,
    ADD_ROLES,
    ADD_GRANTS,
    ADD_OWNER,
    WHEN_ADDED,
    READ,
    LIST,
    DOOR,
    DOOR_UPDATE,
    CHANGE,
    DOOR_DELETE,
    WHEN_DELETED,
    DELETE,
];

/// Organisations that one person makes at most.
pub const MOST_MADE: u64 = 50;

const ADD: &str = "INSERT INTO organisations (id, slug, name, created_by, created_at) \
SELECT ?2, ?3, ?4, u.id, ?5 FROM users u WHERE u.id = ?1 \
AND NOT EXISTS (SELECT 1 FROM json_each(u.roles) r WHERE r.value = 'guest') \
AND (SELECT count(*) FROM organisations o WHERE o.created_by = u.id) < ?6";
const ADD_ROLES: &str = "INSERT INTO organisation_roles (organisation_id, name, permissions, changed_as) \
SELECT ?1, json_extract(r.value, '$[0]'), json_extract(r.value, '$[1]'), ?1 FROM json_each(?2) r \
WHERE EXISTS (SELECT 1 FROM organisations WHERE id = ?1)";
const ADD_GRANTS: &str = "INSERT INTO role_grants (organisation_id, role, resource, action, own) \
SELECT n.organisation_id, n.name, json_extract(g.value, '$[1]'), json_extract(g.value, '$[2]'), \
json_extract(g.value, '$[3]') FROM json_each(?2) g JOIN organisation_roles n ON n.organisation_id = ?1 \
AND n.name = json_extract(g.value, '$[0]') AND n.changed_as = ?3";
const ADD_OWNER: &str = "INSERT INTO members (organisation_id, user_id, role, joined_at) \
SELECT id, ?1, 'owner', created_at FROM organisations WHERE id = ?2";
const WHEN_ADDED: &str = event_sql!("?4", "WHERE EXISTS (SELECT 1 FROM organisations WHERE id = ?9)");

/// The columns of an organisation, for the caller.
macro_rules! organisation_sql {
    ($rest:literal) => {
        concat!(
            "SELECT o.id, o.name, o.slug, o.avatar_ref, o.files_expire_after_days, o.created_at, (SELECT m.role FROM members m WHERE m.organisation_id = o.id \
AND m.user_id = ?1) AS role FROM organisations o WHERE ",
            reach_sql!("?1", "o.id", "o.created_by", "organisation", "read"),
            $rest
        )
    };
}

const READ: &str = organisation_sql!(" AND o.id = ?2");
// Of those the caller is a member of: the index of members leads, not the table of all organisations.
const LIST: &str = organisation_sql!(
    " AND o.id IN (SELECT organisation_id FROM members WHERE user_id = ?1) AND (?2 IS NULL OR o.id < ?2) \
ORDER BY o.id DESC LIMIT ?3"
);

/// An organisation to be.
pub struct NewOrganisation<'a> {
    /// `org_…`.
    pub id: &'a str,
    /// Who makes it.
    pub maker: &'a str,
    /// Its short name.
    pub slug: &'a str,
    /// What it is called.
    pub name: &'a str,
    /// Milliseconds.
    pub now: u64,
}

/// Makes an organisation with its built-in roles and its maker as owner, and reads it. A taken short name violates
/// `organisations.slug`; of guests, and of those who made too many, nothing is made.
pub fn create(cx: &Cx, new: &NewOrganisation<'_>) -> Result<Vec<Statement>, Problem> {
    let NewOrganisation { id, maker, slug, name, now } = *new;
    let mut roles = Vec::new();
    let mut grants = Vec::new();
    for role in BUILT_IN {
        let all = permissions(role);
        roles.push((role, serde_json::to_string(&all).map_err(Problem::internal)?));
        grants.extend(shared::permission::grants(role, &all).into_iter().map(|grant| (role, grant)));
    }
    let roles = serde_json::to_string(&roles).map_err(Problem::internal)?;
    let detail = Detail(&[("organisation_id", id)]);
    Ok(vec![
        sql!(ADD, maker, id, slug, name, now, MOST_MADE),
        sql!(ADD_ROLES, id, roles),
        add_grants(id, &grants_json(&grants), id),
        sql!(ADD_OWNER, maker, id),
        event_when(cx, WHEN_ADDED, Kind::OrganisationCreated, Some(maker), &detail, [id.into()]),
        read(maker, id),
    ])
}

/// Adds the grants of roles that this change wrote.
pub fn add_grants(organisation: &str, grants: &str, change: &str) -> Statement {
    sql!(ADD_GRANTS, organisation, grants, change)
}

/// One organisation that the caller reaches.
pub fn read(caller: &str, id: &str) -> Statement {
    sql!(READ, caller, id)
}

/// The caller's organisations, newest first, those made before the one with the id `before`.
pub fn list(caller: &str, before: Option<&str>, limit: u64) -> Statement {
    sql!(LIST, caller, before, limit)
}

/// What the caller may with an object that they can read: the row of a statement that stands first in a batch, so
/// that it tells of the moment the batch decides in. No row: they cannot read it, and it is not there for them. One
/// type for all such statements: what a statement does not ask is 1.
#[derive(Debug, Deserialize)]
pub struct Door {
    /// 1: the action is theirs.
    pub may: u8,
    /// 1: there is such a role.
    pub known: u8,
    /// 1: they may as much as the roles that are given, taken or changed.
    pub covers: u8,
    /// 1: their own address is proven.
    pub proven: u8,
    /// 1: there are not too many already.
    pub room: u8,
}

impl Door {
    /// 404 for what one cannot read, 403 for what one may not do, 422 at `pointer` for a role that is not there or
    /// one thing too many.
    ///
    /// # Errors
    /// As it says.
    pub fn pass(door: Option<Self>, pointer: &str) -> Result<(), Problem> {
        match door.ok_or(Code::NotFound)? {
            Self { may: 0, .. } => Err(Code::Forbidden.into()),
            Self { room: 0, .. } => Err(Problem::invalid("", "too_many", "are too many: take one away first")),
            Self { known: 0, .. } => Err(Problem::invalid(pointer, "unknown", "is no role of this organisation")),
            Self { covers: 0, .. } => {
                let why = "Nobody gives, takes or changes a role that may more than their own.";
                Err(Problem::from(Code::Forbidden).detail(why))
            }
            Self { proven: 0, .. } => Err(Code::EmailUnverified.into()),
            _ => Ok(()),
        }
    }
}

/// Whether the caller may do this to an organisation, among those that they can read.
macro_rules! door_sql {
    ($action:literal) => {
        concat!(
            "SELECT ",
            reach_sql!("?1", "o.id", "o.created_by", "organisation", $action),
            " AS may, 1 AS known, 1 AS covers, 1 AS proven, 1 AS room FROM organisations o WHERE o.id = ?2 AND ",
            reach_sql!("?1", "o.id", "o.created_by", "organisation", "read")
        )
    };
}

const DOOR: &str = door_sql!("read");
const DOOR_UPDATE: &str = door_sql!("update");
const DOOR_DELETE: &str = door_sql!("delete");

/// Whether an organisation is there for the caller.
pub fn door(caller: &str, id: &str) -> Statement {
    sql!(DOOR, caller, id)
}

const CHANGE: &str = concat!(
    "UPDATE organisations AS o SET name = coalesce(?3, o.name), slug = coalesce(?4, o.slug), \
files_expire_after_days = CASE WHEN ?5 THEN ?6 ELSE o.files_expire_after_days END WHERE o.id = ?2 AND ",
    reach_sql!("?1", "o.id", "o.created_by", "organisation", "update")
);

/// Changes what is given: door, change, and the organisation as it is then.
pub fn change(caller: &str, id: &str, change: &OrganisationChange) -> Vec<Statement> {
    let name = change.name.as_ref().map(|name| name.as_str());
    let slug = change.slug.as_ref().map(|slug| slug.as_str());
    let days = change.files_expire_after_days;
    let write = sql!(CHANGE, caller, id, name, slug, days.is_some(), days.flatten().map(|days| days.get()));
    vec![sql!(DOOR_UPDATE, caller, id), write, read(caller, id)]
}

const WHEN_DELETED: &str = event_sql!(
    "?4",
    concat!(
        "FROM organisations o WHERE o.id = ?9 AND ",
        reach_sql!("?4", "o.id", "o.created_by", "organisation", "delete")
    )
);
const DELETE: &str = concat!(
    "DELETE FROM organisations AS o WHERE o.id = ?2 AND ",
    reach_sql!("?1", "o.id", "o.created_by", "organisation", "delete")
);

/// Deletes an organisation with its members, roles and invitations: door, event, deletion.
pub fn delete(cx: &Cx, caller: &str, id: &str) -> Vec<Statement> {
    let detail = Detail(&[("organisation_id", id)]);
    vec![
        sql!(DOOR_DELETE, caller, id),
        event_when(cx, WHEN_DELETED, Kind::OrganisationDeleted, Some(caller), &detail, [id.into()]),
        sql!(DELETE, caller, id),
    ]
}

/// The role that never changes.
pub fn is_fixed(role: &str) -> bool {
    role == OWNER
}
