//! The stream scanner against providers' streams, whole and torn in two.

#![cfg(test)]

mod streams;

use ai::money::usage::Usage;
use ai::stream::scan::{Forward, MAX_EVENT_BYTES, Scanner};
use streams::{options, run};

fn stream(fixture: &str) -> Vec<u8> {
    // The first line of a fixture is a comment that names its source.
    let (_, stream) = fixture.split_once('\n').unwrap();
    stream.trim_start_matches('\n').as_bytes().to_vec()
}

const OPENAI: &str = include_str!("../fixtures/openai-stream.sse");
const MOONSHOT: &str = include_str!("../fixtures/moonshot-stream.sse");
const TOOLS: &str = include_str!("../fixtures/tool-call-stream.sse");

#[test]
fn a_piece_of_whole_events_is_forwarded_by_handle() {
    let bytes = stream(OPENAI);
    let mut scanner = Scanner::new(options("openai", false));
    assert_eq!(scanner.push(&bytes), Forward::Whole);
    let outcome = scanner.finish();
    assert!(outcome.done_seen && !outcome.truncated);
    let reported = outcome.usage.unwrap();
    assert_eq!(
        reported.usage,
        Usage { prompt_tokens: 19, cached_tokens: 0, completion_tokens: 10, reasoning_tokens: 0, ..Usage::default() }
    );
    assert!(reported.raw.unwrap().contains("\"total_tokens\":29"));
    assert_eq!(outcome.finish_reason.as_deref(), Some("stop"));
    assert_eq!(outcome.written_bytes, "Hello! 你好".len() as u64);
    assert_eq!(outcome.written_events, 3);
    assert_eq!(outcome.malformed_events, 0);
}

#[test]
fn the_usage_chunk_nobody_asked_for_is_the_only_thing_missing() {
    let bytes = stream(OPENAI);
    let (got, outcome) = run(options("openai", true), &[&bytes]);
    let text = String::from_utf8(bytes).unwrap();
    let usage_event = text.split_inclusive("\n\n").find(|event| event.contains("\"choices\":[]")).unwrap();
    assert_eq!(String::from_utf8(got).unwrap(), text.replace(usage_event, ""));
    assert_eq!(outcome.usage.unwrap().usage.completion_tokens, 10);
}

#[test]
fn usage_beside_content_is_never_withheld() {
    let bytes = stream(MOONSHOT);
    let (got, outcome) = run(options("moonshot", true), &[&bytes]);
    assert_eq!(got, bytes);
    let usage = outcome.usage.unwrap().usage;
    assert_eq!((usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens), (19, 10, 13));
}

#[test]
fn tool_arguments_count_as_written() {
    let bytes = stream(TOOLS);
    let (got, outcome) = run(options("compatible", true), &[&bytes]);
    assert_eq!(got, bytes);
    assert_eq!(outcome.usage, None);
    assert_eq!(outcome.written_bytes, r#"{"city":"Oslo"}"#.len() as u64);
    assert_eq!(outcome.finish_reason.as_deref(), Some("tool_calls"));
}

#[test]
fn an_unfinished_event_is_discarded_and_named_truncated() {
    let (got, outcome) = run(options("openai", true), &[b"data: {\"a\":1}\n\ndata: {\"b\""]);
    assert_eq!(got, b"data: {\"a\":1}\n\n");
    assert!(outcome.truncated && !outcome.done_seen);
    let (_, empty) = run(options("openai", true), &[]);
    assert!(empty.truncated);
}

#[test]
fn a_clean_end_without_the_marker_is_truncated_too() {
    let (_, outcome) = run(options("openai", true), &[b"data: {}\n\n"]);
    assert!(outcome.truncated);
}

#[test]
fn a_marker_without_its_blank_line_still_ends_the_stream() {
    for tail in ["data: [DONE]", "data: [DONE]\n", "data:[DONE] \r\n"] {
        let bytes = format!("data: {{}}\n\n{tail}");
        let (got, outcome) = run(options("openai", true), &[bytes.as_bytes()]);
        assert_eq!(got, bytes.as_bytes());
        assert!(outcome.done_seen && !outcome.truncated, "{tail:?}");
    }
}

#[test]
fn usage_in_a_last_event_without_blank_line_is_read_but_not_forwarded() {
    let bytes = br#"data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#;
    let (got, outcome) = run(options("openai", false), &[bytes]);
    assert_eq!(got, b"");
    assert!(outcome.truncated);
    assert_eq!(outcome.usage.unwrap().usage.completion_tokens, 4);
}

#[test]
fn malformed_events_are_forwarded_and_counted() {
    let bytes = b"data: {\"usage\":{\"prompt\n\ndata: <html>\n\ndata: {\"error\":\xff}\n\ndata: [DONE]\n\n";
    let (got, outcome) = run(options("openai", true), &[bytes]);
    assert_eq!(got, bytes);
    assert_eq!((outcome.malformed_events, outcome.events), (3, 4));
    assert!(!outcome.truncated);
}

#[test]
fn an_error_event_of_the_upstream_is_seen_and_forwarded() {
    let bytes = b"data: {\"choices\":[],\"usage\":{},\"error\":{\"message\":\"overloaded\"}}\n\n";
    let (got, outcome) = run(options("openai", true), &[bytes]);
    assert_eq!(got, bytes);
    assert!(outcome.error_seen && outcome.truncated);
}

#[test]
fn comments_and_blank_lines_pass_as_they_come() {
    let bytes = b"\xef\xbb\xbf: hello\n\n\n: ping\r\n\r\nretry: 10\r\rdata: [DONE]\n\n";
    let (got, outcome) = run(options("openai", true), &[bytes]);
    assert_eq!(got, bytes);
    assert_eq!(outcome.events, 1);
}

#[test]
fn an_endless_event_is_given_up_at_the_bound() {
    let mut scanner = Scanner::new(options("openai", true));
    assert_eq!(scanner.push(b"data: {}\n\ndata: "), Forward::Bytes(b"data: {}\n\n".to_vec()));
    let piece = vec![b'x'; 1 << 18];
    for _ in 0..3 {
        assert_eq!(scanner.push(&piece), Forward::Nothing);
    }
    assert_eq!(scanner.push(&piece), Forward::Stop(Vec::new()));
    assert_eq!(scanner.push(b"\n\ndata: [DONE]\n\n"), Forward::Nothing);
    let outcome = scanner.finish();
    assert!(outcome.oversized && outcome.truncated);
    assert_eq!(4 * piece.len(), MAX_EVENT_BYTES);
}

#[test]
fn every_split_in_two_gives_the_same() {
    for (id, fixture) in [("openai", OPENAI), ("moonshot", MOONSHOT), ("compatible", TOOLS)] {
        for line_end in ["\n", "\r\n", "\r"] {
            let text = String::from_utf8(stream(fixture)).unwrap().replace('\n', line_end);
            let bytes = text.as_bytes();
            let whole = run(options(id, true), &[bytes]);
            for at in 0..=bytes.len() {
                let (head, tail) = bytes.split_at(at);
                assert_eq!(run(options(id, true), &[head, tail]), whole, "split at {at}");
            }
        }
    }
}
