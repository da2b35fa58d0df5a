//! Every shape of `fixtures/index.json`, read by the crate as calls read it: usage, errors, streams.
//!
//! That the index lists every file is tested where the simulator reads it.

#![cfg(test)]

use std::fs;
use std::sync::Arc;

use ai::endpoint::Endpoint;
use ai::fault::upstream_error::UpstreamError;
use ai::money::usage::{Tally, Usage, UsagePointers};
use ai::provider::{Class, provider};
use ai::stream::scan::{Options, Outcome, Scanner};
use serde_json::Value;

fn index() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/index.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn text(entry: &Value) -> String {
    fs::read_to_string(format!("{}/fixtures/{}", env!("CARGO_MANIFEST_DIR"), file(entry))).unwrap()
}

fn word<'v>(entry: &'v Value, name: &str) -> &'v str {
    entry[name].as_str().unwrap_or_default()
}

fn file(entry: &Value) -> &str {
    word(entry, "file")
}

/// Entries of one form whose provider the gateway calls by data, with their pointers.
fn entries(form: &str) -> Vec<(Value, Endpoint, Arc<UsagePointers>)> {
    let fitting = index().into_iter().filter(|entry| entry["form"] == form);
    fitting
        .filter_map(|entry| {
            let endpoint = Endpoint::named(word(&entry, "route"))?;
            let known = provider(word(&entry, "provider"))?;
            let pointers = UsagePointers::of(endpoint, &known.usage);
            Some((entry, endpoint, pointers))
        })
        .collect()
}

fn expected(entry: &Value) -> Option<Usage> {
    let told = entry.get("usage")?;
    let count = |name: &str| told[name].as_u64().unwrap_or(0);
    Some(Usage {
        prompt_tokens: count("prompt"),
        cached_tokens: count("cached"),
        cache_write_tokens: count("cache_write"),
        cache_write_long_tokens: count("cache_write_1h"),
        completion_tokens: count("completion"),
        reasoning_tokens: count("reasoning"),
    })
}

#[test]
fn the_usage_of_every_plain_reply_is_found() {
    let all = entries("reply");
    assert!(all.len() > 15, "{}", all.len());
    for (entry, _, pointers) in all {
        let mut tally = Tally::default();
        tally.observe(&text(&entry), &pointers);
        let read = tally.total().map(|reported| reported.usage);
        // Counting tokens, and paying by the second, tell no usage that is billed by the token.
        assert_eq!(read, expected(&entry), "{}", file(&entry));
    }
}

fn scanned(entry: &Value, pointers: &Arc<UsagePointers>, endpoint: Endpoint, step: usize) -> (Vec<u8>, Outcome) {
    let bytes = text(entry).into_bytes();
    let mut scanner = Scanner::new(options(pointers, endpoint));
    let mut got = Vec::new();
    for piece in bytes.chunks(step) {
        match scanner.push(piece) {
            ai::stream::scan::Forward::Whole => got.extend_from_slice(piece),
            ai::stream::scan::Forward::Bytes(bytes) | ai::stream::scan::Forward::Stop(bytes) => got.extend(bytes),
            ai::stream::scan::Forward::Nothing => {}
        }
    }
    let outcome = scanner.finish();
    got.extend(outcome.last.iter().flatten());
    (got, outcome)
}

fn options(pointers: &Arc<UsagePointers>, _endpoint: Endpoint) -> Options {
    Options::new(Arc::clone(pointers), false)
}

#[test]
fn every_streamed_chat_is_forwarded_byte_for_byte_and_its_usage_found_however_it_is_torn() {
    let chats = entries("stream").into_iter().filter(|(_, endpoint, _)| *endpoint == Endpoint::Chat);
    for (entry, endpoint, pointers) in chats {
        for step in [1, 7, 64, usize::MAX] {
            let (got, outcome) = scanned(&entry, &pointers, endpoint, step);
            let name = file(&entry);
            assert_eq!(String::from_utf8(got).unwrap(), text(&entry), "{name} by {step}");
            assert!(outcome.done_seen && !outcome.truncated && outcome.malformed_events == 0, "{name} by {step}");
            let read = outcome.usage.map(|reported| reported.usage);
            assert_eq!(read, expected(&entry), "{name} by {step}");
            assert_eq!(outcome.finish_reason.as_deref(), entry["finish"].as_str(), "{name} by {step}");
        }
    }
}

#[test]
fn the_usage_of_every_stream_is_what_its_events_add_up_to() {
    for (entry, _, pointers) in entries("stream") {
        let mut tally = Tally::default();
        for line in text(&entry).lines() {
            if let Some(json) = line.strip_prefix("data: ") {
                tally.observe(json, &pointers);
            }
        }
        let read = tally.total().map(|reported| reported.usage);
        if entry["cut"] != true {
            assert_eq!(read, expected(&entry), "{}", file(&entry));
        }
    }
}

#[test]
fn plain_and_streamed_forms_of_the_same_answer_tell_the_same() {
    let all = index();
    let twin = |entry: &Value| {
        let stem = file(entry).strip_suffix(".sse")?;
        all.iter().find(|other| file(other).strip_suffix(".json") == Some(stem))
    };
    let mut pairs = 0;
    for entry in all.iter().filter(|entry| entry["form"] == "stream") {
        if let Some(plain) = twin(entry).filter(|plain| plain["text"] == entry["text"] && plain.get("text").is_some()) {
            assert_eq!(plain["usage"], entry["usage"], "{}", file(entry));
            pairs += 1;
        }
    }
    assert!(pairs >= 6, "{pairs}");
}

fn class(name: &str) -> Class {
    match name {
        "retry" => Class::Retry,
        "wait" => Class::Wait,
        "switch_key" => Class::SwitchKey,
        "next_provider" => Class::NextProvider,
        _ => Class::GiveUp,
    }
}

#[test]
fn every_error_is_shown_and_acted_on_as_the_index_says() {
    let all = entries("error");
    assert!(all.len() > 45, "{}", all.len());
    for (entry, _, _) in all {
        let status = entry["status"].as_u64().unwrap();
        let header = entry["headers"]["retry-after"].as_str();
        let known = provider(word(&entry, "provider")).unwrap();
        let error = UpstreamError::of(known, u16::try_from(status).unwrap(), header, text(&entry).as_bytes());
        let shown = &entry["shown"];
        let name = file(&entry);
        assert_eq!(u64::from(error.status), shown["status"].as_u64().unwrap(), "{name}");
        assert_eq!(error.body.code.as_deref().unwrap_or_default(), word(shown, "code"), "{name}");
        assert_eq!(error.class, class(word(shown, "class")), "{name}");
        let waits = error.status == 429 || error.status == 503;
        assert_eq!(error.retry_after.map(|wait| wait.to_string()).as_deref(), header.filter(|_| waits), "{name}");
        let said = error.body.to_json();
        for secret in ["sk-proj", "org-abc", "ak-f45"] {
            assert!(!said.contains(secret), "{name}: {said}");
        }
        assert!(!error.body.message.trim().is_empty(), "{name}");
    }
}
