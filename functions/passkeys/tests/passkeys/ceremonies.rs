//! Registration, sign-in, and every check that can fail.

use serde_json::{Value, json};

use crate::authenticator::{Authenticator, RP_ID};
use crate::service::Service;

pub(crate) const PASSKEYS: &str = "/v1/auth/passkeys";

pub(crate) fn service() -> Service {
    Service::with(&[("PASSKEY_RP_ID", RP_ID), ("PASSKEY_ORIGINS", "https://example.com, https://login.example.com")])
}

/// A challenge for a registration of `usr_1`.
pub(crate) fn challenge(service: &Service) -> String {
    let (status, options) = service.call("POST", "/v1/auth/passkeys/options", &json!({}));
    assert_eq!(status, 200, "{options}");
    options["challenge"].as_str().unwrap().to_owned()
}

pub(crate) fn register(service: &Service, authenticator: &Authenticator) -> (u16, Value) {
    let credential = authenticator.create(&challenge(service));
    service.call("POST", PASSKEYS, &json!({ "name": "Laptop", "credential": credential }))
}

pub(crate) fn begin(service: &Service) -> String {
    let out = service.post("/v1/auth/passkeys/sign-in/options", &json!({}));
    let options: Value = serde_json::from_slice(&out.body).unwrap();
    assert_eq!((out.status, &options["userVerification"], &options["rpId"]), (200, &json!("required"), &json!(RP_ID)));
    options["challenge"].as_str().unwrap().to_owned()
}

pub(crate) fn finish(service: &Service, credential: &Value) -> (u16, Value) {
    let out = service.post("/v1/auth/passkeys/sign-in", &json!({ "credential": credential }));
    (out.status, serde_json::from_slice(&out.body).unwrap_or_default())
}

fn sign_in(service: &Service, authenticator: &Authenticator) -> (u16, Value) {
    finish(service, &authenticator.get(&begin(service), "usr_1"))
}

#[test]
fn a_passkey_of_either_algorithm_is_registered_and_signs_in() {
    for mut authenticator in [Authenticator::es256(), Authenticator::eddsa()] {
        let service = service();
        let (status, passkey) = register(&service, &authenticator);
        assert_eq!((status, &passkey["name"]), (201, &json!("Laptop")), "{passkey}");
        authenticator.counter = 2;
        let (status, reply) = sign_in(&service, &authenticator);
        assert_eq!((status, &reply["user"]["id"]), (200, &json!("usr_1")), "{reply}");
        let methods = service.value("SELECT methods AS value FROM sessions WHERE id NOT IN ('ses_1', 'ses_2')");
        assert_eq!(methods, "[\"passkey\"]");
    }
}

#[test]
fn a_passkey_is_two_factors_in_one_and_is_not_asked_for_another() {
    let service = service();
    service.bench.execute("UPDATE users SET factors = '[\"totp\"]'");
    let mut authenticator = Authenticator::es256();
    register(&service, &authenticator);
    authenticator.counter = 2;
    assert!(sign_in(&service, &authenticator).1["access_token"].is_string());
}

#[test]
fn a_suspended_account_is_not_let_in() {
    let service = service();
    let mut authenticator = Authenticator::es256();
    register(&service, &authenticator);
    service.bench.execute("UPDATE users SET status = 'suspended'");
    authenticator.counter = 2;
    assert_eq!(sign_in(&service, &authenticator).1["code"], "suspended");
}

/// The rule that a registration breaks.
fn refused(change: impl Fn(&mut Authenticator)) -> String {
    let service = service();
    let mut authenticator = Authenticator::es256();
    change(&mut authenticator);
    let (status, problem) = register(&service, &authenticator);
    assert_eq!(status, 422, "{problem}");
    assert_eq!(service.value("SELECT count(*) AS value FROM passkeys"), "0");
    problem["errors"][0]["code"].as_str().unwrap().to_owned()
}

#[test]
fn every_check_of_a_registration_refuses() {
    assert_eq!(refused(|a| a.origin = "https://evil.example"), "origin");
    assert_eq!(refused(|a| a.origin = "https://login.example.com.evil.example"), "origin");
    assert_eq!(refused(|a| a.origin = "http://login.example.com"), "origin");
    assert_eq!(refused(|a| a.cross_origin = true), "origin");
    assert_eq!(refused(|a| a.rp_id = "evil.example"), "relying_party");
    assert_eq!(refused(|a| a.flags = 4), "user_presence");
    assert_eq!(refused(|a| a.flags = 1), "user_verification");
    assert_eq!(refused(|a| a.flags = 1 | 4 | 16), "backup_state");
    assert_eq!(refused(|a| a.format = "packed"), "attestation");
    assert_eq!(refused(|a| a.trailing = vec![0]), "authenticator_data");
    assert_eq!(refused(|a| a.id = vec![7; 1024]), "credential");
    assert_eq!(refused(|a| a.id = vec![]), "credential");
}

/// The sentence of a sign-in that is refused.
fn unwelcome(change: impl Fn(&mut Authenticator)) -> String {
    let service = service();
    let mut authenticator = Authenticator::es256();
    register(&service, &authenticator);
    authenticator.counter = 2;
    change(&mut authenticator);
    let (status, problem) = sign_in(&service, &authenticator);
    assert_eq!((status, &problem["code"]), (401, &json!("passkey_refused")), "{problem}");
    problem["detail"].as_str().unwrap().to_owned()
}

#[test]
fn every_check_of_a_sign_in_refuses() {
    assert_eq!(unwelcome(|a| a.origin = "https://evil.example"), "The page is of another origin.");
    assert_eq!(unwelcome(|a| a.cross_origin = true), "The page is of another origin.");
    assert_eq!(unwelcome(|a| a.rp_id = "evil.example"), "The passkey is for another site.");
    assert_eq!(unwelcome(|a| a.flags = 4), "Nobody was present.");
    assert_eq!(unwelcome(|a| a.flags = 1), "The authenticator did not verify its user.");
    assert_eq!(unwelcome(|a| a.trailing = vec![0]), "The authenticator data cannot be read.");
    assert_eq!(unwelcome(|a| a.counter = 1), "The signature counter did not grow.");
    assert_eq!(unwelcome(|a| a.counter = 0), "The signature counter did not grow.");
    assert_eq!(unwelcome(|a| a.id = b"unknown".to_vec()), "The passkey is not registered here.");
    let forged = |a: &mut Authenticator| {
        let id = std::mem::take(&mut a.id);
        *a = Authenticator::eddsa();
        (a.id, a.counter) = (id, 2);
    };
    assert_eq!(unwelcome(forged), "The signature is wrong.");
}

#[test]
fn a_counter_that_went_back_is_an_event_and_leaves_the_stored_one() {
    let service = service();
    let mut authenticator = Authenticator::es256();
    authenticator.counter = 9;
    register(&service, &authenticator);
    authenticator.counter = 3;
    assert_eq!(sign_in(&service, &authenticator).0, 401);
    assert_eq!(service.value("SELECT counter AS value FROM passkeys"), "9");
    let events = "SELECT count(*) AS value FROM security_events WHERE kind = 'passkey_counter_went_back'";
    assert_eq!(service.value(events), "1");
}

#[test]
fn an_authenticator_without_a_counter_signs_in_again_and_again() {
    let service = service();
    let mut authenticator = Authenticator::eddsa();
    authenticator.counter = 0;
    register(&service, &authenticator);
    assert_eq!([sign_in(&service, &authenticator).0, sign_in(&service, &authenticator).0], [200, 200]);
}

#[test]
fn a_challenge_is_good_once_for_its_purpose_its_user_and_five_minutes() {
    let service = service();
    let authenticator = Authenticator::es256();
    let rule = |reply: (u16, Value)| reply.1["errors"][0]["code"].as_str().unwrap_or_default().to_owned();
    let send =
        |challenge: &str| service.call("POST", PASSKEYS, &json!({ "credential": authenticator.create(challenge) }));
    assert_eq!(rule(send("unknown")), "challenge");
    assert_eq!(rule(send(&begin(&service))), "challenge", "one for a sign-in");
    let first = challenge(&service);
    service.bench.execute("UPDATE passkey_challenges SET user_id = 'usr_2' WHERE purpose = 'register'");
    assert_eq!(rule(send(&first)), "challenge", "of somebody else");
    let second = challenge(&service);
    service.bench.pass(300_000);
    assert_eq!(rule(send(&second)), "challenge", "too late");
    let third = challenge(&service);
    assert_eq!(send(&third).0, 201);
    assert_eq!(rule(send(&third)), "challenge", "a second time");
}

#[test]
fn a_sign_in_cannot_be_replayed_nor_made_from_a_registration() {
    let service = service();
    let mut authenticator = Authenticator::es256();
    register(&service, &authenticator);
    authenticator.counter = 2;
    let used = authenticator.get(&begin(&service), "usr_1");
    assert_eq!(finish(&service, &used).0, 200);
    assert_eq!(finish(&service, &used).1["detail"], "The challenge is unknown, used or expired.");
    authenticator.counter = 3;
    let other = authenticator.used("webauthn.create", &begin(&service), "usr_1");
    assert_eq!(finish(&service, &other).1["detail"], "The client data is of another ceremony.");
    let registration = authenticator.get(&challenge(&service), "usr_1");
    assert_eq!(finish(&service, &registration).1["detail"], "The challenge is unknown, used or expired.");
}

#[test]
fn a_credential_that_says_it_is_somebody_elses_is_refused() {
    let service = service();
    let mut authenticator = Authenticator::es256();
    register(&service, &authenticator);
    authenticator.counter = 2;
    let (status, problem) = finish(&service, &authenticator.get(&begin(&service), "usr_2"));
    assert_eq!((status, &problem["detail"]), (401, &json!("The credential's id is not usable.")));
}

#[test]
fn a_credential_is_registered_once() {
    let service = service();
    let authenticator = Authenticator::es256();
    assert_eq!(register(&service, &authenticator).0, 201);
    assert_eq!(register(&service, &authenticator).1["errors"][0]["code"], "known");
}
