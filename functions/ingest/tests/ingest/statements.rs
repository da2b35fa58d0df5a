//! Every statement fits the schema.

#[test]
fn every_statement_prepares() {
    shared::platform::testing::check_sql(ingest::store::ALL);
    shared::platform::testing::check_sql(ingest::quota_store::ALL);
}

#[test]
fn the_table_is_sound() {
    assert!(ingest::TABLE.is_sound());
}
