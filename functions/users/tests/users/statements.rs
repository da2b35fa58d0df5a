//! Every statement of this function against the migrations.

use shared::platform::testing::check_sql;
use users::{device_store, file_export, limit_store, person_store, store, talk_store, work_export};

#[test]
fn every_statement_prepares() {
    check_sql(store::ALL);
    check_sql(person_store::ALL);
    check_sql(device_store::ALL);
    check_sql(limit_store::ALL);
    check_sql(talk_store::ALL);
    check_sql(file_export::ALL);
    check_sql(work_export::ALL);
}

#[test]
fn every_statement_of_the_store_is_listed() {
    let constants = |source: &str| source.matches(": &str =").count();
    assert_eq!(store::ALL.len(), constants(include_str!("../../src/store.rs")));
    assert_eq!(device_store::ALL.len(), constants(include_str!("../../src/device_store.rs")));
    assert_eq!(limit_store::ALL.len(), constants(include_str!("../../src/limit_store.rs")));
    assert_eq!(talk_store::ALL.len(), constants(include_str!("../../src/talk_store.rs")));
    assert_eq!(work_export::ALL.len(), include_str!("../../src/work_export.rs").matches(": &str =").count());
    assert_eq!(person_store::ALL.len(), constants(include_str!("../../src/person_store.rs")));
}

#[test]
fn the_routes_are_sound() {
    assert!(users::TABLE.is_sound());
}
