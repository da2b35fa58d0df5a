//! All SQL of this function: functions that return a `Statement`, composed into one batch by the handlers. Not here:
//! adding an account or an identity (`shared::accounts::identities_store`).

use shared::db::Statement;
use shared::sql;

/// Every statement of this function, for the test that prepares them.
pub const ALL: &[&str] = &[
    FIND_WECHAT,
    USER_OF_WECHAT,
    NOTE_UNION,
    CLOSE_ABSORBED,
    REDIRECT_EARLIER,
    MOVE_IDENTITIES,
    END_SESSIONS,
    MOVE_LEDGER,
    MOVE_PHONE,
    MOVE_MEMBERSHIPS,
    SET_PHONE,
];

const FIND_WECHAT: &str = "SELECT i.id AS identity_id, i.user_id AS user_id, \
(i.realm = ?1 AND i.subject = ?2) AS own, i.union_id AS union_id, u.created_at AS created_at, u.status AS status, \
(u.password IS NOT NULL OR u.email NOT LIKE '%@no-address.invalid' OR u.roles <> '[]' OR u.factors <> '[]' OR EXISTS \
(SELECT 1 FROM identities o WHERE o.user_id = u.id AND o.provider <> 'wechat')) AS firm \
FROM identities i JOIN users u ON u.id = i.user_id \
WHERE i.provider = 'wechat' AND ((i.realm = ?1 AND i.subject = ?2) OR i.union_id = ?3)";
const USER_OF_WECHAT: &str = "SELECT u.id, u.email, u.name, NULL AS password, u.roles, u.status, u.epoch, \
u.factors, u.email_verified_at, u.created_at FROM users u JOIN identities i ON i.user_id = u.id \
WHERE i.provider = 'wechat' AND i.realm = ?1 AND i.subject = ?2";

/// The identities with this app's openid or this unionid, and the account of the former.
pub fn find_wechat(app_id: &str, openid: &str, union_id: Option<&str>) -> Vec<Statement> {
    vec![sql!(FIND_WECHAT, app_id, openid, union_id), sql!(USER_OF_WECHAT, app_id, openid)]
}

const NOTE_UNION: &str = "UPDATE identities SET union_id = ?2 WHERE id = ?1";

/// Notes the unionid; one of another account violates `identities.union_id`.
pub fn note_union(identity: &str, union_id: &str) -> Statement {
    sql!(NOTE_UNION, identity, union_id)
}

// What has nothing but WeChat may be closed; it is asked again here, because it may have changed since it was read.
const CLOSE_ABSORBED: &str = "UPDATE users SET status = 'suspended', merged_into = ?2, epoch = epoch + 1 \
WHERE id = ?1 AND status = 'active' AND merged_into IS NULL AND password IS NULL AND roles = '[]' \
AND factors = '[]' AND email LIKE '%@no-address.invalid' \
AND NOT EXISTS (SELECT 1 FROM identities o WHERE o.user_id = ?1 AND o.provider <> 'wechat') \
AND EXISTS (SELECT 1 FROM users k WHERE k.id = ?2 AND k.status = 'active' AND k.merged_into IS NULL)";
const REDIRECT_EARLIER: &str = "UPDATE users SET merged_into = ?2 WHERE merged_into = ?1 \
AND (SELECT merged_into FROM users WHERE id = ?1) = ?2";
const MOVE_IDENTITIES: &str = "UPDATE identities SET user_id = ?2 WHERE user_id = ?1 \
AND (SELECT merged_into FROM users WHERE id = ?1) = ?2";
const END_SESSIONS: &str = "UPDATE sessions SET ended_at = ?3 WHERE user_id = ?1 AND ended_at IS NULL \
AND (SELECT merged_into FROM users WHERE id = ?1) = ?2";
const MOVE_LEDGER: &str = "UPDATE ledger SET user_id = ?2, org_id = CASE org_id WHEN ?1 THEN ?2 ELSE org_id END \
WHERE user_id = ?1 AND (SELECT merged_into FROM users WHERE id = ?1) = ?2";
const MOVE_PHONE: &str = "UPDATE OR IGNORE phones SET user_id = ?2 WHERE user_id = ?1 \
AND (SELECT merged_into FROM users WHERE id = ?1) = ?2";

// Where both are members, the kept account stays what it is.
const MOVE_MEMBERSHIPS: &str = "UPDATE OR IGNORE members SET user_id = ?2 WHERE user_id = ?1 \
AND (SELECT merged_into FROM users WHERE id = ?1) = ?2";

/// Closes an account and lets what was its person's lead to another one: identities, calls in the ledger, the
/// telephone number, memberships. Its sessions end. What else it has, such as its security events, stays with it.
pub fn merge(absorbed: &str, kept: &str, now: u64) -> Vec<Statement> {
    vec![
        sql!(CLOSE_ABSORBED, absorbed, kept),
        sql!(REDIRECT_EARLIER, absorbed, kept),
        sql!(MOVE_IDENTITIES, absorbed, kept),
        sql!(END_SESSIONS, absorbed, kept, now),
        sql!(MOVE_LEDGER, absorbed, kept),
        sql!(MOVE_PHONE, absorbed, kept),
        sql!(MOVE_MEMBERSHIPS, absorbed, kept),
    ]
}

const SET_PHONE: &str = "INSERT INTO phones (user_id, number, source, verified_at) VALUES (?1, ?2, ?3, ?4) \
ON CONFLICT (user_id) DO UPDATE SET number = excluded.number, source = excluded.source, \
verified_at = excluded.verified_at";

/// Sets the account's telephone number, which `source` has verified.
pub fn set_phone(user: &str, number: &str, source: &str, now: u64) -> Statement {
    sql!(SET_PHONE, user, number, source, now)
}
