//! Every statement of this crate against the migrations.

use shared::auth::{KEY_STATE, KEY_USED, SESSION_STATE, STAND_IN_STATE};
use shared::db::DbError;
use shared::idempotency::{CLAIM, KEEP, RELEASE, STORED};
use shared::platform::testing::{Bench, check_sql};
use shared::{routes, sql};

routes! { "empty": }

fn check(sql: &'static str) -> Result<(), DbError> {
    futures::executor::block_on(Bench::new(&TABLE, &[]).platform().db().run(sql!(sql)))
}

#[test]
fn every_statement_prepares() {
    check_sql(&[SESSION_STATE, STAND_IN_STATE, KEY_STATE, KEY_USED, CLAIM, KEEP, RELEASE, STORED]);
}

#[test]
fn every_statement_this_crate_has_is_listed_above() {
    let sources = [
        include_str!("../../src/auth/session.rs"),
        include_str!("../../src/auth/key.rs"),
        include_str!("../../src/idempotency.rs"),
    ];
    let count: usize = sources.iter().map(|text| text.matches("pub const ").count()).sum();
    assert_eq!(count, 11, "eight statements, the hint's prefix, an age and the trust in a key");
}

#[test]
fn a_broken_rule_is_told_from_a_failure() {
    let double = "INSERT INTO users (id, email, created_at) VALUES ('a', 'x', 0), ('b', 'x', 0)";
    let broken = check(double).unwrap_err();
    assert!(broken.violates("users.email") && !broken.violates("users.id"), "{broken:?}");
    assert!(matches!(
        check("INSERT INTO users (id, email, created_at) VALUES ('a', 'X', 0)"),
        Err(DbError::Constraint(_))
    ));
    let failed = check("SELECT * FROM nowhere").unwrap_err();
    assert!(matches!(&failed, DbError::Failed(text) if text.contains("nowhere")));
    assert!(!failed.violates("nowhere"));
}

#[test]
fn a_raised_abort_is_a_broken_rule() {
    let bench = Bench::new(&TABLE, &[]);
    bench.execute("CREATE TRIGGER sold BEFORE INSERT ON users BEGIN SELECT RAISE(ABORT, 'out of stock'); END");
    let add = sql!("INSERT INTO users (id, email, created_at) VALUES ('a', 'x', 0)");
    let broken = futures::executor::block_on(bench.platform().db().run(add)).unwrap_err();
    assert!(broken.violates("out of stock"), "{broken:?}");
}

#[test]
fn words_of_the_database_tell_a_broken_rule_from_a_failure() {
    for text in [
        "D1_ERROR: UNIQUE constraint failed: users.email: SQLITE_CONSTRAINT",
        "D1_ERROR: sold: SQLITE_CONSTRAINT_TRIGGER",
    ] {
        assert!(matches!(DbError::of(text.to_owned()), DbError::Constraint(_)), "{text}");
    }
    assert!(matches!(DbError::of("D1_ERROR: no such table: x: SQLITE_ERROR".to_owned()), DbError::Failed(_)));
}

#[test]
fn a_batch_takes_effect_as_a_whole_or_not_at_all() {
    let bench = Bench::new(&TABLE, &[]);
    let add = "INSERT INTO users (id, email, created_at) VALUES (?1, ?2, ?3)";
    let twice = vec![sql!(add, "usr_1", "a@b", 1_u64), sql!(add, String::from("usr_1"), "c@d", 1_i64)];
    let db = bench.platform().db();
    assert!(futures::executor::block_on(db.batch(twice)).is_err());
    let left: Vec<shared::db::One> = futures::executor::block_on(db.all(sql!("SELECT 1 AS one FROM users"))).unwrap();
    assert!(left.is_empty());
}

#[test]
fn parameters_are_bound_as_what_they_are() {
    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Kinds {
        a: String,
        b: String,
        c: String,
        d: String,
        e: String,
    }
    let select = "SELECT typeof(?1) AS a, typeof(?2) AS b, typeof(?3) AS c, typeof(?4) AS d, typeof(?5) AS e";
    let statement = sql!(select, "text", 1_u64, true, None::<&str>, Some(u64::MAX));
    let bench = Bench::new(&TABLE, &[]);
    let row: Option<Kinds> = futures::executor::block_on(bench.platform().db().first(statement)).unwrap();
    let [a, b, c, d, e] = ["text", "integer", "integer", "null", "integer"].map(str::to_owned);
    assert_eq!(row, Some(Kinds { a, b, c, d, e }));
}
