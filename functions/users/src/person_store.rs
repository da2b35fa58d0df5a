//! All SQL of people. An event is written before what it tells of, under the same condition, so that what changed
//! nothing is not noted.

use shared::accounts::events::{Detail, Kind, event_when};
use shared::cx::Cx;
use shared::db::Statement;
use shared::{event_sql, sql};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[
    PERSON,
    PEOPLE,
    FOUND,
    CHANGE_PROFILE,
    SUSPEND,
    WHEN_ACTIVE,
    RESTORE,
    WHEN_SUSPENDED,
    SET_ROLES,
    WHEN_ROLES_DIFFER,
    EVENTS_OF,
    PAST_SESSIONS,
    PAST_CALLS,
    PASSKEYS,
    MEMBERSHIPS,
    IDENTITIES,
    APPS,
    LIVING_SESSIONS,
    WHEN_THERE,
    FORGET_LINKS,
    FORGET_REPLIES,
    FORGET_PLACES,
    FORGET_EMPTY,
    DELETE_PERSON,
];

/// Rows of each list of an export; one more is read, to see whether there are more.
pub const MOST_EXPORTED: usize = 5000;

/// The columns of a person.
macro_rules! person_sql {
    ($rest:literal) => {
        concat!(
            "SELECT id, email, email_verified_at, name, locale, avatar_ref, roles, factors, status, created_at, \
(SELECT number FROM phones WHERE user_id = users.id) AS phone FROM users ",
            $rest
        )
    };
}

const PERSON: &str = person_sql!("WHERE id = ?1");
const PEOPLE: &str = person_sql!("WHERE (?1 IS NULL OR id < ?1) ORDER BY id DESC LIMIT ?2");
// By the beginning of the address or the name, or by the id: each has an index. U+10FFFF is behind every letter.
const FOUND: &str = person_sql!(
    "WHERE id IN (SELECT id FROM users WHERE email >= ?1 AND email < ?1 || char(1114111) \
UNION SELECT id FROM users WHERE name COLLATE NOCASE >= ?1 AND name COLLATE NOCASE < ?1 || char(1114111) \
UNION SELECT id FROM users WHERE id = ?2) AND (?3 IS NULL OR id < ?3) ORDER BY id DESC LIMIT ?4"
);
const CHANGE_PROFILE: &str = "UPDATE users SET name = coalesce(?2, name), locale = coalesce(?3, locale), \
avatar_ref = CASE WHEN ?4 THEN ?5 ELSE avatar_ref END WHERE id = ?1";

/// One person.
pub fn person(id: &str) -> Statement {
    sql!(PERSON, id)
}

/// People, newest first; with a `query` those whose address or name begins with it, in any case, or whose id it is.
pub fn people(query: Option<&str>, before: Option<&str>, limit: u64) -> Statement {
    match query {
        Some(query) => sql!(FOUND, query.to_lowercase(), query, before, limit),
        None => sql!(PEOPLE, before, limit),
    }
}

/// Changes what is given; the outer `Option` of the picture says whether it is.
pub fn change_profile(
    id: &str,
    name: Option<&str>,
    locale: Option<&str>,
    avatar_ref: Option<Option<&str>>,
) -> Statement {
    sql!(CHANGE_PROFILE, id, name, locale, avatar_ref.is_some(), avatar_ref.flatten())
}

const SUSPEND: &str = "UPDATE users SET status = 'suspended', epoch = epoch + 1 WHERE id = ?1 AND status = 'active'";
const WHEN_ACTIVE: &str = event_sql!("?4", "WHERE EXISTS (SELECT 1 FROM users WHERE id = ?4 AND status = 'active')");
const RESTORE: &str = "UPDATE users SET status = 'active' WHERE id = ?1 AND status = 'suspended'";
const WHEN_SUSPENDED: &str =
    event_sql!("?4", "WHERE EXISTS (SELECT 1 FROM users WHERE id = ?4 AND status = 'suspended')");
const SET_ROLES: &str = "UPDATE users SET roles = ?2, epoch = epoch + 1 WHERE id = ?1 AND roles <> ?2";
const WHEN_ROLES_DIFFER: &str = event_sql!("?4", "WHERE EXISTS (SELECT 1 FROM users WHERE id = ?4 AND roles <> ?9)");

/// Suspends an account, notes who did, and reads what came of it. Its epoch grows, so that tokens from
/// before are refused even after it is restored.
pub fn suspend(cx: &Cx, id: &str) -> Vec<Statement> {
    let noted = event_when(cx, WHEN_ACTIVE, Kind::Suspended, Some(id), &Detail(&[]), []);
    vec![noted, sql!(SUSPEND, id), person(id)]
}

/// Takes a suspension back, notes who did, and reads what came of it.
pub fn restore(cx: &Cx, id: &str) -> Vec<Statement> {
    let noted = event_when(cx, WHEN_SUSPENDED, Kind::Restored, Some(id), &Detail(&[]), []);
    vec![noted, sql!(RESTORE, id), person(id)]
}

/// Gives a person these roles, a JSON array, notes who did, and reads what came of it. The epoch grows: rows
/// that ask refuse tokens which say what was true before.
pub fn set_roles(cx: &Cx, id: &str, roles: &str) -> Vec<Statement> {
    let detail = Detail(&[("roles", roles)]);
    let noted = event_when(cx, WHEN_ROLES_DIFFER, Kind::RolesChanged, Some(id), &detail, [roles.into()]);
    vec![noted, sql!(SET_ROLES, id, roles), person(id)]
}

const EVENTS_OF: &str = "SELECT id, kind, at, actor_id, network, user_agent, detail FROM security_events \
WHERE user_id = ?1 AND (?2 IS NULL OR id < ?2) ORDER BY id DESC LIMIT ?3";
const PAST_SESSIONS: &str = "SELECT id, actor_id, created_at, ended_at, network, user_agent, country FROM sessions \
WHERE user_id = ?1 ORDER BY id DESC LIMIT ?2";
const PAST_CALLS: &str = "SELECT call_id AS id, key_id, model, provider, status, prompt_tokens, completion_tokens, \
cost_nano_usd, started_at, (SELECT max(c.expires_at) FROM captures c WHERE c.call_id = ledger.call_id) AS captured_until \
FROM ledger WHERE user_id = ?1 ORDER BY started_at DESC LIMIT ?2";

/// The events of an account, newest first.
pub fn events_of(user: &str, before: Option<&str>, limit: u64) -> Statement {
    sql!(EVENTS_OF, user, before, limit)
}

/// The sessions of an account, newest first, ended ones too.
pub fn past_sessions(user: &str) -> Statement {
    sql!(PAST_SESSIONS, user, most())
}

/// The AI calls of a person, newest first.
pub fn past_calls(user: &str) -> Statement {
    sql!(PAST_CALLS, user, most())
}

const PASSKEYS: &str =
    "SELECT id, name, created_at, last_used_at FROM passkeys WHERE user_id = ?1 ORDER BY id DESC LIMIT ?2";

/// The passkeys of a person, newest first.
pub fn passkeys(user: &str) -> Statement {
    sql!(PASSKEYS, user, most())
}

const MEMBERSHIPS: &str = "SELECT m.organisation_id, o.name, m.role, m.joined_at FROM members m \
JOIN organisations o ON o.id = m.organisation_id WHERE m.user_id = ?1 ORDER BY m.organisation_id DESC LIMIT ?2";

/// The organisations a person is a member of, newest first.
pub fn memberships(user: &str) -> Statement {
    sql!(MEMBERSHIPS, user, most())
}

const IDENTITIES: &str = "SELECT id, provider, subject, label, created_at, last_used_at FROM identities \
WHERE user_id = ?1 ORDER BY id DESC LIMIT ?2";

/// What a person is called elsewhere, newest first.
pub fn identities(user: &str) -> Statement {
    sql!(IDENTITIES, user, most())
}

const APPS: &str = "SELECT a.client_id, c.name, a.scopes, a.created_at FROM oauth_consents a \
JOIN oauth_clients c ON c.id = a.client_id WHERE a.user_id = ?1 ORDER BY a.id DESC LIMIT ?2";

/// Apps that a person has let in, newest first.
pub fn apps(user: &str) -> Statement {
    sql!(APPS, user, most())
}

/// How many rows an export reads of a list.
pub fn most() -> u64 {
    u64::try_from(MOST_EXPORTED).unwrap_or(u64::MAX).saturating_add(1)
}

const LIVING_SESSIONS: &str = "SELECT id FROM sessions WHERE user_id = ?1 AND ended_at IS NULL LIMIT 100";
const WHEN_THERE: &str = event_sql!("?4", "WHERE EXISTS (SELECT 1 FROM users WHERE id = ?4)");
const FORGET_LINKS: &str = "DELETE FROM one_time_tokens WHERE email = (SELECT email FROM users WHERE id = ?1)";
// Scopes of keys begin with the caller's id and a space; `!` is the letter behind it.
const FORGET_REPLIES: &str = "DELETE FROM idempotency_keys WHERE scope >= ?1 || ' ' AND scope < ?1 || '!'";
// The chain of events keeps a commitment to what is forgotten here, which nobody can read without the salt.
const FORGET_PLACES: &str = "UPDATE security_events SET network = '', user_agent = '', detail = '{}', salt = NULL, \
forgotten_at = ?2 WHERE forgotten_at IS NULL AND (user_id = ?1 OR actor_id = ?1)";
// Organisations that nobody else is in go, too; where others are, but no other owner, `members.last_owner` refuses.
const FORGET_EMPTY: &str = "DELETE FROM organisations WHERE id IN (SELECT m.organisation_id FROM members m \
WHERE m.user_id = ?1 AND NOT EXISTS (SELECT 1 FROM members o WHERE o.organisation_id = m.organisation_id AND o.user_id <> ?1))";
const DELETE_PERSON: &str = "DELETE FROM users WHERE id = ?1";

/// Deletes a person, in one transaction, with what refers to them: sessions, tokens, keys, factors, and the
/// organisations that nobody else is in. The last owner of one with others violates `members.last_owner`. The first
/// statement reads the sessions KV is told of. The ledger and the events keep the id, which names nobody then; the
/// events lose from where, with what and the particulars.
pub fn delete(cx: &Cx, id: &str) -> Vec<Statement> {
    vec![
        sql!(LIVING_SESSIONS, id),
        event_when(cx, WHEN_THERE, Kind::Deleted, Some(id), &Detail(&[]), []),
        sql!(FORGET_LINKS, id),
        sql!(FORGET_REPLIES, id),
        sql!(FORGET_PLACES, id, cx.now_ms()),
        sql!(FORGET_EMPTY, id),
        sql!(DELETE_PERSON, id),
    ]
}
