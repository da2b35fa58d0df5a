//! Every statement of this function against the migrations.

use oidc::TABLE;
use shared::platform::testing::check_sql;

const STORES: &[(&str, &[&str])] = &[
    (include_str!("../../src/store.rs"), oidc::store::ALL),
    (include_str!("../../src/refresh_store.rs"), oidc::refresh_store::ALL),
    (include_str!("../../src/client_store.rs"), oidc::client_store::ALL),
    (include_str!("../../src/consent_store.rs"), oidc::consent_store::ALL),
    (include_str!("../../src/device_store.rs"), oidc::device_store::ALL),
    (include_str!("../../src/device_consent_store.rs"), oidc::device_consent_store::ALL),
    (include_str!("../../src/userinfo_store.rs"), oidc::userinfo_store::ALL),
];

#[test]
fn every_statement_prepares() {
    for (_, statements) in STORES {
        check_sql(statements);
    }
}

#[test]
fn every_statement_of_the_stores_is_listed() {
    for (source, statements) in STORES {
        assert_eq!(source.matches(": &str =").count(), statements.len(), "{}", source.lines().next().unwrap());
    }
}

#[test]
fn every_row_of_the_table_can_be_reached() {
    assert!(TABLE.is_sound());
}
