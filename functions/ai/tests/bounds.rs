//! Reservations and estimates.

#![cfg(test)]

use ai::admission::bounds::{Bounds, Seen, UNKNOWN_MAX_OUTPUT};
use ai::endpoint::Endpoint;
use ai::money::price::{PriceBook, date_ms};
use ai::money::usage::Units;
use ai::provider::target::Limits;
use ai::request::Request;
use proptest::prelude::*;

const LIMITS: Limits = Limits { context: 10_000, max_output: 500 };

fn bounds(body: &str) -> Bounds {
    Bounds::of(&Request::read(Endpoint::Chat, body.as_bytes()).unwrap(), Some(LIMITS))
}

fn with(rest: &str) -> Bounds {
    bounds(&format!("{{\"model\":\"m\"{rest}}}"))
}

#[test]
fn a_prompt_has_at_most_a_token_a_byte() {
    let body = r#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#;
    assert_eq!(bounds(body).prompt_tokens, body.len() as u64 + 64);
    let long = format!(r#"{{"model":"m","messages":[{{"content":"{}"}}]}}"#, "x".repeat(20_000));
    assert_eq!(bounds(&long).prompt_tokens, LIMITS.context);
}

#[test]
fn anything_but_text_may_fill_the_context() {
    for rest in [
        r#","messages":[{"content":[{"type":"image_url","image_url":{"url":"https://x"}}]}]"#,
        r#","messages":[{"content":"hi"},{"content":[{"type":"text","text":"a"},{"type":"file"}]}]"#,
        r#","messages":[{"c\u006fntent":[{"t\u0079pe":"image\u005furl"}]}]"#,
        r#","messages":[{"content":[{"text":"no type"}]}]"#,
        r#","messages":[{"content":[7]}]"#,
        r#","messages":[{"role":"assistant","audio":{"id":"audio_1"}}]"#,
        r#","messages":{}"#,
        r#","tools":[{"type":"builtin_function","function":{"name":"$web_search"}}]"#,
        r#","web_search_options":{}"#,
    ] {
        assert_eq!(with(rest).prompt_tokens, LIMITS.context, "{rest}");
    }
}

#[test]
fn text_in_every_form_is_bounded_by_its_bytes() {
    for rest in [
        "",
        r#","messages":null,"tools":null,"web_search_options":null"#,
        r#","messages":[]"#,
        r#","messages":[{"content":null,"audio":null,"tool_calls":[{"type":"function"}]}]"#,
        r#","messages":[{"content":[{"type":"text","text":"\"type\":\"image_url\""},{"type":"refusal"}]}]"#,
        r#","tools":[{"type":"function","function":{"parameters":{"type":"object"}}}]"#,
    ] {
        let body = format!("{{\"model\":\"m\"{rest}}}");
        assert_eq!(bounds(&body).prompt_tokens, body.len() as u64 + 64, "{rest}");
    }
}

#[test]
fn completions_are_bounded_by_what_was_asked_times_n() {
    assert_eq!(with("").completion_tokens, 500);
    assert_eq!(with(r#","max_tokens":7"#).completion_tokens, 7);
    assert_eq!(with(r#","max_tokens":7,"max_completion_tokens":9,"n":3"#).completion_tokens, 27);
    assert_eq!(with(r#","n":2"#).completion_tokens, 1_000);
    assert_eq!(with(r#","max_tokens":900"#).completion_tokens, 900);
    assert_eq!(with(r#","n":128,"max_tokens":18446744073709551615"#).completion_tokens, u64::MAX);
}

#[test]
fn a_model_of_unknown_size_is_bounded_by_assumption() {
    let body = r#"{"model":"m","messages":[{"content":[{"type":"image_url"}]}]}"#;
    let bounds = Bounds::of(&Request::read(Endpoint::Chat, body.as_bytes()).unwrap(), None);
    assert_eq!(bounds.completion_tokens, UNKNOWN_MAX_OUTPUT);
    assert_eq!(bounds.worst_case(None), None);
}

#[test]
fn the_reservation_is_the_worst_case_in_nano_dollars() {
    let price = PriceBook::builtin().price("simulator", "simulated-chat", date_ms("2026-11-20").unwrap());
    let bounds = Bounds::of_tokens(100, 50);
    assert_eq!(bounds.worst_case(price.map(AsRef::as_ref)), Some(100 * 1_000 + 50 * 4_000));
    assert_eq!(
        price.unwrap().cost(&bounds.as_usage(), &Units::default()).nano_usd(),
        bounds.worst_case(price.map(AsRef::as_ref))
    );
    let absurd = with(r#","n":128,"max_tokens":18446744073709551615"#);
    assert_eq!(absurd.worst_case(price.map(AsRef::as_ref)), None);
}

#[test]
fn an_estimate_counts_bytes_and_events_within_the_bounds() {
    let bounds = Bounds::of_tokens(100, 50);
    let seen = |written_bytes, written_events| Seen { written_bytes, written_events };
    let estimate = |request, seen| {
        let usage = bounds.estimate(request, seen);
        (usage.prompt_tokens, usage.completion_tokens)
    };
    assert_eq!(estimate(0, seen(0, 0)), (0, 0));
    assert_eq!(estimate(41, seen(9, 1)), (11, 3));
    assert_eq!(estimate(41, seen(9, 5)), (11, 5));
    assert_eq!(estimate(u64::MAX, seen(u64::MAX, 1)), (100, 50));
}

proptest! {
    #[test]
    fn an_estimate_never_exceeds_the_bounds(request: u64, written_bytes: u64, written_events: u64, prompt_tokens: u64, completion_tokens: u64) {
        let bounds = Bounds::of_tokens(prompt_tokens, completion_tokens);
        let usage = bounds.estimate(request, Seen { written_bytes, written_events });
        prop_assert!(usage.prompt_tokens <= prompt_tokens && usage.completion_tokens <= completion_tokens);
    }
}
