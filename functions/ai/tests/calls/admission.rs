//! Calls that are not admitted: the provider is never asked.

use shared::platform::{Outgoing, Scripted, SendError};

use crate::service::{PLAIN, STREAM, Service, answer, error, text};

fn refused(verdict: impl Fn() -> Scripted + Clone + 'static, body: &str) -> (Service, Outgoing) {
    let service = Service::admitting(verdict, || panic!("the provider was asked"));
    let out = service.chat(body);
    assert!(service.upstream().is_empty() && service.admission("settle").is_empty());
    (service, out)
}

#[test]
fn a_budget_that_does_not_cover_the_call_is_402() {
    for body in [PLAIN, STREAM] {
        let (service, out) = refused(|| answer(200, r#"{"budget":"org"}"#), body);
        assert_eq!(error(&out), (402, "insufficient_quota".into()));
        assert!(text(&out).contains("`org`"));
        assert_eq!(service.steps(), ["reserve"]);
    }
}

#[test]
fn too_many_calls_at_once_are_429_with_a_waiting_time() {
    let (service, out) = refused(|| answer(200, r#"{"concurrency":"org"}"#), PLAIN);
    assert_eq!(error(&out), (429, "concurrency_exceeded".into()));
    assert_eq!(out.header("Retry-After"), Some("1"));
    assert_eq!(service.steps(), ["reserve"]);
}

#[test]
fn an_object_that_cannot_be_asked_is_503_and_the_reservation_is_taken_back() {
    let (service, out) = refused(|| Err(SendError::Unreachable("down".into())), PLAIN);
    assert_eq!(error(&out), (503, "unavailable".into()));
    assert_eq!(out.header("Retry-After"), Some("1"));
    assert!(!text(&out).contains("down"));
    let reserved: serde_json::Value = serde_json::from_str(&service.admission("reserve")[0]).unwrap();
    assert_eq!(service.admission("withdraw"), [reserved["call_id"].as_str().unwrap()]);
}

#[test]
fn an_answer_that_is_no_verdict_is_503() {
    for (status, verdict) in [(500, r#""admitted""#), (200, ""), (200, r#""refused""#), (200, r#"{"budget":1}"#)] {
        let (service, out) = refused(move || answer(status, verdict), STREAM);
        assert_eq!(error(&out), (503, "unavailable".into()), "{status} {verdict}");
        assert_eq!(service.steps(), ["reserve", "withdraw"]);
    }
}

#[test]
fn the_budget_and_the_concurrency_are_the_deployments() {
    let vars = [
        ("SIMULATOR_URL", "http://simulator.test"),
        ("DEFAULT_BUDGET_NANO_USD", "77"),
        ("DEFAULT_CONCURRENCY", "3"),
        ("ADMISSION_LEASE_MS", "5000"),
    ];
    let bench = shared::platform::testing::Bench::new(&ai::TABLE, &vars);
    let now = bench.now_ms();
    bench.script(move |_, _, body| {
        let ask: serde_json::Value = serde_json::from_slice(body).unwrap();
        let limits = &ask["scopes"][0]["limits"];
        assert_eq!((limits["budget_nano_usd"].as_u64(), limits["concurrency"].as_u64()), (Some(77), Some(3)));
        assert_eq!(ask["expires_ms"].as_u64(), Some(now + 5_000));
        answer(200, r#"{"budget":"org"}"#)
    });
    let token = bench.token("usr_1", &[]);
    let (status, _) = bench.json("POST", "/v1/chat/completions", Some(&token), r#"{"model":"simulated-chat"}"#);
    assert_eq!(status, 402);
}
