//! Every statement of this function against the migrations.

use passkeys::TABLE;
use shared::platform::testing::check_sql;

#[test]
fn every_statement_prepares() {
    check_sql(passkeys::store::ALL);
}

#[test]
fn every_statement_of_the_store_is_listed() {
    let constants = include_str!("../../src/store.rs").matches(": &str =").count();
    assert_eq!(passkeys::store::ALL.len(), constants);
}

#[test]
fn every_row_of_the_table_can_be_reached() {
    assert!(TABLE.is_sound());
}
