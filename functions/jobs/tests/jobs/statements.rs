//! Every statement of this function against the migrations.

use jobs::batch::{slice_store, store};
use shared::platform::testing::check_sql;

#[test]
fn every_statement_prepares_and_is_listed() {
    for (all, source) in [
        (store::ALL, include_str!("../../src/batch/store.rs")),
        (slice_store::ALL, include_str!("../../src/batch/slice_store.rs")),
    ] {
        check_sql(all);
        assert_eq!(all.len(), source.matches(": &str =").count());
    }
}

#[test]
fn the_routes_are_sound() {
    assert!(jobs::TABLE.is_sound());
}
