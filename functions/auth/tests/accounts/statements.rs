//! Every statement of this function against the migrations.

use auth::TABLE;
use shared::platform::testing::check_sql;

#[test]
fn every_statement_prepares() {
    check_sql(auth::store::ALL);
    check_sql(auth::end_store::ALL);
    check_sql(auth::guesses::ALL);
    check_sql(links::store::ALL);
    check_sql(links::new_password_store::ALL);
}

#[test]
fn every_statement_of_the_store_is_listed() {
    let constants = |source: &str| source.matches(": &str =").count();
    assert_eq!(auth::store::ALL.len(), constants(include_str!("../../src/store.rs")));
    assert_eq!(auth::end_store::ALL.len(), constants(include_str!("../../src/end_store.rs")));
    assert_eq!(auth::guesses::ALL.len(), constants(include_str!("../../src/guesses.rs")));
    assert_eq!(links::store::ALL.len(), constants(include_str!("../../../links/src/store.rs")));
    let source = include_str!("../../../links/src/new_password_store.rs");
    assert_eq!(links::new_password_store::ALL.len(), constants(source));
}

#[test]
fn every_row_of_the_table_can_be_reached() {
    assert!(TABLE.is_sound());
}
