//! What providers answer (`fixtures/index.json`), told in every other dialect, and read in its own.

#![cfg(test)]

mod assembly;
#[path = "streams/feed.rs"]
mod feed;

use std::fs;
use std::sync::Arc;

use ai::dialect::{Dialect, Said, Stream, reply};
use ai::endpoint::Endpoint;
use ai::money::usage::{Usage, UsagePointers};
use ai::provider::provider;
use ai::stream::scan::{Options, Outcome, Scanner};
use assembly::{assembled, data};
use feed::feed;
use serde_json::{Value, json};

const CLIENTS: [Dialect; 3] = [Dialect::Chat, Dialect::Messages, Dialect::Responses];

/// A fixture: its entry, its text, what it speaks, and where its usage stands.
struct Fixture {
    entry: Value,
    text: String,
    dialect: Dialect,
    usage: Arc<UsagePointers>,
}

impl Fixture {
    fn file(&self) -> &str {
        self.entry["file"].as_str().unwrap()
    }

    fn cut(&self) -> bool {
        self.entry["cut"] == true || self.entry["finish"] == "failed"
    }
}

fn fixtures(form: &str) -> Vec<Fixture> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/");
    let index: Vec<Value> = serde_json::from_str(&fs::read_to_string(format!("{folder}index.json")).unwrap()).unwrap();
    let read = |entry: Value| {
        let endpoint =
            // Predictions are made chats before anybody reads them as such.
            Endpoint::named(entry["route"].as_str()?).filter(|one| !matches!(one, Endpoint::CountTokens | Endpoint::Predictions))?;
        let dialect = Dialect::of(endpoint)?;
        let known = provider(entry["provider"].as_str()?)?;
        let text = fs::read_to_string(format!("{folder}{}", entry["file"].as_str()?)).unwrap();
        Some(Fixture { text, dialect, usage: UsagePointers::of(endpoint, &known.usage), entry })
    };
    index.into_iter().filter(|entry| entry["form"] == form).filter_map(read).collect()
}

fn said() -> Said {
    Said { id: "ours".to_owned(), model: "mine".to_owned(), created_s: 7, asked: String::new() }
}

fn run(scanner: Scanner, bytes: &[u8], step: usize) -> (Vec<u8>, Outcome) {
    feed(scanner, &bytes.chunks(step).collect::<Vec<_>>())
}

/// Text, number of calls, and tokens (read, cached, written) of a reply in any dialect.
fn summary(client: Dialect, reply: &Value) -> (String, usize, [u64; 3]) {
    let usage = &reply["usage"];
    let count = |pointer: &str| usage.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let of_type = |list: &[Value], kind: &str| list.iter().filter(|one| one["type"] == kind).count();
    match client {
        Dialect::Chat => {
            let message = &reply["choices"][0]["message"];
            let tokens =
                [count("/prompt_tokens"), count("/prompt_tokens_details/cached_tokens"), count("/completion_tokens")];
            (message["content"].as_str().unwrap_or_default().to_owned(), list(&message["tool_calls"]).len(), tokens)
        }
        Dialect::Messages => {
            let content = list(&reply["content"]);
            let cached = count("/cache_read_input_tokens");
            let read = count("/input_tokens") + cached + count("/cache_creation_input_tokens");
            let text = content.iter().filter_map(|block| block["text"].as_str()).collect();
            (text, of_type(&content, "tool_use"), [read, cached, count("/output_tokens")])
        }
        Dialect::Responses => {
            let output = list(&reply["output"]);
            let texts = output.iter().filter_map(|item| item["content"][0]["text"].as_str()).collect();
            let tokens =
                [count("/input_tokens"), count("/input_tokens_details/cached_tokens"), count("/output_tokens")];
            (texts, of_type(&output, "function_call"), tokens)
        }
    }
}

fn expected(entry: &Value) -> (String, usize, [u64; 3]) {
    let count = |name: &str| entry["usage"][name].as_u64().unwrap_or(0);
    let tools = usize::try_from(entry["tools"].as_u64().unwrap_or(0)).unwrap();
    let text = entry["text"].as_str().unwrap_or_default().to_owned();
    (text, tools, [count("prompt"), count("cached"), count("completion")])
}

#[test]
fn every_plain_reply_says_the_same_in_every_dialect() {
    let all = fixtures("reply");
    assert!(all.len() > 12, "{}", all.len());
    for fixture in &all {
        for client in CLIENTS {
            let told = reply(fixture.dialect, client, &fixture.text, &said()).unwrap();
            let told: Value = serde_json::from_slice(&told).unwrap();
            let (mut want, got) = (expected(&fixture.entry), summary(client, &told));
            if fixture.entry.get("text").is_none() {
                want.0.clone_from(&got.0);
            }
            assert_eq!(got, want, "{} {client:?}", fixture.file());
        }
    }
}

#[test]
fn every_stream_says_the_same_in_every_dialect() {
    let all = fixtures("stream");
    assert!(all.len() > 15, "{}", all.len());
    for fixture in all.iter().filter(|fixture| !fixture.cut()) {
        for client in CLIENTS {
            let options = Options::new(Arc::clone(&fixture.usage), false).spoken(fixture.dialect);
            let stream = Stream::new(fixture.dialect, client, said(), true);
            let (got, _) = run(Scanner::new(options).translated_by(stream), fixture.text.as_bytes(), 5);
            let got = summary(client, &assembled(client, comments_out(&got).as_bytes()));
            let mut want = expected(&fixture.entry);
            if fixture.entry.get("text").is_none() {
                want.0.clone_from(&got.0);
            }
            assert_eq!(got, want, "{} {client:?}", fixture.file());
        }
    }
}

/// Fixtures name their source in a comment, which passes as it is.
fn comments_out(stream: &[u8]) -> String {
    let text = std::str::from_utf8(stream).unwrap();
    text.split_inclusive("\n\n").filter(|event| !event.starts_with(':')).collect()
}

#[test]
fn a_stream_that_breaks_off_ends_in_an_error_in_every_dialect() {
    let all = fixtures("stream");
    let cut = all.iter().filter(|fixture| fixture.cut() && fixture.dialect != Dialect::Chat);
    for fixture in cut {
        for client in CLIENTS {
            let options = Options::new(Arc::clone(&fixture.usage), false).spoken(fixture.dialect);
            let stream = Stream::new(fixture.dialect, client, said(), true);
            let (got, outcome) = run(Scanner::new(options).translated_by(stream), fixture.text.as_bytes(), 64);
            assert!(outcome.error_seen && outcome.usage.is_none());
            let events = data(comments_out(&got).as_bytes());
            let last = events.last().unwrap();
            assert!(last["type"] == "error" || last["error"] != json!(null), "{last}");
        }
    }
}

#[test]
fn a_stream_in_its_own_dialect_passes_byte_for_byte_and_tells_what_it_used() {
    let mut seen = 0;
    for fixture in fixtures("stream").iter().filter(|fixture| fixture.dialect != Dialect::Chat) {
        for step in [1, 7, usize::MAX] {
            let options = Options::new(Arc::clone(&fixture.usage), true).spoken(fixture.dialect);
            let (got, outcome) = run(Scanner::new(options), fixture.text.as_bytes(), step);
            let name = fixture.file();
            assert_eq!(String::from_utf8(got).unwrap(), fixture.text, "{name}");
            assert_eq!((outcome.malformed_events, outcome.error_seen), (0, fixture.cut()), "{name}");
            assert!(outcome.done_seen && (outcome.written_bytes > 0 || fixture.cut()), "{name}");
            if !fixture.cut() {
                let told = |name: &str| fixture.entry["usage"][name].as_u64().unwrap_or(0);
                let usage = Usage {
                    prompt_tokens: told("prompt"),
                    cached_tokens: told("cached"),
                    cache_write_tokens: told("cache_write"),
                    cache_write_long_tokens: told("cache_write_1h"),
                    completion_tokens: told("completion"),
                    reasoning_tokens: told("reasoning"),
                };
                assert_eq!(outcome.usage.map(|told| told.usage), Some(usage), "{name}");
                assert_eq!(outcome.finish_reason.as_deref(), fixture.entry["finish"].as_str(), "{name}");
            }
            seen += 1;
        }
    }
    assert!(seen > 15, "{seen}");
}
