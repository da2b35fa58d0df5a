//! Rows that ask for the session behind a token.

use shared::head::HeaderName;
use shared::platform::testing::Bench;

use crate::probe::{add_user, call, probe};

/// The status of a `session` row after this SQL.
fn check(sql: &str) -> u16 {
    let bench = probe(&[]);
    add_user(&bench);
    bench.execute(sql);
    call(&bench, "GET", "/v1/notes/1", &[], "").status
}

/// The status of a `user` row.
fn as_user(bench: &Bench) -> u16 {
    call(bench, "GET", "/v1/notes?from=1&to=2", &[], "").status
}

fn as_admin(bench: &Bench, roles: &[&str]) -> u16 {
    let bearer = format!("Bearer {}", bench.token("usr_1", roles));
    bench.request("GET", "/v1/all", &[(HeaderName::Authorization, &bearer)], "").status
}

#[test]
fn a_living_session_opens_the_row() {
    assert_eq!(check(""), 200);
}

#[test]
fn an_ended_an_expired_and_a_missing_session_are_401() {
    assert_eq!(check("UPDATE sessions SET ended_at = 1"), 401);
    assert_eq!(check("UPDATE sessions SET expires_at = 1795170600000"), 401);
    assert_eq!(check("DELETE FROM sessions"), 401);
}

#[test]
fn a_session_of_somebody_else_is_401() {
    let other = "INSERT INTO users (id, email, created_at) VALUES ('usr_2', 'b@example.com', 0);
                 UPDATE sessions SET user_id = 'usr_2'";
    assert_eq!(check(other), 401);
}

#[test]
fn a_suspended_user_is_403() {
    assert_eq!(check("UPDATE users SET status = 'suspended'"), 403);
}

#[test]
fn a_token_from_before_rights_were_taken_away_is_401() {
    assert_eq!(check("UPDATE users SET epoch = 1"), 401);
}

#[test]
fn an_unreachable_database_is_503_and_opens_nothing() {
    let bench = probe(&[]);
    bench.execute("DROP TABLE refresh_tokens; DROP TABLE sessions");
    let out = call(&bench, "GET", "/v1/notes/1", &[], "");
    assert_eq!((out.status, out.header("Retry-After")), (503, Some("1")));
    assert!(!String::from_utf8_lossy(&out.body).contains("no such table"));
    assert!(out.line.contains("no such table"));
}

#[test]
fn an_admin_row_wants_the_role_and_a_living_session() {
    let bench = probe(&[]);
    add_user(&bench);
    assert_eq!(as_admin(&bench, &["admin"]), 200);
    assert_eq!(as_admin(&bench, &["support", "administrator"]), 403);
    assert_eq!(as_admin(&bench, &[]), 403);
    bench.execute("UPDATE sessions SET ended_at = 1");
    assert_eq!(as_admin(&bench, &["admin"]), 401);
    assert_eq!(as_admin(&bench, &[]), 401, "an ended session learns nothing of roles");
}

#[test]
fn a_user_row_trusts_the_token_by_default() {
    let bench = probe(&[]);
    assert_eq!(as_user(&bench), 200, "there is no session at all");
}

#[test]
fn a_user_row_asks_d1_where_every_row_does() {
    let bench = probe(&[("SESSION_CHECK", "every")]);
    assert_eq!(as_user(&bench), 401);
    add_user(&bench);
    let out = call(&bench, "GET", "/v1/notes?from=1&to=2", &[], "");
    assert_eq!((out.status, out.header("Server-Timing")), (200, Some("app;dur=0, io;desc=\"d1=1\"")));
    bench.execute("UPDATE sessions SET ended_at = 1");
    assert_eq!(as_user(&bench), 401);
}

#[test]
fn a_user_row_heeds_a_hint_where_hints_are_read() {
    let bench = probe(&[("SESSION_CHECK", "hint")]);
    assert_eq!(as_user(&bench), 200, "no hint says nothing");
    futures::executor::block_on(bench.platform().kv().put("ended:ses_1", "1", 60)).unwrap();
    let out = call(&bench, "GET", "/v1/notes?from=1&to=2", &[], "");
    assert_eq!((out.status, out.header("Server-Timing")), (401, Some("app;dur=0, io;desc=\"kv=1\"")));
}

#[test]
fn a_session_row_asks_d1_even_where_hints_are_read() {
    let bench = probe(&[("SESSION_CHECK", "hint")]);
    add_user(&bench);
    let out = call(&bench, "GET", "/v1/notes/1", &[], "");
    assert_eq!((out.status, out.header("Server-Timing")), (200, Some("app;dur=0, io;desc=\"d1=1\"")));
}

#[test]
fn a_public_row_asks_nothing_of_a_caller_with_a_token() {
    let out = call(&probe(&[("SESSION_CHECK", "every")]), "GET", "/v1/page", &[], "");
    assert_eq!((out.status, out.header("Server-Timing")), (200, Some("app;dur=0")));
}
