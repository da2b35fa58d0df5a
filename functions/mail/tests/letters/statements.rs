//! Every statement of this function against the migrations.

use shared::platform::testing::check_sql;

#[test]
fn every_statement_prepares() {
    check_sql(mail::store::ALL);
}

#[test]
fn every_statement_of_the_store_is_listed() {
    assert_eq!(mail::store::ALL.len(), include_str!("../../src/store.rs").matches(": &str =").count());
}

#[test]
fn every_row_of_the_table_can_be_reached() {
    assert!(mail::TABLE.is_sound());
}
