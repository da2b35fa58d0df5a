//! Every statement of this function against the migrations.

use shared::platform::testing::check_sql;
use users::store;

#[test]
fn every_statement_prepares() {
    check_sql(store::ALL);
}

#[test]
fn every_statement_of_the_store_is_listed() {
    assert_eq!(store::ALL.len(), include_str!("../../src/store.rs").matches(": &str =").count());
}

#[test]
fn the_routes_are_sound() {
    assert!(users::TABLE.is_sound());
}
