//! Linking and unlinking by somebody who is signed in.

use serde_json::{Value, json};

use crate::issuer::Flow;

/// Somebody with a session: `Bench::token` names `ses_1`.
fn somebody(flow: &Flow, columns: &str) -> String {
    flow.bench.execute(&format!(
        "INSERT INTO users (id, email, password, email_verified_at, created_at) VALUES ('usr_1', {columns}, 1); \
         INSERT INTO sessions (id, user_id, created_at, expires_at, authenticated_at) VALUES ('ses_1', 'usr_1', 1, 1999999999999, 1999999999999)"
    ));
    flow.bench.token("usr_1", &[])
}

fn list(flow: &Flow, token: &str) -> Vec<Value> {
    let out = flow.send("GET", "/v1/auth/identities", token, &Value::Null);
    let reply: Value = serde_json::from_slice(&out.body).unwrap();
    reply["data"].as_array().unwrap().clone()
}

fn unlink(flow: &Flow, token: &str, identity: &Value) -> u16 {
    let path = format!("/v1/auth/identities/{}", identity["id"].as_str().unwrap());
    flow.send("DELETE", &path, token, &Value::Null).status
}

#[test]
fn an_identity_is_linked_listed_signs_in_and_is_unlinked() {
    let flow = Flow::new(&[]);
    let token = somebody(&flow, "'a@x.y', 'phc', 1");
    assert_eq!(flow.link("own", &token, json!({"sub": "s", "email": "other@x.y"})), 200);
    assert_eq!(flow.link("own", &token, json!({"sub": "s"})), 200, "again: it is linked");
    let all = list(&flow, &token);
    assert_eq!((all.len(), &all[0]["provider"], &all[0]["label"]), (1, &json!("own"), &json!("other@x.y")));
    assert_eq!(flow.sign_in("own", json!({"sub": "s"})).1["user"]["id"], "usr_1");
    assert_eq!(unlink(&flow, &token, &all[0]), 204);
    assert_eq!(unlink(&flow, &token, &all[0]), 404);
    let kinds = "SELECT group_concat(kind, ' ') AS value FROM (SELECT kind FROM security_events ORDER BY seq)";
    assert_eq!(flow.value(kinds), "identity_linked signed_in identity_unlinked");
}

#[test]
fn an_account_whose_address_is_not_verified_links_nothing() {
    let flow = Flow::new(&[]);
    let token = somebody(&flow, "'a@x.y', 'phc', NULL");
    assert_eq!(flow.link("own", &token, json!({"sub": "s"})), 403);
    assert_eq!(flow.value("SELECT count(*) AS value FROM identities"), "0");
}

#[test]
fn an_identity_of_another_account_is_409_and_stays_there() {
    let flow = Flow::new(&[]);
    let other = flow.sign_in("own", json!({"sub": "s"})).1["user"]["id"].as_str().unwrap().to_owned();
    let token = somebody(&flow, "'a@x.y', 'phc', 1");
    assert_eq!(flow.link("own", &token, json!({"sub": "s"})), 409);
    assert_eq!(flow.value("SELECT user_id AS value FROM identities"), other);
}

#[test]
fn who_completes_a_link_must_be_who_began_it_and_a_sign_in_cannot_complete_it() {
    let flow = Flow::new(&[]);
    let token = somebody(&flow, "'a@x.y', 'phc', 1");
    flow.bench.execute(
        "INSERT INTO users (id, email, email_verified_at, created_at) VALUES ('usr_2', 'b@x.y', 1, 1); \
         UPDATE sessions SET id = 'ses_1'",
    );
    let begun = flow.begin("own", &token);
    let answer = flow.answer(&begun);
    assert_eq!(flow.send("POST", "/v1/auth/oauth/complete", "", &answer).status, 401);
    flow.bench.execute("UPDATE sessions SET user_id = 'usr_2'");
    let other = flow.bench.token("usr_2", &[]);
    assert_eq!(flow.send("POST", "/v1/auth/identities/complete", &other, &answer).status, 401);
    let sign_in = flow.begin("own", "");
    let answer = flow.answer(&sign_in);
    assert_eq!(flow.send("POST", "/v1/auth/identities/complete", &other, &answer).status, 401);
}

#[test]
fn the_last_way_in_stays() {
    let flow = Flow::new(&[]);
    let token = somebody(&flow, "'usr_1@no-address.invalid', NULL, NULL");
    assert_eq!(flow.link("own", &token, json!({"sub": "s1"})), 200);
    assert_eq!(flow.link("own", &token, json!({"sub": "s2"})), 200);
    let all = list(&flow, &token);
    assert_eq!((unlink(&flow, &token, &all[0]), unlink(&flow, &token, &all[1])), (204, 409));
    // A password without an address opens nothing.
    flow.bench.execute("UPDATE users SET password = 'phc'");
    assert_eq!(unlink(&flow, &token, &all[1]), 409);
    flow.bench.execute("UPDATE users SET email = 'a@x.y', email_verified_at = 1");
    assert_eq!(unlink(&flow, &token, &all[1]), 204);
}

#[test]
fn of_two_removals_at_once_the_later_one_is_undone_whole() {
    let flow = Flow::new(&[]);
    let token = somebody(&flow, "'usr_1@no-address.invalid', NULL, NULL");
    flow.link("own", &token, json!({"sub": "s1"}));
    let id = list(&flow, &token)[0]["id"].as_str().unwrap().to_owned();
    let db = flow.bench.platform().db();
    let outcome = crate::service::at_once(db.batch(social::oauth_store::remove("usr_1", &id)));
    assert!(outcome.err().unwrap().violates("identities."));
    assert_eq!(list(&flow, &token).len(), 1);
}

#[test]
fn another_users_identity_is_404() {
    let flow = Flow::new(&[]);
    flow.sign_in("own", json!({"sub": "s1"}));
    let token = somebody(&flow, "'a@x.y', 'phc', 1");
    let id = flow.value("SELECT id AS value FROM identities");
    assert_eq!(unlink(&flow, &token, &json!({ "id": id })), 404);
    assert_eq!(list(&flow, &token).len(), 0);
}
