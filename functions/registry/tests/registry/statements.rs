//! Every statement of this function against the migrations.

use registry::{key_store, store};
use shared::platform::testing::check_sql;

#[test]
fn every_statement_prepares() {
    check_sql(store::ALL);
    check_sql(key_store::ALL);
}

#[test]
fn every_statement_of_the_stores_is_listed() {
    let constants = |source: &str| source.matches(": &str =").count();
    assert_eq!(store::ALL.len(), constants(include_str!("../../src/store.rs")));
    assert_eq!(key_store::ALL.len(), constants(include_str!("../../src/key_store.rs")));
}

#[test]
fn the_routes_are_sound() {
    assert!(registry::TABLE.is_sound());
}
