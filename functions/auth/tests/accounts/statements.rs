//! Every statement of this function against the migrations.

use auth::TABLE;
use shared::platform::testing::check_sql;

#[test]
fn every_statement_prepares() {
    check_sql(auth::store::ALL);
}

#[test]
fn every_statement_of_the_store_is_listed() {
    let source = include_str!("../../src/store.rs");
    let constants = source.matches(": &str =").count();
    assert_eq!(auth::store::ALL.len(), constants);
}

#[test]
fn every_row_of_the_table_can_be_reached() {
    assert!(TABLE.is_sound());
}
