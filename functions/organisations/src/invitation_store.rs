//! All SQL of invitations. `?1` is the caller, `?2` the organisation, `?3` the invitation, unless a statement says
//! otherwise. An invitation's owner, for conditions, is who sent it.

use shared::accounts::drafts::{HOUR_MS, NewLink};
use shared::accounts::events::{Detail, Kind, event_when};
use shared::cx::Cx;
use shared::db::Statement;
use shared::{covers_sql, event_sql, reach_sql, sql};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[
    READ,
    LIST,
    DOOR_INVITE,
    ADD,
    REPLACE,
    LETTER,
    WHEN_ADDED,
    READ_MADE,
    DOOR_REVOKE,
    WHEN_REVOKED,
    REVOKE,
    OPEN,
    USE,
    JOIN,
    WHEN_JOINED,
    JOINED,
];

/// Open invitations that an organisation has at most.
pub const MOST_OPEN: u64 = 100;
/// Letters of this kind to one address in an hour: fewer than there are letters in all, so that inviting somebody
/// again and again keeps no sign-in link from them.
const LETTERS_HOURLY: u64 = 2;

/// The columns of an open invitation; the parameter is now.
macro_rules! open_sql {
    ($now:literal, $rest:expr) => {
        concat!(
            "SELECT i.id, i.email, i.role, i.invited_by, i.created_at, i.expires_at FROM invitations i \
WHERE i.organisation_id = ?2 AND i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > ",
            $now,
            " AND ",
            reach_sql!("?1", "i.organisation_id", "i.invited_by", "invitation", "read"),
            $rest
        )
    };
}

const READ: &str = open_sql!("?4", " AND i.id = ?3");
const LIST: &str = open_sql!("?4", " AND (?3 IS NULL OR i.id < ?3) ORDER BY i.id DESC LIMIT ?5");

/// One open invitation that the caller reaches.
pub fn read(caller: &str, organisation: &str, invitation: &str, now: u64) -> Statement {
    sql!(READ, caller, organisation, invitation, now)
}

/// The open invitations that the caller reaches, newest first.
pub fn list(caller: &str, organisation: &str, before: Option<&str>, now: u64, limit: u64) -> Statement {
    sql!(LIST, caller, organisation, before, now, limit)
}

// The object of `create` is the invitation to be, whose owner is the caller.
const DOOR_INVITE: &str = concat!(
    "SELECT ",
    reach_sql!("?1", "o.id", "?1", "invitation", "create"),
    " AS may, ",
    covers_sql!("?1", "o.id", "?3"),
    " AS covers, EXISTS (SELECT 1 FROM organisation_roles n WHERE n.organisation_id = o.id AND n.name = ?3) AS known, \
EXISTS (SELECT 1 FROM users u WHERE u.id = ?1 AND u.email_verified_at IS NOT NULL) AS proven, (SELECT count(*) \
FROM invitations i WHERE i.organisation_id = o.id AND i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > ?4) \
< ?5 AS room FROM organisations o WHERE o.id = ?2 AND ",
    reach_sql!("?1", "o.id", "o.created_by", "organisation", "read")
);
const ADD: &str = concat!(
    "INSERT INTO invitations (id, organisation_id, email, role, token_hash, invited_by, created_at, expires_at) \
SELECT ?3, n.organisation_id, ?4, n.name, ?6, u.id, ?7, ?8 FROM organisation_roles n JOIN users u ON u.id = ?1 \
JOIN organisations o ON o.id = n.organisation_id WHERE n.organisation_id = ?2 AND n.name = ?5 \
AND u.email_verified_at IS NOT NULL AND ",
    reach_sql!("?1", "o.id", "o.created_by", "organisation", "read"),
    " AND ",
    reach_sql!("?1", "n.organisation_id", "?1", "invitation", "create"),
    " AND ",
    covers_sql!("?1", "n.organisation_id", "n.name"),
    " AND (SELECT count(*) FROM invitations i WHERE i.organisation_id = ?2 AND i.used_at IS NULL \
AND i.revoked_at IS NULL AND i.expires_at > ?7) < ?9"
);
const REPLACE: &str = "UPDATE invitations SET revoked_at = ?3 WHERE used_at IS NULL AND revoked_at IS NULL \
AND id <> ?1 AND (organisation_id, email) = (SELECT organisation_id, email FROM invitations WHERE id = ?1) \
AND organisation_id = ?2";
// In the reader's language, where they have an account; the letter is all that tells whether they do, and only to them.
const LETTER: &str = "INSERT INTO letters (id, kind, recipient, locale, user_id, link_id, about, created_at) \
SELECT ?1, 'invite', i.email, coalesce((SELECT k.locale FROM users k WHERE k.email = i.email), u.locale), u.id, i.id, \
u.email, ?3 FROM invitations i JOIN users u ON u.id = i.invited_by WHERE i.id = ?2 \
AND (SELECT count(*) FROM letters l WHERE l.recipient = i.email AND l.kind = 'invite' AND l.created_at > ?4) < ?5";
const WHEN_ADDED: &str = event_sql!("?4", "WHERE EXISTS (SELECT 1 FROM invitations WHERE id = ?9)");

/// Whom to invite, and as what.
pub struct NewInvitation<'a> {
    /// Who invites.
    pub caller: &'a str,
    /// Where.
    pub organisation: &'a str,
    /// The address.
    pub email: &'a str,
    /// The role to be.
    pub role: &'a str,
}

/// Invites: door, invitation, the end of an older one to the same address, letter, event, and the
/// invitation.
pub fn invite(cx: &Cx, new: &NewInvitation<'_>, link: &NewLink<'_>) -> Vec<Statement> {
    let NewInvitation { caller, organisation, email, role } = *new;
    let (id, now) = (link.id, link.now);
    let expires_at = now + link.purpose.minutes() * 60_000;
    let detail = Detail(&[("organisation_id", organisation), ("invitation_id", id), ("role", role)]);
    vec![
        sql!(DOOR_INVITE, caller, organisation, role, now, MOST_OPEN),
        sql!(ADD, caller, organisation, id, email, role, link.token_hash, now, expires_at, MOST_OPEN),
        sql!(REPLACE, id, organisation, now),
        sql!(LETTER, link.letter_id, id, now, now.saturating_sub(HOUR_MS), LETTERS_HOURLY),
        event_when(cx, WHEN_ADDED, Kind::Invited, Some(caller), &detail, [id.into()]),
        read_made(caller, organisation, id, now),
    ]
}

/// The new invitation, for whoever made it: inviting needs no right to read invitations.
fn read_made(caller: &str, organisation: &str, id: &str, now: u64) -> Statement {
    sql!(READ_MADE, caller, organisation, id, now)
}

const READ_MADE: &str = "SELECT id, email, role, invited_by, created_at, expires_at FROM invitations \
WHERE invited_by = ?1 AND organisation_id = ?2 AND id = ?3 AND created_at = ?4";

/// Which invitation is taken back by whom.
macro_rules! may_revoke {
    ($caller:literal, $organisation:literal, $invitation:literal, $now:literal) => {
        concat!(
            "i.organisation_id = ",
            $organisation,
            " AND i.id = ",
            $invitation,
            " AND i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > ",
            $now,
            " AND ",
            reach_sql!($caller, "i.organisation_id", "i.invited_by", "invitation", "delete")
        )
    };
}

const DOOR_REVOKE: &str = concat!(
    "SELECT ",
    reach_sql!("?1", "i.organisation_id", "i.invited_by", "invitation", "delete"),
    " AS may, 1 AS known, 1 AS covers, 1 AS proven, 1 AS room FROM invitations i WHERE i.organisation_id = ?2 AND i.id = ?3 AND i.used_at IS NULL \
AND i.revoked_at IS NULL AND i.expires_at > ?4 AND ",
    reach_sql!("?1", "i.organisation_id", "i.invited_by", "invitation", "read")
);
const WHEN_REVOKED: &str = event_sql!("?4", concat!("FROM invitations i WHERE ", may_revoke!("?4", "?9", "?10", "?2")));
const REVOKE: &str = concat!("UPDATE invitations AS i SET revoked_at = ?4 WHERE ", may_revoke!("?1", "?2", "?3", "?4"));

/// Takes an invitation back: door, event, end.
pub fn revoke(cx: &Cx, caller: &str, organisation: &str, invitation: &str) -> Vec<Statement> {
    let now = cx.now_ms();
    let detail = Detail(&[("organisation_id", organisation), ("invitation_id", invitation)]);
    let condition = [organisation.into(), invitation.into()];
    vec![
        sql!(DOOR_REVOKE, caller, organisation, invitation, now),
        event_when(cx, WHEN_REVOKED, Kind::InvitationRevoked, Some(caller), &detail, condition),
        sql!(REVOKE, caller, organisation, invitation, now),
    ]
}

/// An invitation that this person can accept: open, to their proven address, and from somebody who may still invite
/// with that role. `?1` is the token's hash.
macro_rules! may_accept {
    ($user:literal, $now:literal) => {
        concat!(
            "i.token_hash = ?1 AND i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > ",
            $now,
            " AND EXISTS (SELECT 1 FROM users u WHERE u.id = ",
            $user,
            " AND u.email = i.email AND u.email_verified_at IS NOT NULL) AND ",
            reach_sql!("i.invited_by", "i.organisation_id", "i.invited_by", "invitation", "create"),
            " AND ",
            covers_sql!("i.invited_by", "i.organisation_id", "i.role")
        )
    };
}

const OPEN: &str = concat!(
    "SELECT i.id, i.organisation_id, o.name AS organisation_name, i.role, i.expires_at FROM invitations i \
JOIN organisations o ON o.id = i.organisation_id WHERE ",
    may_accept!("?2", "?3")
);
const USE: &str = concat!("UPDATE invitations AS i SET used_at = ?3, used_as = ?4 WHERE ", may_accept!("?2", "?3"));
// Who is a member already stays what they are.
const JOIN: &str = "INSERT INTO members (organisation_id, user_id, role, joined_at) \
SELECT organisation_id, ?2, role, ?3 FROM invitations WHERE token_hash = ?1 AND used_as = ?4 \
ON CONFLICT (organisation_id, user_id) DO NOTHING";
const WHEN_JOINED: &str =
    event_sql!("?4", "WHERE EXISTS (SELECT 1 FROM invitations WHERE token_hash = ?9 AND used_as = ?10)");
const JOINED: &str = "SELECT o.id, o.name, o.slug, o.created_at, m.role FROM invitations i \
JOIN organisations o ON o.id = i.organisation_id JOIN members m ON m.organisation_id = o.id AND m.user_id = ?2 \
WHERE i.token_hash = ?1 AND i.used_as = ?3";

/// The invitation of this token, if this person can accept it.
pub fn open(token_hash: &str, user: &str, now: u64) -> Statement {
    sql!(OPEN, token_hash, user, now)
}

/// Accepts: use, membership, event, and the organisation where this request was the one that did it.
pub fn accept(cx: &Cx, token_hash: &str, user: &str, organisation: &str, request: &str) -> Vec<Statement> {
    let now = cx.now_ms();
    let detail = Detail(&[("organisation_id", organisation)]);
    let condition = [token_hash.into(), request.into()];
    vec![
        sql!(USE, token_hash, user, now, request),
        sql!(JOIN, token_hash, user, now, request),
        event_when(cx, WHEN_JOINED, Kind::OrganisationJoined, Some(user), &detail, condition),
        sql!(JOINED, token_hash, user, request),
    ]
}
