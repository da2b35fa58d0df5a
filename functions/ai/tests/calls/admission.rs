//! Calls that are not admitted: the provider is never asked.

use shared::platform::{Outgoing, Scripted, SendError};

use crate::service::{PLAIN, STREAM, Service, answer, completion, error, text};

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
        let defaults = serde_json::json!({"version":0,"budget_nano_usd":77,"concurrency":3});
        assert_eq!(ask["scopes"][0], serde_json::json!({"id":"org","limits":defaults}));
        assert_eq!(ask["expires_ms"].as_u64(), Some(now + 5_000));
        answer(200, r#"{"budget":"org"}"#)
    });
    let token = bench.token("usr_1", &[]);
    let (status, _) = bench.json("POST", "/v1/chat/completions", Some(&token), r#"{"model":"simulated-chat"}"#);
    assert_eq!(status, 402);
}

#[test]
fn too_much_in_a_minute_is_429_with_the_time_until_it_fits() {
    let verdict = || answer(200, r#"{"requests":"key:key_1","limit":3,"wait_ms":1500}"#);
    let (_, out) = refused(verdict, PLAIN);
    assert_eq!((out.status, out.header("Retry-After")), (429, Some("2")));
    assert_eq!(out.header("x-ratelimit-limit-requests"), Some("3"));
    assert_eq!(out.header("x-ratelimit-remaining-requests"), Some("0"));
    assert!(text(&out).contains("`key:key_1`"));
    let (_, out) = refused(|| answer(200, r#"{"tokens":"org","limit":3}"#), STREAM);
    assert_eq!((out.status, out.header("Retry-After"), out.header("x-should-retry")), (429, None, Some("false")));
}

#[test]
fn what_is_left_of_the_minute_stands_in_the_replys_headers() {
    let verdict = r#"{"admitted":{"requests":{"limit":9,"remaining":8,"reset_ms":61000}}}"#;
    let service = Service::admitting(|| answer(200, verdict), || answer(200, &completion()));
    let out = service.chat(PLAIN);
    assert_eq!(out.status, 200);
    let header = |name| out.header(name);
    assert_eq!(header("x-ratelimit-limit-requests"), Some("9"));
    assert_eq!(header("x-ratelimit-remaining-requests"), Some("8"));
    assert_eq!(header("x-ratelimit-reset-requests"), Some("1m1s"));
    assert_eq!(header("x-ratelimit-limit-tokens"), None);
}

#[test]
fn a_call_reserves_the_tokens_of_its_worst_case_and_settles_those_it_used() {
    let service = Service::new(|| answer(200, &completion()));
    service.chat(PLAIN);
    let reserved: serde_json::Value = serde_json::from_str(&service.admission("reserve")[0]).unwrap();
    let worst = &reserved["record"]["usage"];
    let tokens = worst["prompt_tokens"].as_u64().unwrap() + worst["completion_tokens"].as_u64().unwrap();
    assert_eq!(reserved["tokens"].as_u64(), Some(tokens));
    assert_eq!(service.settled()["tokens"].as_u64(), Some(29));
    let scopes: Vec<_> = reserved["scopes"].as_array().unwrap().iter().map(|scope| &scope["id"]).collect();
    assert_eq!(scopes, ["org", "model:gpt-4o-mini"], "a person alone is one scope");
}

/// A service with a key of `usr_1`, made with these columns.
fn with_key(columns: &str, values: &str) -> (Service, String) {
    let service = Service::new(|| answer(200, &completion()));
    let id = "key_01KAHM9V8G0000000000000001";
    let key = shared::auth::api_key::text(id, [1; 20]);
    let hash = shared::accounts::tokens::hash(&key);
    service.bench.execute(&format!(
        "INSERT INTO users (id, email, name, created_at) VALUES ('usr_1', 'a@example.com', 'A', 0);
         INSERT INTO organisations (id, slug, name, created_at) VALUES ('org_1', 'one', 'One', 0);
         INSERT INTO organisation_roles (organisation_id, name, permissions, changed_as) VALUES ('org_1', 'owner', '[]', 'x');
         INSERT INTO role_grants (organisation_id, role, resource, action, own) VALUES ('org_1', 'owner', '*', '*', 0);
         INSERT INTO members (organisation_id, user_id, role, joined_at) VALUES ('org_1', 'usr_1', 'owner', 0);
         INSERT INTO api_keys (id, user_id, name, hash, ending, scopes, created_at, {columns})
         VALUES ('{id}', 'usr_1', 'k', '{hash}', 'ABCD', '[\"use:ai\"]', 0, {values});"
    ));
    (service, key)
}

#[test]
fn a_keys_limits_go_to_the_object_as_its_row_has_them_and_its_organisation_pays() {
    let (service, key) = with_key(
        "organisation_id, budget_nano_usd, budget_period, rpm, limits_version",
        "'org_1', 9007199254740991, 'week', 5, 3",
    );
    let out = service.chat_as(&key, PLAIN);
    assert_eq!(out.status, 200, "{}", text(&out));
    let reserved: serde_json::Value = serde_json::from_str(&service.admission("reserve")[0]).unwrap();
    let ids: Vec<_> = reserved["scopes"].as_array().unwrap().iter().map(|scope| &scope["id"]).collect();
    assert_eq!(ids, ["org", "user:usr_1", "key:key_01KAHM9V8G0000000000000001", "model:gpt-4o-mini"]);
    let limits =
        serde_json::json!({"version":3,"budget_nano_usd":9_007_199_254_740_991_u64,"budget_period":"week","rpm":5});
    assert_eq!(reserved["scopes"][2]["limits"], limits);
    assert_eq!(reserved["record"]["org_id"], "org_1");
}

#[test]
fn a_key_opens_the_models_it_lists_and_no_others() {
    let (service, key) = with_key("models", "'[\"gpt-4o-mini\",\"simulated-*\"]'");
    assert_eq!(service.chat_as(&key, PLAIN).status, 200);
    let other = PLAIN.replace("gpt-4o-mini", "gpt-4o");
    assert_eq!(error(&service.chat_as(&key, &other)), (404, "model_not_found".into()));
    assert_eq!(service.admission("reserve").len(), 1);
    let list = service.get_as(&key, "/v1/models");
    let names: Vec<_> = list["data"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap()).collect();
    assert!(names.contains(&"gpt-4o-mini") && names.contains(&"simulated-chat"));
    assert!(names.iter().all(|name| *name == "gpt-4o-mini" || name.starts_with("simulated-")), "{names:?}");
    assert_eq!(service.get_as(&key, "/v1/models/gpt-4o")["error"]["code"], "model_not_found");
}
