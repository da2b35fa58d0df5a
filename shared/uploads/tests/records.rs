//! Records against the migrations: who reaches a file, and what becomes of bytes.

use shared::platform::testing::check_sql;
use uploads::{rights, room, store};

#[test]
fn every_statement_prepares() {
    check_sql(store::ALL);
    check_sql(room::ALL);
    check_sql(rights::ALL);
    assert_eq!(store::ALL.len(), include_str!("../src/store.rs").matches(": &str =").count());
}
