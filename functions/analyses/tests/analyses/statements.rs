//! Every statement of the function, against all migrations.

use shared::platform::testing::check_sql;

#[test]
fn every_statement_prepares() {
    check_sql(analyses::store::ALL);
    check_sql(analyses::work::store::ALL);
    check_sql(analyses::hooks::store::ALL);
}
