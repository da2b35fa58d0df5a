//! Every statement of this function against the migrations, and what the database itself refuses.

use shared::platform::testing::{check_sql, migrated};
use wechat::TABLE;

#[test]
fn every_statement_prepares() {
    check_sql(wechat::store::ALL);
}

#[test]
fn every_statement_of_the_store_is_listed() {
    let constants = |source: &str| source.matches(": &str =").count();
    assert_eq!(wechat::store::ALL.len(), constants(include_str!("../../src/store.rs")));
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
const IDENTITY: &str =
    "INSERT INTO identities (id, user_id, provider, realm, subject, union_id, created_at, last_used_at)";

#[test]
fn one_unionid_is_one_user() {
    let of = |n: u8, user: &str, union_id: &str| {
        format!("{IDENTITY} VALUES ('i{n}', '{user}', 'wechat', 'wx{n}', 'o{n}', {union_id}, 1, 1)")
    };
    let (one, same, other) = (of(1, "usr_1", "'U'"), of(2, "usr_1", "'U'"), of(2, "usr_2", "'U'"));
    assert_eq!(refused(&[PROVEN, &one, &same]), None);
    assert!(refused(&[PROVEN, NO_ADDRESS, &one, &other]).unwrap().contains("identities.union_id"));
    let later = "UPDATE identities SET union_id = 'U' WHERE id = 'i2'";
    assert!(refused(&[PROVEN, NO_ADDRESS, &one, &of(2, "usr_2", "NULL"), later]).is_some());
}
