//! Every statement of this function against the migrations.

use organisations::{invitation_store, member_store, role_store, store};
use shared::platform::testing::check_sql;

#[test]
fn every_statement_prepares() {
    for all in [store::ALL, member_store::ALL, role_store::ALL, invitation_store::ALL] {
        check_sql(all);
    }
}

#[test]
fn every_statement_of_the_stores_is_listed() {
    let check = |all: &[&str], source: &str| assert_eq!(all.len(), source.matches(": &str =").count());
    check(store::ALL, include_str!("../../src/store.rs"));
    check(member_store::ALL, include_str!("../../src/member_store.rs"));
    check(role_store::ALL, include_str!("../../src/role_store.rs"));
    check(invitation_store::ALL, include_str!("../../src/invitation_store.rs"));
}

#[test]
fn the_routes_are_sound() {
    assert!(organisations::TABLE.is_sound());
}
