//! What an account loses when the owner of its mailbox proves the address for the first time by a link
//! alone: everything by which somebody else could come back. Until then nobody knew whose account it was;
//! who registered a stranger's address keeps no way in.

use crate::db::Statement;
use crate::sql;

/// Tables that refer to `users` and hold a way in, or a part of one: each has its statement in `ALL`.
pub const WAYS_IN: &[&str] = &[
    "sessions",
    "links",
    "pending_sign_ins",
    "totp_factors",
    "recovery_codes",
    "passkeys",
    "passkey_challenges",
    "api_keys",
    "identities",
    "oauth_states",
    "phones",
    "oauth_consents",
    "oauth_grants",
    // Whoever set it up would be told what the owner's pictures show.
    "webhook_settings",
];

/// Tables that refer to `users` and hold no way in; `users` itself says which account another became. Nobody enters
/// an account through an organisation, and while its address is unproven it invites nobody and is invited nowhere.
pub const HARMLESS: &[&str] = &[
    "avatars",
    // A job that is under way goes on, within the account's budget; what comes of it is the account's.
    "analyses",
    "batches",
    "captures",
    "conversation_settings",
    "conversations",
    "evaluations",
    "feedback",
    "file_links",
    "file_shares",
    "files",
    "invitations",
    "letters",
    "members",
    "organisations",
    "prompt_labels",
    "prompt_versions",
    "prompts",
    "sign_in_failures",
    "tuning_jobs",
    "uploads",
    "users",
    // What is on its way goes nowhere without the settings.
    "webhook_deliveries",
];

/// Every statement of this module, for the test that prepares them. `?1` is the user, `?2` now.
pub const ALL: &[&str] = &[
    SESSIONS, LINKS, PENDING, TOTP, RECOVERY, PASSKEYS, CHALLENGES, KEYS, IDENTITIES, STATES, PHONES, CONSENTS, GRANTS,
    WEBHOOKS, ACCOUNT,
];

const SESSIONS: &str = "UPDATE sessions SET ended_at = ?2 WHERE ended_at IS NULL AND user_id = \
(SELECT id FROM users WHERE id = ?1 AND email_verified_at IS NULL)";
const LINKS: &str = "UPDATE links SET used_at = ?2 WHERE used_at IS NULL AND user_id = \
(SELECT id FROM users WHERE id = ?1 AND email_verified_at IS NULL)";
const KEYS: &str = "UPDATE api_keys SET revoked_at = ?2 WHERE revoked_at IS NULL AND user_id = \
(SELECT id FROM users WHERE id = ?1 AND email_verified_at IS NULL)";
const PENDING: &str = "DELETE FROM pending_sign_ins WHERE user_id = \
(SELECT id FROM users WHERE id = ?1 AND email_verified_at IS NULL)";
const TOTP: &str = "DELETE FROM totp_factors WHERE user_id = \
(SELECT id FROM users WHERE id = ?1 AND email_verified_at IS NULL)";
const RECOVERY: &str = "DELETE FROM recovery_codes WHERE user_id = \
(SELECT id FROM users WHERE id = ?1 AND email_verified_at IS NULL)";
const PASSKEYS: &str = "DELETE FROM passkeys WHERE user_id = \
(SELECT id FROM users WHERE id = ?1 AND email_verified_at IS NULL)";
const CHALLENGES: &str = "DELETE FROM passkey_challenges WHERE user_id = \
(SELECT id FROM users WHERE id = ?1 AND email_verified_at IS NULL)";
const IDENTITIES: &str = "DELETE FROM identities WHERE user_id = \
(SELECT id FROM users WHERE id = ?1 AND email_verified_at IS NULL)";
const STATES: &str = "DELETE FROM oauth_states WHERE user_id = \
(SELECT id FROM users WHERE id = ?1 AND email_verified_at IS NULL)";
const PHONES: &str = "DELETE FROM phones WHERE user_id = \
(SELECT id FROM users WHERE id = ?1 AND email_verified_at IS NULL)";
// An app that somebody else allowed here would be let in again without a question.
const CONSENTS: &str = "DELETE FROM oauth_consents WHERE user_id = \
(SELECT id FROM users WHERE id = ?1 AND email_verified_at IS NULL)";
const GRANTS: &str = "UPDATE oauth_grants SET ended_at = ?2 WHERE ended_at IS NULL AND user_id = \
(SELECT id FROM users WHERE id = ?1 AND email_verified_at IS NULL)";
const WEBHOOKS: &str = "DELETE FROM webhook_settings WHERE user_id = \
(SELECT id FROM users WHERE id = ?1 AND email_verified_at IS NULL)";
// The password, what the sign-in asks for, and what older tokens open.
const ACCOUNT: &str = "UPDATE users SET password = NULL, factors = '[]', epoch = epoch + 1 \
WHERE id = ?1 AND email_verified_at IS NULL";

/// Takes every way in from an account whose address was never proven; does nothing to another. Stands
/// before what marks the address as proven.
pub fn forget(user_id: &str, now: u64) -> Vec<Statement> {
    let takes_time = |sql: &str| sql.contains("?2");
    ALL.iter().map(|sql| if takes_time(sql) { sql!(sql, user_id, now) } else { sql!(sql, user_id) }).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::platform::testing::{check_sql, migrated};

    #[test]
    fn every_statement_prepares() {
        check_sql(ALL);
    }

    #[test]
    fn every_table_of_a_user_is_decided_upon() {
        let connection = migrated();
        let sql = "SELECT DISTINCT m.name FROM sqlite_master m, pragma_foreign_key_list(m.name) f \
WHERE m.type = 'table' AND f.\"table\" = 'users'";
        let mut tables = connection.prepare(sql).unwrap();
        let found: BTreeSet<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let decided = WAYS_IN.iter().chain(HARMLESS).map(|name| (*name).to_owned()).collect();
        assert_eq!(found, decided, "a new table of a user is a way in, or harmless: say which");
        for table in WAYS_IN {
            let ended = [format!("UPDATE {table} "), format!("DELETE FROM {table} ")];
            assert!(ALL.iter().any(|sql| ended.iter().any(|start| sql.starts_with(start))), "{table}");
        }
    }
}
