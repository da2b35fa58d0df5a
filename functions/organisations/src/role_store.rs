//! All SQL of roles. `?1` is the caller, `?2` the organisation, `?3` the role, unless a statement says otherwise.
//! Roles are nobody's: a permission with the condition `owner` reaches none.

use shared::accounts::events::{Detail, Kind, event_when};
use shared::cx::Cx;
use shared::db::Statement;
use shared::{covers_sql, event_sql, reach_sql, sql};

use crate::store::add_grants;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[READ, LIST, DOOR_PUT, PUT, WHEN_PUT, FORGET_GRANTS, DOOR_DELETE, WHEN_DELETED, DELETE];

/// Roles that an organisation has at most.
pub const MOST_ROLES: u64 = 32;

const READ: &str = concat!(
    "SELECT n.name, n.permissions FROM organisation_roles n WHERE n.organisation_id = ?2 AND n.name = ?3 AND ",
    reach_sql!("?1", "n.organisation_id", "NULL", "role", "read")
);
const LIST: &str = concat!(
    "SELECT n.name, n.permissions FROM organisation_roles n WHERE n.organisation_id = ?2 AND ",
    reach_sql!("?1", "n.organisation_id", "NULL", "role", "read"),
    " AND (?3 IS NULL OR n.name < ?3) ORDER BY n.name DESC LIMIT ?4"
);

/// One role that the caller reaches.
pub fn read(caller: &str, organisation: &str, role: &str) -> Statement {
    sql!(READ, caller, organisation, role)
}

/// The roles that the caller reaches, from the last name to the first.
pub fn list(caller: &str, organisation: &str, before: Option<&str>, limit: u64) -> Statement {
    sql!(LIST, caller, organisation, before, limit)
}

/// Grants that are to be and that the caller does not have: none may be.
macro_rules! beyond_caller {
    ($caller:literal, $organisation:literal, $grants:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM json_each(",
            $grants,
            ") jg WHERE NOT EXISTS (SELECT 1 FROM members hm JOIN role_grants hg \
ON hg.organisation_id = hm.organisation_id AND hg.role = hm.role WHERE hm.user_id = ",
            $caller,
            " AND hm.organisation_id = ",
            $organisation,
            " AND hg.resource IN ('*', json_extract(jg.value, '$[1]')) \
AND hg.action IN ('*', json_extract(jg.value, '$[2]')) AND hg.own <= json_extract(jg.value, '$[3]')))"
        )
    };
}

// A role that is there already needs no room.
const DOOR_PUT: &str = concat!(
    "SELECT ",
    reach_sql!("?1", "o.id", "NULL", "role", "update"),
    " AS may, ",
    covers_sql!("?1", "o.id", "?3"),
    " AND NOT ",
    beyond_caller!("?1", "o.id", "?4"),
    " AS covers, EXISTS (SELECT 1 FROM organisation_roles n WHERE n.organisation_id = o.id AND n.name = ?3) \
OR (SELECT count(*) FROM organisation_roles n WHERE n.organisation_id = o.id) < ?5 AS room, 1 AS known, 1 AS proven FROM organisations o \
WHERE o.id = ?2 AND ",
    reach_sql!("?1", "o.id", "o.created_by", "organisation", "read")
);
const PUT: &str = concat!(
    "INSERT INTO organisation_roles (organisation_id, name, permissions, changed_as) SELECT o.id, ?3, ?5, ?6 \
FROM organisations o WHERE o.id = ?2 AND ",
    reach_sql!("?1", "o.id", "NULL", "role", "update"),
    " AND ",
    reach_sql!("?1", "o.id", "o.created_by", "organisation", "read"),
    " AND ",
    covers_sql!("?1", "o.id", "?3"),
    " AND NOT ",
    beyond_caller!("?1", "o.id", "?4"),
    " AND (EXISTS (SELECT 1 FROM organisation_roles n WHERE n.organisation_id = o.id AND n.name = ?3) \
OR (SELECT count(*) FROM organisation_roles n WHERE n.organisation_id = o.id) < ?7) \
ON CONFLICT (organisation_id, name) DO UPDATE SET permissions = excluded.permissions, changed_as = excluded.changed_as"
);
const WHEN_PUT: &str = event_sql!(
    "?4",
    "WHERE EXISTS (SELECT 1 FROM organisation_roles WHERE organisation_id = ?9 AND name = ?10 AND changed_as = ?11)"
);
const FORGET_GRANTS: &str = "DELETE FROM role_grants WHERE organisation_id = ?1 AND role = ?2 AND EXISTS \
(SELECT 1 FROM organisation_roles WHERE organisation_id = ?1 AND name = ?2 AND changed_as = ?3)";

/// What a role is to be.
pub struct NewRole<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its permissions, JSON.
    pub permissions: &'a str,
    /// What they come to, as `grants_json` writes it.
    pub grants: &'a str,
    /// An id of this change.
    pub change: &'a str,
}

/// Writes a role down: door, role, event, grants. All that follows the door belongs to the change, and is nothing
/// without it: the caller may be changing their own role, so nothing is asked of their rights a second time.
pub fn put(cx: &Cx, caller: &str, organisation: &str, role: &NewRole<'_>) -> Vec<Statement> {
    let NewRole { name, permissions, grants, change } = *role;
    let detail = Detail(&[("organisation_id", organisation), ("role", name), ("permissions", permissions)]);
    let condition = [organisation.into(), name.into(), change.into()];
    vec![
        sql!(DOOR_PUT, caller, organisation, name, grants, MOST_ROLES),
        sql!(PUT, caller, organisation, name, grants, permissions, change, MOST_ROLES),
        event_when(cx, WHEN_PUT, Kind::RolePermissionsChanged, Some(caller), &detail, condition),
        sql!(FORGET_GRANTS, organisation, name, change),
        add_grants(organisation, grants, change),
    ]
}

/// Which role is deleted by whom.
macro_rules! may_delete {
    ($caller:literal, $organisation:literal, $role:literal) => {
        concat!(
            "n.organisation_id = ",
            $organisation,
            " AND n.name = ",
            $role,
            " AND ",
            reach_sql!($caller, "n.organisation_id", "NULL", "role", "update"),
            " AND ",
            covers_sql!($caller, "n.organisation_id", "n.name")
        )
    };
}

const DOOR_DELETE: &str = concat!(
    "SELECT ",
    reach_sql!("?1", "n.organisation_id", "NULL", "role", "update"),
    " AS may, ",
    covers_sql!("?1", "n.organisation_id", "n.name"),
    " AS covers, 1 AS known, 1 AS proven, 1 AS room FROM organisation_roles n WHERE n.organisation_id = ?2 AND n.name = ?3 AND ",
    reach_sql!("?1", "n.organisation_id", "NULL", "role", "read")
);
const WHEN_DELETED: &str =
    event_sql!("?4", concat!("FROM organisation_roles n WHERE ", may_delete!("?4", "?9", "?10")));
const DELETE: &str = concat!("DELETE FROM organisation_roles AS n WHERE ", may_delete!("?1", "?2", "?3"));

/// Deletes a role and the invitations to it: door, event, deletion. One that members have violates a foreign key.
pub fn delete(cx: &Cx, caller: &str, organisation: &str, role: &str) -> Vec<Statement> {
    let detail = Detail(&[("organisation_id", organisation), ("role", role), ("permissions", "")]);
    let condition = [organisation.into(), role.into()];
    vec![
        sql!(DOOR_DELETE, caller, organisation, role),
        event_when(cx, WHEN_DELETED, Kind::RolePermissionsChanged, Some(caller), &detail, condition),
        sql!(DELETE, caller, organisation, role),
    ]
}
