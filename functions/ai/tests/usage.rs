//! Usage of providers' replies: fixtures, odd numbers, several choices.

#![cfg(test)]

use ai::money::usage::{MAX_RAW_BYTES, MAX_TOKENS, Tally, Usage, of_reply};
use ai::provider::provider;

fn read_as(id: &str, body: &str) -> Option<Usage> {
    of_reply(body.as_bytes(), &provider(id).unwrap().usage).map(|reported| reported.usage)
}

fn usage(prompt: u64, cached: u64, completion: u64, reasoning: u64) -> Usage {
    Usage {
        prompt_tokens: prompt,
        cached_tokens: cached,
        completion_tokens: completion,
        reasoning_tokens: reasoning,
        ..Usage::default()
    }
}

#[test]
fn openai_details_are_read() {
    let body = include_str!("../fixtures/openai-reply.json");
    assert_eq!(read_as("openai", body), Some(usage(1_117, 1_024, 146, 64)));
}

#[test]
fn moonshot_has_cached_tokens_at_the_top() {
    let body = include_str!("../fixtures/moonshot-reply.json");
    assert_eq!(read_as("moonshot", body), Some(usage(19, 10, 21, 0)));
}

#[test]
fn deepseek_names_its_hits_differently() {
    let body = r#"{"usage":{"prompt_tokens":20,"completion_tokens":5,"prompt_cache_hit_tokens":16,"prompt_cache_miss_tokens":4}}"#;
    assert_eq!(read_as("compatible", body), Some(usage(20, 16, 5, 0)));
}

#[test]
fn a_part_never_exceeds_its_whole() {
    let body = r#"{"usage":{"prompt_tokens":5,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":9},"completion_tokens_details":{"reasoning_tokens":9}}}"#;
    assert_eq!(read_as("openai", body), Some(usage(5, 5, 3, 3)));
}

#[test]
fn odd_numbers_are_tolerated() {
    let read = |prompt: &str| {
        let body = format!(r#"{{"usage":{{"prompt_tokens":{prompt},"completion_tokens":1}}}}"#);
        read_as("openai", &body).map(|usage| usage.prompt_tokens)
    };
    assert_eq!(read("-5"), Some(0));
    assert_eq!(read("12.0"), Some(12));
    assert_eq!(read("12.2"), Some(13));
    assert_eq!(read("18446744073709551615"), Some(MAX_TOKENS));
    assert_eq!(read("18446744073709551616"), Some(MAX_TOKENS));
    assert_eq!(read("1e300"), Some(MAX_TOKENS));
    assert_eq!(read("-1e300"), Some(0));
    assert_eq!(read("\"12\""), Some(0));
    assert_eq!(read("null"), Some(0));
    assert_eq!(read("[]"), Some(0));
}

#[test]
fn no_usage_is_unknown_rather_than_zero() {
    for body in ["{}", r#"{"usage":null}"#, r#"{"usage":{}}"#, r#"{"usage":7}"#, "<html>", ""] {
        assert_eq!(read_as("openai", body), None, "{body}");
    }
    assert_eq!(of_reply(b"\xff\xfe", &provider("openai").unwrap().usage), None);
}

#[test]
fn choices_are_added_up_only_where_no_total_stands() {
    let pointers = &provider("moonshot").unwrap().usage;
    let first = r#"{"choices":[{"index":0,"usage":{"prompt_tokens":7,"completion_tokens":2}}]}"#;
    let second = r#"{"choices":[{"index":1,"usage":{"prompt_tokens":7,"completion_tokens":3}}]}"#;
    let mut tally = Tally::default();
    tally.observe(first, pointers);
    tally.observe(second, pointers);
    tally.observe(second, pointers);
    let total = tally.clone().total().unwrap();
    assert_eq!(total.usage, usage(7, 0, 5, 0));
    assert!(total.raw.unwrap().starts_with("[{"));
    tally.observe(r#"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":6}}"#, pointers);
    tally.observe(first, pointers);
    assert_eq!(tally.total().unwrap().usage, usage(7, 0, 6, 0));
}

#[test]
fn the_raw_text_is_kept_as_it_came_unless_it_is_huge() {
    let pointers = &provider("openai").unwrap().usage;
    let raw = r#"{"prompt_tokens": 3, "completion_tokens":4, "new_field":[1.50]}"#;
    let reported = of_reply(format!("{{\"usage\":{raw}}}").as_bytes(), pointers).unwrap();
    assert_eq!(reported.raw.as_deref(), Some(raw));
    let huge = format!(r#"{{"usage":{{"prompt_tokens":3,"x":"{}"}}}}"#, "y".repeat(MAX_RAW_BYTES));
    let reported = of_reply(huge.as_bytes(), pointers).unwrap();
    assert_eq!((reported.raw, reported.usage.prompt_tokens), (None, 3));
}
