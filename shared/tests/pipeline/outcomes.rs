//! Health, readiness, and a function's own fallback.

use shared::cx::Cx;
use shared::platform::testing::Bench;
use shared::problem::{Code, Problem};
use shared::reply::{Body, Cache, Reply};
use shared::route::{Dialect, Handling};
use shared::table::Table;

use crate::probe::{json, probe};

fn check(path: &str, break_it: &str) -> (u16, serde_json::Value) {
    let bench = probe(&[]);
    bench.execute(break_it);
    let out = bench.request("GET", path, &[], "");
    (out.status, json(&out))
}

#[test]
fn a_function_says_who_it_is() {
    let expected = serde_json::json!({"status": "ok", "service": "probe"});
    assert_eq!(check("/healthz", ""), (200, expected.clone()));
    assert_eq!(check("/readyz", ""), (200, expected));
}

#[test]
fn the_local_environment_is_known_and_production_is_what_is_meant_without_one() {
    use shared::config::Config;
    assert!(Config::read(|name| (name == "ENVIRONMENT").then(|| "local".to_owned())).is_local());
    let unset = Config::read(|_| None);
    assert!(!unset.is_local() && unset.cors_origins.is_empty() && unset.keys.is_empty());
}

fn dispatch(cx: &Cx) -> Handling<'_> {
    Box::pin(async move {
        if cx.head.path() == "/v1/messages" {
            cx.dialect.set(Dialect::Anthropic);
            return Err(Problem::from(Code::Unavailable));
        }
        if cx.head.path() == "/v1/passed" {
            let passed = cx.platform.forward("OTHER", 1_000).await;
            return passed
                .map(|passed| Reply::new(200, "", Body::Passed(passed)))
                .map_err(|error| Problem::from(Code::Unavailable).because(format!("{error:?}")));
        }
        let mut reply = Reply::json(200, &"another function")?;
        reply.cache = Cache::Public(60);
        Ok(reply)
    })
}

static FRONT: Table = Table::with_fallback("front", &[], dispatch);

#[test]
fn a_fallback_answers_what_no_row_does() {
    let out = Bench::new(&FRONT, &[]).request("BREW", "/v1/anything", &[], "");
    assert_eq!((out.status, out.header("Cache-Control")), (200, Some("public, max-age=60")));
    assert_eq!(json(&out), "another function");
}

#[test]
fn a_fallback_may_set_the_dialect_of_its_problems() {
    let out = Bench::new(&FRONT, &[]).request("POST", "/v1/messages", &[], "");
    assert_eq!((out.status, json(&out)["error"]["type"].as_str()), (503, Some("overloaded_error")));
}

#[test]
fn a_fallback_may_pass_another_functions_response_on() {
    let bench = Bench::new(&FRONT, &[]);
    assert_eq!(bench.request("GET", "/v1/passed", &[], "").status, 503, "nobody is there");
    bench.script(|name, _, _| Ok((200, vec![], format!("from {name}").into_bytes())));
    assert_eq!(bench.request("GET", "/v1/passed", &[], "").body, b"from OTHER");
}
