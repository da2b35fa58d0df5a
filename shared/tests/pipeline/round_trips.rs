//! Counting what a request waits for.

use shared::cx::Cx;
use shared::db::One;
use shared::platform::{Call, Target};
use shared::problem::Problem;
use shared::sql;

use crate::probe::{call, probe};

/// The handler: asks everyone there is, D1 twice.
pub(crate) async fn visit(cx: &Cx) -> Result<(), Problem> {
    let db = cx.platform.db();
    let _: Option<One> = db.first(sql!("SELECT 1 AS one")).await?;
    let _: Vec<One> = db.all(sql!("SELECT 1 AS one")).await?;
    cx.platform.kv().put("visited", "1", 60).await.map_err(Problem::internal)?;
    let found = cx.platform.kv().get("visited").await.map_err(Problem::internal)?;
    assert_eq!(found.as_deref(), Some("1"));
    for target in [Target::Service("OTHER"), Target::Object("COUNTER", "one")] {
        let answer = cx.platform.ask(target, "http://other/", "{}", 1_000).await;
        answer.map_err(|error| Problem::internal(format!("{error:?}")))?;
    }
    let (url, headers) = ("https://upstream.example/", [("accept", "text/plain")]);
    let (target, body) = (Target::Internet, Some(b"{}".as_slice()));
    let ask =
        Call { target, method: "POST", url, headers: &headers, body, deadline_ms: 1_000, ends_with_client: false };
    let answer = cx.platform.send(&ask).await.map_err(|error| Problem::internal(format!("{error:?}")))?;
    assert_eq!((answer.status(), answer.header("X-Kind").as_deref()), (200, Some("test")));
    let (read, _) = answer.read(16, 1_000).await.unwrap().unwrap();
    assert_eq!(read, b"answer");
    assert!(answer.read(5, 1_000).await.unwrap().is_err(), "one byte too many");
    answer.cancel();
    let platform = cx.platform.background();
    cx.platform.wait_until(async move {
        platform.kv().put("later", "1", 60).await.unwrap();
    });
    Ok(())
}

/// What `Server-Timing` says of a call of the row.
fn check(method: &str, path: &str, body: &str) -> String {
    let bench = probe(&[]);
    bench.script(|_, _, _| Ok((200, vec![("x-kind".to_owned(), "test".to_owned())], b"answer".to_vec())));
    let out = call(&bench, method, path, &[], body);
    assert!(out.status < 300, "{}", out.line);
    bench.settle();
    out.header("Server-Timing").unwrap().to_owned()
}

#[test]
fn every_kind_of_round_trip_is_counted_and_work_after_the_reply_is_not() {
    let io = "d1=2 kv=2 object=1 service=1 upstream=1";
    assert_eq!(check("POST", "/v1/visits", ""), format!("app;dur=0, io;desc=\"{io}\""));
}

#[test]
fn a_request_that_asks_nobody_says_so() {
    assert_eq!(check("GET", "/healthz", ""), "app;dur=0");
    assert_eq!(check("GET", "/v1/notes?from=1&to=2", ""), "app;dur=0", "tokens are verified without I/O");
}

#[test]
fn a_strict_row_costs_one_round_trip() {
    assert_eq!(check("POST", "/v1/strict", r#"{"wish":"ok"}"#), "app;dur=0, io;desc=\"object=1\"");
}

#[test]
fn a_key_costs_two_round_trips_and_a_replay_one() {
    let bench = probe(&[]);
    let key = [(shared::head::HeaderName::IdempotencyKey, "k-1")];
    let [first, replay] = [(); 2].map(|()| call(&bench, "POST", "/v1/once", &key, r#"{"wish":"ok"}"#));
    assert_eq!(first.header("Server-Timing"), Some("app;dur=0, io;desc=\"d1=2\""));
    assert_eq!(replay.header("Server-Timing"), Some("app;dur=0, io;desc=\"d1=1\""));
}
