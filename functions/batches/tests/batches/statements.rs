//! Every statement of this function against the migrations.

use batches::{slice_store, store};
use shared::platform::testing::check_sql;

#[test]
fn every_statement_prepares_and_is_listed() {
    for (all, source) in
        [(store::ALL, include_str!("../../src/store.rs")), (slice_store::ALL, include_str!("../../src/slice_store.rs"))]
    {
        check_sql(all);
        assert_eq!(all.len(), source.matches(": &str =").count());
    }
}

#[test]
fn the_routes_are_sound() {
    assert!(batches::TABLE.is_sound());
}
