//! Guessing at an account's password: what it costs a guesser, and that it never keeps the owner out.

use proptest::prelude::*;
use serde_json::{Value, json};
use shared::head::HeaderName;
use shared::platform::Outgoing;

use crate::service::{EMAIL, PASSWORD, Service};

/// Where `Service` registers and signs in from.
const HOME: &str = "192.0.2.1";

/// A guess from this network, with these further headers.
fn guess(service: &Service, from: &str, email: &str, password: &str, further: &[(&str, &str)]) -> Outgoing {
    let body = json!({"email": email, "password": password}).to_string();
    service.bench.request_with("POST", "/v1/auth/login", &[(HeaderName::CfConnectingIp, from)], further, &body)
}

fn status(service: &Service, from: &str, password: &str) -> u16 {
    guess(service, from, EMAIL, password, &[]).status
}

/// Wrong guesses, each from a network of its own, until one is refused; how many were taken.
fn guess_until_refused(service: &Service, email: &str) -> u32 {
    let taken = |i: &u32| guess(service, &format!("198.51.{}.{}", i / 250, i % 250), email, "guess", &[]).status == 401;
    let free = (0..1000).take_while(taken).count();
    u32::try_from(free).unwrap()
}

#[test]
fn guesses_from_everywhere_are_counted_together_and_then_wait() {
    let service = Service::new();
    service.register(EMAIL);
    assert_eq!(guess_until_refused(&service, EMAIL), 10);
    service.asked();
    let out = guess(&service, "203.0.113.1", EMAIL, PASSWORD, &[]);
    assert_eq!((out.status, out.header("Retry-After")), (429, Some("15")), "right or wrong");
    assert!(service.asked().is_empty(), "refused before anything is hashed");
    service.bench.pass(15_000);
    assert_eq!(status(&service, "203.0.113.1", "guess"), 401);
    assert_eq!(guess(&service, "203.0.113.2", EMAIL, "guess", &[]).header("Retry-After"), Some("30"));
    service.bench.pass(30_000);
    assert_eq!(status(&service, "203.0.113.3", PASSWORD), 200, "whoever knows the password waits no longer than that");
}

#[test]
fn an_owner_on_a_network_of_their_own_is_never_kept_out() {
    let service = Service::new();
    service.register(EMAIL);
    guess_until_refused(&service, EMAIL);
    assert_eq!(status(&service, HOME, PASSWORD), 200);
    assert_eq!(status(&service, HOME, "mistyped"), 401);
    assert_eq!(status(&service, HOME, PASSWORD), 200);
    assert_eq!(status(&service, "203.0.113.1", PASSWORD), 429, "and hands no guesses to others");
}

#[test]
fn an_owner_with_a_device_of_their_own_is_never_kept_out() {
    let service = Service::new();
    service.register(EMAIL);
    let signed_in = guess(&service, HOME, EMAIL, PASSWORD, &[]);
    let device = signed_in.header("Selvage-Device").unwrap();
    guess_until_refused(&service, EMAIL);
    // Somebody behind the same address guesses, too, within what a network may call.
    for _ in 0..30 {
        service.bench.pass(61_000);
        let _: Vec<u16> = (0..5).map(|_| status(&service, HOME, "guess")).collect();
    }
    assert_eq!(status(&service, HOME, PASSWORD), 429);
    for from in [HOME, "203.0.113.9", "2001:db8::1"] {
        assert_eq!(guess(&service, from, EMAIL, PASSWORD, &[("selvage-device", device)]).status, 200, "{from}");
    }
}

#[test]
fn a_device_counts_for_its_own_account_and_unforged() {
    let service = Service::new();
    service.register(EMAIL);
    service.register("mallory@example.com");
    let mallorys = guess(&service, "203.0.113.1", "mallory@example.com", PASSWORD, &[]);
    let mallorys = mallorys.header("Selvage-Device").unwrap().to_owned();
    let own = guess(&service, HOME, EMAIL, PASSWORD, &[]).header("Selvage-Device").unwrap().to_owned();
    guess_until_refused(&service, EMAIL);
    let user = own.split('.').nth(1).unwrap();
    let renamed = mallorys.replacen(mallorys.split('.').nth(1).unwrap(), user, 1);
    for device in ["", "dv1....", &mallorys, &renamed, &own[..own.len() - 1], &own.replacen("dv1.", "dv1.x", 1)] {
        assert_eq!(
            guess(&service, "203.0.113.2", EMAIL, PASSWORD, &[("selvage-device", device)]).status,
            429,
            "{device}"
        );
    }
    service.bench.pass(200 * 86_400_000);
    service.bench.execute("UPDATE proof_attempts SET next_at = 9000000000000, expires_at = 9000000000000");
    let out = guess(&service, "203.0.113.2", EMAIL, PASSWORD, &[("selvage-device", &own)]);
    assert_eq!(out.status, 429, "too old");
}

#[test]
fn a_device_gets_one_token_and_it_is_in_no_log() {
    let service = Service::new();
    let registered = service.send("POST", "/v1/auth/register", "", &json!({"email": EMAIL, "password": PASSWORD}));
    let device = registered.header("Selvage-Device").unwrap().to_owned();
    let out = guess(&service, HOME, EMAIL, PASSWORD, &[("selvage-device", &device)]);
    assert_eq!((out.status, out.header("Selvage-Device")), (200, None));
    assert!(!out.line.contains(&device) && !registered.line.contains(&device));
}

#[test]
fn an_address_without_an_account_is_answered_like_one_with() {
    let service = Service::new();
    service.register(EMAIL);
    service.asked();
    let known = facts(&service, EMAIL, 0);
    assert!(known == facts(&service, "nobody@example.com", 1));
    assert_eq!(known.iter().filter(|(status, ..)| *status == 401).count(), 10);
}

/// Status, body without its id, headers and how many hashes.
type Fact = (u16, Value, Vec<(&'static str, String)>, usize);

/// What is seen of a row of guesses, and what is done for it.
fn facts(service: &Service, email: &str, part: u8) -> Vec<Fact> {
    let fact = |i: u32| {
        let out = guess(service, &format!("203.0.{i}.{part}"), email, "guess", &[]);
        let mut problem: Value = serde_json::from_slice(&out.body).unwrap();
        problem["request_id"].take();
        let headers = out.headers.into_iter().filter(|(name, _)| *name != "X-Request-Id").collect();
        service.bench.settle();
        (out.status, problem, headers, service.asked().len())
    };
    (0..14).map(fact).collect()
}

#[test]
fn where_guessing_begins_to_be_slowed_down_the_owner_has_an_event() {
    let service = Service::new();
    service.register(EMAIL);
    guess_until_refused(&service, EMAIL);
    guess_until_refused(&service, "nobody@example.com");
    service.bench.settle();
    let events = "SELECT group_concat(detail) AS value FROM security_events WHERE kind = 'proofs_refused'";
    assert_eq!(service.value(events).as_deref(), Some(r#"{"method":"password","from":"unknown"}"#));
}

#[test]
fn a_proof_of_work_opens_the_way_for_who_is_not_known_but_not_without_a_bound() {
    let service = Service::with(&[("CHALLENGE", "suspicious"), ("CHALLENGE_BITS", "1")]);
    service.register(EMAIL);
    assert_eq!(guess_until_refused(&service, EMAIL), 10);
    let refused = guess(&service, "203.0.113.1", EMAIL, PASSWORD, &[]);
    assert_eq!((refused.status, refused.header("Selvage-Challenge")), (428, Some("sha-256;bits=3")));
    assert_eq!(refused.header("Retry-After"), Some("15"));
    let solved = |from: &str| solve(&service, from, 9);
    assert_eq!(
        guess(&service, "203.0.113.1", EMAIL, "guess", &[("selvage-proof", &solved("203.0.113.1"))]).status,
        401
    );
    let mut guesses = 11;
    for i in 0..300 {
        let from = format!("203.0.114.{i}");
        let from = if i > 250 { format!("203.0.115.{}", i - 250) } else { from };
        match guess(&service, &from, EMAIL, "guess", &[("selvage-proof", &solved(&from))]).status {
            401 => guesses += 1,
            other => {
                assert_eq!(other, 429, "no proof helps any more");
                break;
            }
        }
    }
    assert_eq!(guesses, 100);
    assert_eq!(status(&service, HOME, PASSWORD), 200, "the owner's network is not concerned");
}

/// A solved challenge for this network.
fn solve(service: &Service, from: &str, bits: u32) -> String {
    use sha2::{Digest, Sha256};
    let out = service.bench.request("POST", "/v1/auth/challenge", &[(HeaderName::CfConnectingIp, from)], "");
    let reply: Value = serde_json::from_slice(&out.body).unwrap();
    let challenge = reply["challenge"].as_str().unwrap();
    let zeros = |text: &String| u32::from_be_bytes(Sha256::digest(text)[..4].try_into().unwrap()).leading_zeros();
    (0_u32..).map(|n| format!("{challenge}.{n}")).find(|text| zeros(text) >= bits).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever strangers do in whatever order, an owner at home who knows the password gets in at the first try.
    #[test]
    fn no_order_of_guesses_keeps_the_owner_out(steps in proptest::collection::vec((0_u8..4, 0_u8..40, 0_u64..40_000), 1..60)) {
        let service = Service::new();
        service.register(EMAIL);
        for (who, network, wait) in steps {
            // A network's own bound is another matter: 20 calls a minute.
            service.bench.pass(wait + 3_100);
            match who {
                0 => prop_assert_eq!(status(&service, HOME, PASSWORD), 200),
                1 => drop(guess(&service, &format!("203.0.113.{network}"), "nobody@example.com", "guess", &[])),
                _ => drop(guess(&service, &format!("198.51.100.{network}"), EMAIL, "guess", &[])),
            }
        }
        service.bench.pass(60_000);
        prop_assert_eq!(status(&service, HOME, PASSWORD), 200);
    }
}
