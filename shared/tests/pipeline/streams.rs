//! Streams on their way through, and their replay under a key.

use shared::cx::Cx;
use shared::extract::Json;
use shared::head::HeaderName;
use shared::platform::testing::Bench;
use shared::platform::{Call, FirstError, Outgoing, SendError, Target};
use shared::problem::{Code, Problem};
use shared::reply::{Body, Reply};
use shared::stream::{End, Ending, Filter, Forward};

use crate::probe::{Wish, call, probe};

/// Does with the stream what the wish says.
struct Obedient(String);

impl Filter for Obedient {
    fn push(&mut self, chunk: &[u8]) -> Forward {
        match self.0.as_str() {
            "bytes" => Forward::Bytes(chunk.to_ascii_uppercase()),
            "nothing" => Forward::Nothing,
            "stop" => Forward::Stop(b"data: {\"error\":1}\n\n".to_vec()),
            _ => Forward::Whole,
        }
    }

    fn end(&mut self, _: End) -> Ending {
        Ending { tail: b"data: [DONE]\n\n".to_vec(), then: Box::pin(async {}) }
    }
}

/// The handler: asks upstream and relays what comes.
pub(crate) async fn relay(cx: &Cx, Json(Wish { wish }): Json<Wish>) -> Result<Reply, Problem> {
    let call = Call {
        target: Target::Internet,
        method: "GET",
        url: "https://upstream.example/events",
        headers: &[],
        body: None,
        deadline_ms: 1_000,
        ends_with_client: true,
    };
    let answer = cx.platform.send(&call).await.map_err(|error| match error {
        SendError::Deadline => Problem::from(Code::UpstreamTimeout),
        other => Problem::from(Code::UpstreamFailed).because(format!("{other:?}")),
    })?;
    match answer.first_chunk(1_000).await {
        Ok(()) => {}
        Err(FirstError::Ended) => return Err(Code::UpstreamInvalid.into()),
        Err(_) => return Err(Code::UpstreamFailed.into()),
    }
    if wish == "plain" {
        let (_, bytes) = answer.read(1024, 1_000).await.unwrap().unwrap();
        return Ok(Reply::new(200, "application/json", Body::Handle(bytes)));
    }
    let relay = answer.relay(&cx.platform, Box::new(Obedient(wish)), 1_000, 1_000);
    Ok(Reply::new(200, "text/event-stream", Body::Stream(relay)))
}

/// A probe whose upstream numbers its answers.
fn streaming() -> Bench {
    let bench = probe(&[]);
    let calls = std::cell::Cell::new(0);
    bench.script(move |name, url, _| {
        assert_eq!((name, url), ("internet", "https://upstream.example/events"));
        calls.set(calls.get() + 1);
        Ok((200, vec![], format!("data: {}\n\n", calls.get()).into_bytes()))
    });
    bench
}

/// A stream under a key; what goes on after it is done.
fn check(bench: &Bench, wish: &str) -> Outgoing {
    let body = serde_json::json!({ "wish": wish }).to_string();
    let out = call(bench, "POST", "/v1/stream", &[(HeaderName::IdempotencyKey, "k-1")], &body);
    bench.settle();
    out
}

fn text(out: &Outgoing) -> &str {
    std::str::from_utf8(&out.body).unwrap()
}

#[test]
fn a_stream_is_forwarded_and_ended_by_its_filter() {
    for (wish, expected) in [
        ("whole", "data: 1\n\ndata: [DONE]\n\n"),
        ("bytes", "DATA: 1\n\ndata: [DONE]\n\n"),
        ("nothing", "data: [DONE]\n\n"),
    ] {
        let out = call(&streaming(), "POST", "/v1/stream", &[], &format!("{{\"wish\":\"{wish}\"}}"));
        assert_eq!((out.status, out.header("Content-Type")), (200, Some("text/event-stream")));
        assert_eq!(text(&out), expected);
        assert_eq!(out.header("Server-Timing"), Some("app;dur=0, io;desc=\"upstream=1\""));
    }
}

#[test]
fn a_retry_of_a_stream_gets_what_the_first_client_got() {
    for wish in ["whole", "bytes", "nothing"] {
        let bench = streaming();
        let (first, retry) = (check(&bench, wish), check(&bench, wish));
        assert_eq!(retry.header("Idempotent-Replayed"), Some("true"), "{wish}");
        assert_eq!((text(&retry), retry.header("Content-Type")), (text(&first), Some("text/event-stream")));
    }
}

#[test]
fn a_retry_of_an_answer_passed_on_by_handle_gets_the_same_bytes() {
    let bench = streaming();
    let (first, retry) = (check(&bench, "plain"), check(&bench, "plain"));
    assert_eq!((text(&first), first.header("Idempotent-Replayed")), ("data: 1\n\n", None));
    assert_eq!((text(&retry), retry.header("Idempotent-Replayed")), (text(&first), Some("true")));
}

#[test]
fn a_retry_before_the_stream_was_kept_is_409_in_the_rows_dialect() {
    let bench = streaming();
    let body = r#"{"wish":"whole"}"#;
    let key = [(HeaderName::IdempotencyKey, "k-1")];
    assert_eq!(call(&bench, "POST", "/v1/stream", &key, body).status, 200);
    let retry = call(&bench, "POST", "/v1/stream", &key, body);
    let told: serde_json::Value = serde_json::from_slice(&retry.body).unwrap();
    assert_eq!((retry.status, told["error"]["code"].as_str()), (409, Some("idempotency_in_progress")));
    bench.settle();
    assert_eq!(call(&bench, "POST", "/v1/stream", &key, body).header("Idempotent-Replayed"), Some("true"));
}

#[test]
fn a_stream_that_was_given_up_is_not_kept() {
    let bench = streaming();
    let (first, retry) = (check(&bench, "stop"), check(&bench, "stop"));
    assert!(text(&first).contains("error"));
    assert_eq!((retry.status, retry.header("Idempotent-Replayed")), (200, None));
}

#[test]
fn a_stream_longer_than_a_mebibyte_is_not_kept() {
    let bench = probe(&[]);
    bench.script(|_, _, _| Ok((200, vec![], vec![b'x'; 1024 * 1024 + 1])));
    check(&bench, "whole");
    assert_eq!(check(&bench, "whole").header("Idempotent-Replayed"), None);
}

#[test]
fn a_stream_that_never_begins_is_an_error_with_a_status_and_lets_the_key_go() {
    let bench = probe(&[]);
    bench.script(|_, _, _| Ok((200, vec![], vec![])));
    assert_eq!(check(&bench, "whole").status, 502);
    bench.script(|_, _, _| Err(SendError::Deadline));
    assert_eq!(check(&bench, "whole").status, 504);
    bench.script(|_, _, _| Ok((200, vec![], b"data: 1\n\n".to_vec())));
    assert_eq!(check(&bench, "whole").status, 200);
}
