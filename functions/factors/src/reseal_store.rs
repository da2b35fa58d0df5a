//! The SQL of sealing a secret anew, after the key was replaced.

use shared::db::Statement;
use shared::sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[RESEAL];

const RESEAL: &str = "UPDATE totp_factors SET secret = ?3 WHERE user_id = ?1 AND secret = ?2";

/// Puts the same secret, sealed anew, in the place of what was read.
pub fn reseal(user_id: &str, read: &str, sealed: &str) -> Statement {
    sql!(RESEAL, user_id, read, sealed)
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use shared::platform::testing::check_sql;

    #[test]
    fn every_statement_prepares() {
        check_sql(ALL);
    }
}
