//! The statements, and the rows over a scripted service.

use shared::platform::testing::check_sql;

#[test]
fn every_statement_is_understood_by_the_database() {
    check_sql(pictures::store::ALL);
    check_sql(pictures::avatar_store::ALL);
}
