//! Proofs of work: when one is demanded, and that each is good for one use.

use std::cell::Cell;

use serde_json::Value;
use sha2::{Digest, Sha256};
use shared::config::Config;
use shared::cx::Cx;
use shared::head::{Head, HeaderName};
use shared::platform::testing::Bench;
use shared::platform::{Incoming, Outgoing};

use crate::probe::probe;

const WISH: &str = r#"{"wish":"ok"}"#;

thread_local! {
    static NETWORKS: Cell<u8> = const { Cell::new(0) };
}

/// An address nobody used before.
fn network() -> String {
    NETWORKS.set(NETWORKS.get() + 1);
    format!("192.0.2.{}", NETWORKS.get())
}

fn bench(mode: &str) -> Bench {
    probe(&[("CHALLENGE", mode), ("CHALLENGE_BITS", "8")])
}

fn call(bench: &Bench, from: &str, proof: &str) -> Outgoing {
    let headers = [(HeaderName::CfConnectingIp, from)];
    bench.request_with("POST", "/v1/proof", &headers, &[("selvage-proof", proof)], WISH)
}

fn code(out: &Outgoing) -> String {
    let problem: Value = serde_json::from_slice(&out.body).unwrap_or_default();
    problem["code"].as_str().unwrap_or_default().to_owned()
}

/// A challenge for this network.
fn challenge(bench: &Bench, from: &str) -> String {
    let head = Head::of(bench.now_ms(), "POST", "http://test/", &[(HeaderName::CfConnectingIp, from)]);
    let platform = bench.platform();
    let config = std::rc::Rc::new(Config::read(|name| platform.var(name)));
    let cx = Cx::new("probe", head, Incoming::of(vec![]), platform, config);
    shared::challenge::new(&cx).unwrap().challenge
}

/// The least number at or above `from` that solves it with at least these bits.
fn solve(challenge: &str, bits: u32, from: u32) -> String {
    let zeros = |text: &str| {
        let digest = Sha256::digest(text);
        u64::from_be_bytes(digest[..8].try_into().unwrap()).leading_zeros()
    };
    (from..).map(|n| format!("{challenge}.{n}")).find(|text| zeros(text) >= bits).unwrap()
}

#[test]
fn always_demands_a_proof_and_takes_each_once() {
    let (bench, from) = (bench("always"), network());
    let bare = call(&bench, &from, "");
    assert_eq!((bare.status, code(&bare).as_str()), (428, "proof_required"));
    assert_eq!(bare.header("Selvage-Challenge"), Some("sha-256;bits=8"));
    let challenge = challenge(&bench, &from);
    let proof = solve(&challenge, 12, 0);
    assert_eq!(call(&bench, &from, &proof).status, 201);
    assert_eq!(call(&bench, &from, &proof).status, 428, "the same again");
    let other = solve(&challenge, 12, proof.rsplit_once('.').unwrap().1.parse::<u32>().unwrap() + 1);
    assert_eq!(call(&bench, &from, &other).status, 428, "another solution of the same challenge");
}

#[test]
fn suspicious_demands_one_of_a_network_that_comes_often() {
    let (bench, from) = (bench("suspicious"), network());
    for _ in 0..10 {
        assert_eq!(call(&bench, &from, "").status, 201);
    }
    let refused = call(&bench, &from, "");
    assert_eq!((refused.status, refused.header("Selvage-Challenge")), (428, Some("sha-256;bits=10")));
    assert_eq!(call(&bench, &network(), "").status, 201, "others are not concerned");
    assert_eq!(call(&bench, &from, &solve(&challenge(&bench, &from), 13, 0)).status, 201);
}

#[test]
fn off_demands_none_and_reads_none() {
    let (bench, from) = (bench("off"), network());
    for _ in 0..20 {
        assert_eq!(call(&bench, &from, "nonsense").status, 201);
    }
    assert_eq!(call(&bench, &from, "").status, 429, "the quota stays");
}

#[test]
fn what_is_no_proof_is_428() {
    let (bench, from) = (bench("always"), network());
    let own = challenge(&bench, &from);
    let strangers = challenge(&bench, "198.51.100.7");
    let easy = (0..).map(|n| format!("{own}.{n}")).find(|text| Sha256::digest(text)[0] >= 0x80).unwrap();
    let later = own.replacen("pw1.1", "pw1.2", 1);
    for bad in [
        "nonsense",
        "....",
        "pw1.9999999999.x.y.0",
        &solve(&strangers, 8, 0),
        &easy,
        &solve(&later, 8, 0),
        &format!("{}é", solve(&own, 8, 0)),
        &solve(&own, 8, 0).replacen("pw1.", "pw1.0", 1),
        &format!("{own}.{}", "1".repeat(200)),
    ] {
        assert_eq!(call(&bench, &from, bad).status, 428, "{bad}");
    }
    bench.pass(shared::challenge::LIFE_S * 1000);
    assert_eq!(call(&bench, &from, &solve(&own, 8, 0)).status, 428, "too late");
}

#[test]
fn a_proof_costs_one_round_trip_and_its_lack_none() {
    let (bench, from) = (bench("suspicious"), network());
    let trips = |out: &Outgoing| out.header("Server-Timing").unwrap().split('"').nth(1).unwrap_or_default().to_owned();
    assert_eq!(trips(&call(&bench, &from, "")), "object=1");
    assert_eq!(trips(&call(&bench, &from, &solve(&challenge(&bench, &from), 8, 0))), "d1=1 object=1");
}
