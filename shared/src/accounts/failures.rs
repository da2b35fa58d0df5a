//! Wrong passwords of an account, counted so that a success behind many of them is noticed. Not here: slowing
//! anybody down.

use crate::cx::Cx;
use crate::db::Statement;
use crate::sql;

/// Every statement of this module, for the test that prepares them.
pub const ALL: &[&str] = &[COUNT];

/// Failures are counted in slots of so many milliseconds.
pub const SLOT_MS: u64 = 600_000;

// Of an unknown address nothing is counted; the statement is the same.
const COUNT: &str = "INSERT INTO sign_in_failures (user_id, slot, failures) SELECT id, ?2, 1 FROM users WHERE email = ?1 \
ON CONFLICT (user_id, slot) DO UPDATE SET failures = failures + 1";

fn count(email: &str, now: u64) -> Statement {
    sql!(COUNT, email, now / SLOT_MS)
}

/// Counts a wrong password for whoever has this address, after the reply: nobody waits, so time tells nothing, and
/// a count that is lost is one of many.
pub fn note(cx: &Cx, email: &str) {
    let (statement, platform, service) = (count(email, cx.now_ms()), cx.platform.background(), cx.service);
    cx.platform.wait_until(async move {
        if let Err(error) = platform.db().run(statement).await {
            let cause = format!("{error:?}");
            crate::log::event(service, "warn", "accounts::failures", "a wrong password was not counted", Some(&cause));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use crate::platform::testing::check_sql;

    #[test]
    fn every_statement_prepares() {
        check_sql(ALL);
    }
}
