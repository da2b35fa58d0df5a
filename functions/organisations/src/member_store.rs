//! All SQL of members. `?1` is the caller, `?2` the organisation, `?3` the member, unless a statement says otherwise.
//! The owner of a membership, for conditions, is its member.

use shared::accounts::events::{Detail, Kind, event_when};
use shared::cx::Cx;
use shared::db::Statement;
use shared::{covers_sql, event_sql, reach_sql, sql};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] =
    &[READ, LIST, DOOR_CHANGE, WHEN_CHANGED, CHANGE, READ_CHANGED, DOOR_REMOVE, WHEN_REMOVED, REMOVE];

/// The columns of a member; the address is for those who may change members.
macro_rules! member_sql {
    ($rest:expr) => {
        concat!(
            "SELECT m.user_id, u.name, u.avatar_ref, m.role, m.joined_at, CASE WHEN u.email NOT LIKE \
'%@no-address.invalid' AND ",
            reach_sql!("?1", "m.organisation_id", "m.user_id", "member", "update"),
            " THEN u.email END AS email FROM members m JOIN users u ON u.id = m.user_id WHERE m.organisation_id = ?2 AND ",
            $rest
        )
    };
}

const READ: &str =
    member_sql!(concat!("m.user_id = ?3 AND ", reach_sql!("?1", "m.organisation_id", "m.user_id", "member", "read")));
const LIST: &str = member_sql!(concat!(
    reach_sql!("?1", "m.organisation_id", "m.user_id", "member", "read"),
    " AND (?3 IS NULL OR m.user_id < ?3) ORDER BY m.user_id DESC LIMIT ?4"
));

/// One member whom the caller reaches.
pub fn read(caller: &str, organisation: &str, user: &str) -> Statement {
    sql!(READ, caller, organisation, user)
}

/// The members whom the caller reaches, those with the newest accounts first.
pub fn list(caller: &str, organisation: &str, before: Option<&str>, limit: u64) -> Statement {
    sql!(LIST, caller, organisation, before, limit)
}

/// Which member gets which role by whom: nobody gives or takes one that may more than they do themselves.
macro_rules! may_give {
    ($caller:literal, $organisation:literal, $user:literal, $role:literal) => {
        concat!(
            "m.organisation_id = ",
            $organisation,
            " AND m.user_id = ",
            $user,
            " AND m.role <> ",
            $role,
            " AND EXISTS (SELECT 1 FROM organisation_roles n WHERE n.organisation_id = m.organisation_id AND n.name = ",
            $role,
            ") AND ",
            reach_sql!($caller, "m.organisation_id", "m.user_id", "member", "update"),
            " AND ",
            covers_sql!($caller, "m.organisation_id", "m.role"),
            " AND ",
            covers_sql!($caller, "m.organisation_id", $role)
        )
    };
}

const DOOR_CHANGE: &str = concat!(
    "SELECT ",
    reach_sql!("?1", "m.organisation_id", "m.user_id", "member", "update"),
    " AS may, ",
    covers_sql!("?1", "m.organisation_id", "m.role"),
    " AND ",
    covers_sql!("?1", "m.organisation_id", "?4"),
    " AS covers, EXISTS (SELECT 1 FROM organisation_roles n WHERE n.organisation_id = m.organisation_id AND n.name = ?4) \
AS known, 1 AS proven, 1 AS room FROM members m WHERE m.organisation_id = ?2 AND m.user_id = ?3 AND ",
    reach_sql!("?1", "m.organisation_id", "m.user_id", "member", "read")
);
const WHEN_CHANGED: &str =
    event_sql!("m.user_id", concat!("FROM members m WHERE ", may_give!("?10", "?9", "?4", "?11")));
const CHANGE: &str = concat!("UPDATE members AS m SET role = ?4 WHERE ", may_give!("?1", "?2", "?3", "?4"));
// Whoever gives away what let them see members still sees what they have just done.
const READ_CHANGED: &str = member_sql!("m.user_id = ?3");

/// Gives a member another role: door, event, change, and the member as they are then. Taking the last owner's away
/// violates `members.last_owner`.
pub fn change(cx: &Cx, caller: &str, organisation: &str, user: &str, role: &str) -> Vec<Statement> {
    let detail = Detail(&[("organisation_id", organisation), ("role", role)]);
    let condition = [organisation.into(), caller.into(), role.into()];
    vec![
        sql!(DOOR_CHANGE, caller, organisation, user, role),
        event_when(cx, WHEN_CHANGED, Kind::MemberRoleChanged, Some(user), &detail, condition),
        sql!(CHANGE, caller, organisation, user, role),
        sql!(READ_CHANGED, caller, organisation, user),
    ]
}

/// Who may be removed by whom: everybody by themselves, others by those who may as much.
macro_rules! may_remove {
    ($caller:literal, $organisation:literal, $user:literal) => {
        concat!(
            "m.organisation_id = ",
            $organisation,
            " AND m.user_id = ",
            $user,
            " AND (m.user_id = ",
            $caller,
            " OR (",
            reach_sql!($caller, "m.organisation_id", "m.user_id", "member", "delete"),
            " AND ",
            covers_sql!($caller, "m.organisation_id", "m.role"),
            "))"
        )
    };
}

const DOOR_REMOVE: &str = concat!(
    "SELECT m.user_id = ?1 OR ",
    reach_sql!("?1", "m.organisation_id", "m.user_id", "member", "delete"),
    " AS may, m.user_id = ?1 OR ",
    covers_sql!("?1", "m.organisation_id", "m.role"),
    " AS covers, 1 AS known, 1 AS proven, 1 AS room FROM members m WHERE m.organisation_id = ?2 AND m.user_id = ?3 AND (m.user_id = ?1 OR ",
    reach_sql!("?1", "m.organisation_id", "m.user_id", "member", "read"),
    ")"
);
const WHEN_REMOVED: &str = event_sql!("m.user_id", concat!("FROM members m WHERE ", may_remove!("?10", "?9", "?4")));
const REMOVE: &str = concat!("DELETE FROM members AS m WHERE ", may_remove!("?1", "?2", "?3"));

/// Removes a member: door, event, removal. The last owner's violates `members.last_owner`.
pub fn remove(cx: &Cx, caller: &str, organisation: &str, user: &str) -> Vec<Statement> {
    let detail = Detail(&[("organisation_id", organisation)]);
    let condition = [organisation.into(), caller.into()];
    vec![
        sql!(DOOR_REMOVE, caller, organisation, user),
        event_when(cx, WHEN_REMOVED, Kind::OrganisationLeft, Some(user), &detail, condition),
        sql!(REMOVE, caller, organisation, user),
    ]
}
