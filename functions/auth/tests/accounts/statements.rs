//! Every statement of this function against the migrations.

use auth::TABLE;
use shared::platform::testing::check_sql;

#[test]
fn every_statement_prepares() {
    check_sql(auth::store::ALL);
    check_sql(auth::link_store::ALL);
}

#[test]
fn every_statement_of_the_store_is_listed() {
    let source = include_str!("../../src/store.rs");
    let constants = source.matches(": &str =").count();
    assert_eq!(auth::store::ALL.len(), constants);
    let source = include_str!("../../src/link_store.rs");
    assert_eq!(auth::link_store::ALL.len(), source.matches(": &str =").count());
}

#[test]
fn every_row_of_the_table_can_be_reached() {
    assert!(TABLE.is_sound());
}
