//! Using links: each once, for its purpose, in its time, and what it changes.

use serde_json::{Value, json};
use shared::accounts::links::Purpose;

use crate::service::{EMAIL, PASSWORD, Service, Tokens};

const NEW: &str = "bob@example.com";
const ANOTHER: &str = "another password";

fn required() -> Service {
    let service = Service::with(&[("EMAIL_VERIFICATION", "required")]);
    assert_eq!(service.post("/v1/auth/register", &json!({"email": EMAIL, "password": PASSWORD})).0, 202);
    service
}

fn ask(service: &Service, purpose: Purpose) -> String {
    let path = match purpose {
        Purpose::Verify => "/v1/auth/email/verification",
        Purpose::Reset => "/v1/auth/password/forgot",
        Purpose::Magic => "/v1/auth/magic",
        Purpose::Change | Purpose::Invite => unreachable!("these have a caller"),
    };
    assert_eq!(service.post(path, &json!({ "email": EMAIL })).0, 202);
    service.mailed(purpose, EMAIL).unwrap()
}

/// Uses a token for a purpose, with the password that it wants.
fn consume(service: &Service, purpose: Purpose, token: &str) -> (u16, Value) {
    let (path, body) = match purpose {
        Purpose::Verify => ("/v1/auth/email/verify", json!({"token": token, "password": PASSWORD})),
        Purpose::Reset => ("/v1/auth/password/reset", json!({"token": token, "password": ANOTHER})),
        Purpose::Magic => ("/v1/auth/magic/consume", json!({ "token": token })),
        Purpose::Change => ("/v1/auth/email/change/confirm", json!({"token": token, "password": PASSWORD})),
        Purpose::Invite => ("/v1/invitations/accept", json!({ "token": token })),
    };
    service.post(path, &body)
}

fn login(service: &Service, email: &str, password: &str) -> u16 {
    service.post("/v1/auth/login", &json!({"email": email, "password": password})).0
}

fn refused((status, reply): (u16, Value)) {
    assert_eq!((status, reply["code"].as_str()), (401, Some("link_refused")), "{reply}");
}

const SENT: [Purpose; 3] = [Purpose::Verify, Purpose::Reset, Purpose::Magic];

#[test]
fn a_link_works_once() {
    for purpose in SENT {
        let service = required();
        let token = ask(&service, purpose);
        assert_eq!(consume(&service, purpose, &token).0, 200);
        refused(consume(&service, purpose, &token));
    }
}

#[test]
fn a_link_works_for_its_purpose_alone() {
    for purpose in SENT {
        let service = required();
        let token = ask(&service, purpose);
        for other in Purpose::ALL.into_iter().filter(|other| *other != purpose) {
            refused(consume(&service, other, &token));
        }
        assert_eq!(consume(&service, purpose, &token).0, 200);
    }
}

#[test]
fn a_link_works_until_it_expires() {
    for purpose in SENT {
        let life = purpose.minutes() * 60_000;
        let service = required();
        let token = ask(&service, purpose);
        service.bench.pass(life - 1);
        assert_eq!(consume(&service, purpose, &token).0, 200, "{purpose:?}");
        let service = required();
        let token = ask(&service, purpose);
        service.bench.pass(life);
        refused(consume(&service, purpose, &token));
    }
}

#[test]
fn a_newer_link_of_a_purpose_ends_the_older() {
    for purpose in SENT {
        let service = required();
        let (older, newer) = (ask(&service, purpose), ask(&service, purpose));
        refused(consume(&service, purpose, &older));
        assert_eq!(consume(&service, purpose, &newer).0, 200);
    }
}

#[test]
fn what_was_never_a_link_is_refused_before_anything_is_hashed() {
    let service = required();
    service.asked();
    for purpose in Purpose::ALL {
        for token in ["", "x", "lt_", &"lt_x".repeat(1000)] {
            refused(consume(&service, purpose, token));
        }
    }
    assert_eq!(service.asked(), [""; 0]);
}

#[test]
fn a_link_of_a_suspended_account_opens_nothing() {
    for purpose in SENT {
        let service = required();
        let token = ask(&service, purpose);
        service.bench.execute("UPDATE users SET status = 'suspended'");
        refused(consume(&service, purpose, &token));
        assert_eq!(service.value("SELECT count(*) AS value FROM sessions").as_deref(), Some("0"));
    }
}

#[test]
fn who_loses_a_race_changes_nothing() {
    for purpose in [Purpose::Verify, Purpose::Reset] {
        let service = required();
        let token = ask(&service, purpose);
        service.meanwhile("UPDATE links SET used_at = 1, uses = 1");
        refused(consume(&service, purpose, &token));
        assert_eq!(service.value("SELECT password AS value FROM users").unwrap(), format!("today:{PASSWORD}"));
        assert_eq!(service.value("SELECT email_verified_at AS value FROM users").as_deref(), Some("null"));
        assert_eq!(service.value("SELECT count(*) AS value FROM sessions").as_deref(), Some("0"));
    }
}

#[test]
fn verifying_asks_for_the_password_and_a_wrong_one_leaves_the_link() {
    let service = required();
    let token = service.mailed(Purpose::Verify, EMAIL).unwrap();
    let wrong = json!({"token": token, "password": "not the password"});
    assert_eq!(service.post("/v1/auth/email/verify", &wrong).1["code"], "invalid_credentials");
    assert_eq!(service.post("/v1/auth/email/verify", &json!({ "token": token })).0, 422);
    assert_eq!(login(&service, EMAIL, PASSWORD), 403);
    assert_eq!(consume(&service, Purpose::Verify, &token), (200, json!({"status": "verified"})));
    assert_eq!(login(&service, EMAIL, PASSWORD), 200);
}

#[test]
fn a_reset_changes_the_password_ends_every_session_and_link_and_signs_in() {
    let service = Service::new();
    let before = service.register(EMAIL);
    let (magic, reset) = (ask(&service, Purpose::Magic), ask(&service, Purpose::Reset));
    let (status, reply) = consume(&service, Purpose::Reset, &reset);
    assert_eq!(status, 200, "{reply}");
    let now = Tokens::of(&reply);
    assert_eq!((service.get("/v1/auth/me", &now.access), service.get("/v1/auth/me", &before.access)), (200, 401));
    assert_eq!(service.refresh(&before.refresh).0, 401);
    assert_eq!((login(&service, EMAIL, PASSWORD), login(&service, EMAIL, ANOTHER)), (401, 200));
    refused(consume(&service, Purpose::Magic, &magic));
    assert_ne!(service.value("SELECT email_verified_at AS value FROM users").as_deref(), Some("null"));
}

#[test]
fn a_magic_link_on_an_account_that_was_never_proven_takes_its_password_and_sessions() {
    let service = Service::new();
    let stranger = service.register(EMAIL);
    let (status, reply) = consume(&service, Purpose::Magic, &ask(&service, Purpose::Magic));
    assert_eq!(status, 200, "{reply}");
    assert_eq!(service.get("/v1/auth/me", &Tokens::of(&reply).access), 200);
    assert_eq!(service.get("/v1/auth/me", &stranger.access), 401);
    assert_eq!(service.refresh(&stranger.refresh).0, 401);
    assert_eq!(login(&service, EMAIL, PASSWORD), 401);
}

#[test]
fn a_magic_link_on_a_proven_account_leaves_the_rest_as_it_is() {
    let service = Service::new();
    let before = service.register(EMAIL);
    service.bench.execute("UPDATE users SET email_verified_at = 1");
    assert_eq!(consume(&service, Purpose::Magic, &ask(&service, Purpose::Magic)).0, 200);
    assert_eq!(service.get("/v1/auth/me", &before.access), 200);
    assert_eq!(login(&service, EMAIL, PASSWORD), 200);
}

/// Asks for a change of address to `NEW`.
fn ask_to_change(service: &Service, access: &str, password: &str) -> u16 {
    let body = json!({"email": NEW, "password": password});
    service.send("POST", "/v1/auth/email/change", access, &body).status
}

#[test]
fn an_address_changes_when_the_new_one_is_proven_with_the_password_and_the_old_one_is_told() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    assert_eq!(ask_to_change(&service, &tokens.access, "wrong password"), 401);
    assert_eq!(ask_to_change(&service, &tokens.access, PASSWORD), 202);
    let kinds = "SELECT group_concat(kind || ' ' || recipient, ', ') AS value FROM letters";
    let expected = format!("change {NEW}, changing {EMAIL}");
    assert_eq!(service.value(kinds), Some(expected.clone()));
    assert_eq!(login(&service, EMAIL, PASSWORD), 200, "nothing changes before");
    let reset = ask(&service, Purpose::Reset);
    let token = service.mailed(Purpose::Change, NEW).unwrap();
    let wrong = json!({"token": token, "password": "wrong password"});
    assert_eq!(service.post("/v1/auth/email/change/confirm", &wrong).0, 401);
    assert_eq!(consume(&service, Purpose::Change, &token), (200, json!({"status": "changed"})));
    assert_eq!((login(&service, EMAIL, PASSWORD), login(&service, NEW, PASSWORD)), (401, 200));
    refused(consume(&service, Purpose::Reset, &reset));
    assert_eq!(service.value(kinds), Some(format!("{expected}, reset {EMAIL}, changed {EMAIL}")));
}

#[test]
fn a_change_to_an_address_that_has_an_account_tells_its_owner_and_nobody_else() {
    let service = Service::new();
    service.register(NEW);
    let tokens = service.register(EMAIL);
    assert_eq!(ask_to_change(&service, &tokens.access, PASSWORD), 202);
    assert_eq!(service.value("SELECT kind || ' ' || recipient AS value FROM letters"), Some(format!("known {NEW}")));
    assert_eq!(service.mailed(Purpose::Change, NEW), None);
}

#[test]
fn a_change_to_an_address_that_was_taken_meanwhile_is_409_and_keeps_the_old_one() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    assert_eq!(ask_to_change(&service, &tokens.access, PASSWORD), 202);
    service.register(NEW);
    let token = service.mailed(Purpose::Change, NEW).unwrap();
    assert_eq!(consume(&service, Purpose::Change, &token).0, 409);
    assert_eq!(login(&service, EMAIL, PASSWORD), 200);
    refused(consume(&service, Purpose::Change, "lt_other"));
}

#[test]
fn what_a_link_did_is_noted_as_an_event_of_the_account() {
    let service = required();
    consume(&service, Purpose::Verify, &ask(&service, Purpose::Verify));
    consume(&service, Purpose::Reset, &ask(&service, Purpose::Reset));
    let kinds = "SELECT group_concat(kind, ' ') AS value FROM (SELECT kind FROM security_events ORDER BY seq)";
    let expected = "registered email_verified password_reset signed_in";
    assert_eq!(service.value(kinds).as_deref(), Some(expected));
}
