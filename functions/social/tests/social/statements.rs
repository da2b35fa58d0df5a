//! Every statement of this function against the migrations, and what the database itself refuses.

use shared::platform::testing::{check_sql, migrated};
use social::TABLE;

#[test]
fn every_statement_prepares() {
    check_sql(social::oauth_store::ALL);
}

#[test]
fn every_statement_of_the_store_is_listed() {
    let constants = |source: &str| source.matches(": &str =").count();
    assert_eq!(social::oauth_store::ALL.len(), constants(include_str!("../../src/oauth_store.rs")));
}

#[test]
fn every_row_of_the_table_can_be_reached() {
    assert!(TABLE.is_sound());
}

/// Whether the database refuses the last of these.
fn refused(sql: &[&str]) -> Option<String> {
    let connection = migrated();
    let (last, before) = sql.split_last().unwrap();
    before.iter().for_each(|sql| connection.execute_batch(sql).unwrap());
    connection.execute_batch(last).err().map(|error| error.to_string())
}

const PROVEN: &str = "INSERT INTO users (id, email, email_verified_at, created_at) VALUES ('usr_1', 'a@x.y', 1, 1)";
const NO_ADDRESS: &str = "INSERT INTO users (id, email, created_at) VALUES ('usr_2', 'usr_2@no-address.invalid', 1)";
const UNPROVEN: &str = "INSERT INTO users (id, email, created_at) VALUES ('usr_3', 'c@x.y', 1)";
const IDENTITY: &str =
    "INSERT INTO identities (id, user_id, provider, realm, subject, union_id, created_at, last_used_at)";

#[test]
fn an_account_whose_address_nobody_has_proven_gets_no_identity() {
    let of = |user: &str| format!("{IDENTITY} VALUES ('i1', '{user}', 'wechat', 'wx1', 'o1', NULL, 1, 1)");
    assert_eq!(refused(&[PROVEN, &of("usr_1")]), None);
    assert_eq!(refused(&[NO_ADDRESS, &of("usr_2")]), None);
    assert!(refused(&[UNPROVEN, &of("usr_3")]).unwrap().contains("identities.unproven_address"));
    let moved = "UPDATE identities SET user_id = 'usr_3'";
    let error = refused(&[PROVEN, UNPROVEN, &of("usr_1"), moved]).unwrap();
    assert!(error.contains("constraint failed: identities.unproven_address"), "{error}");
}
