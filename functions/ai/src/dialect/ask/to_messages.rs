//! Writing a request in Anthropic's dialect.
//!
//! What differs between generations of models is in `effort`. Ids of calls are cut to the letters this dialect has; empty texts,
//! which it refuses, are left out where they are read.

use std::borrow::Cow;

use crate::dialect::ask::thinking::of_openai;
use crate::dialect::ask::{Ask, Choice, Format, Part, Role, Tool, effort};
use crate::dialect::media::Source;
use crate::dialect::node::{Notes, inner};
use crate::dialect::write::{Json, string};
use crate::json::pointer;

const NO_SCHEMA: &str = "The model's provider keeps to a schema only: use `json_schema`.";
const OTHER_TIER: &str = "Only the standard service tier is priced here.";
const FILE_KIND: &str = "The model's provider takes documents as text or PDF.";

/// The body that asks for this. `max_output` is the bound (tokens) where none was set.
pub(crate) fn write(ask: &Ask<'_>, model: &str, max_output: u64, notes: &mut Notes) -> String {
    let mut out = Json::default();
    let max_tokens = ask.max_tokens.unwrap_or(max_output).max(1);
    out.raw("{").field("model", &string(model)).count("max_tokens", max_tokens);
    system(ask, &mut out, notes);
    out.field("messages", "[");
    for turn in &ask.turns {
        let role = match turn.role {
            Role::System => continue,
            Role::User => "\"user\"",
            Role::Assistant => "\"assistant\"",
        };
        let mut inside = Json::default();
        inside.raw("[");
        parts(&turn.parts, &mut inside, notes);
        if inside.0.len() > 1 {
            inside.close(']');
            out.raw("{").field("role", role).field("content", &inside.0).close('}');
        }
    }
    out.close(']');
    tools(ask, &mut out);
    let mut config = Json::default();
    config.raw("{");
    let thinks = effort::thinking(ask, model, max_tokens, &mut out, &mut config, notes);
    format(ask, &mut config, notes);
    if config.0.len() > 1 {
        out.field("output_config", &config.close('}').0);
    }
    effort::sampling(ask, model, thinks, &mut out, notes);
    settings(ask, &mut out, notes);
    out.close('}');
    out.0
}

/// Instructions. Those given later in the conversation are not refused by any model up here, though their place is lost.
fn system(ask: &Ask<'_>, out: &mut Json, notes: &mut Notes) {
    let later = ask.turns.iter().filter(|turn| turn.role == Role::System);
    let mut all: Vec<&Part<'_>> = ask.system.iter().collect();
    for turn in later {
        notes.drop("/messages/system/position");
        all.extend(&turn.parts);
    }
    match all.as_slice() {
        [] => {}
        [Part::Text { text, cache: None }] => {
            out.field("system", text);
        }
        several => {
            out.field("system", "[");
            for part in several {
                if !matches!(part, Part::Text { .. }) {
                    notes.fail("", "invalid_value", "Instructions have to be text.");
                }
                self::part(part, out, notes);
            }
            out.close(']');
        }
    }
}

fn parts(parts: &[Part<'_>], out: &mut Json, notes: &mut Notes) {
    for part in parts {
        self::part(part, out, notes);
    }
}

fn part(part: &Part<'_>, out: &mut Json, notes: &mut Notes) {
    match part {
        Part::Text { text, cache } => block("text", out).field("text", text).maybe("cache_control", cache.as_deref()),
        Part::Image { source, cache } => {
            block("image", out);
            self::source(source, out);
            out.maybe("cache_control", cache.as_deref())
        }
        Part::File { source, name, cache, at } => {
            if matches!(source, Source::Base64 { media, .. } if media != "application/pdf") {
                notes.refuse(at, FILE_KIND);
            }
            block("document", out);
            self::source(source, out);
            out.maybe("title", *name).maybe("cache_control", cache.as_deref())
        }
        Part::Thinking { signature, .. } if signature.as_deref().is_none_or(|by| of_openai(by).is_some()) => {
            // Unsigned thinking is refused there, and what another has signed.
            notes.drop("/messages/reasoning_content");
            return;
        }
        Part::Thinking { text, signature } => {
            block("thinking", out).field("thinking", text).maybe("signature", signature.as_deref())
        }
        Part::Redacted { data } => block("redacted_thinking", out).field("data", data),
        Part::Call { id, name, input, cache } => {
            block("tool_use", out).field("id", &identifier(id)).field("name", name);
            out.field("input", &arguments(input)).maybe("cache_control", cache.as_deref())
        }
        Part::Result { id, parts, cache, .. } => {
            block("tool_result", out).field("tool_use_id", &identifier(id)).field("content", "[");
            self::parts(parts, out, notes);
            out.close(']').maybe("cache_control", cache.as_deref())
        }
    }
    .close('}');
}

fn block<'o>(kind: &'static str, out: &'o mut Json) -> &'o mut Json {
    out.raw("{").word("type", kind)
}

fn source(source: &Source<'_>, out: &mut Json) {
    out.field("source", "{");
    match source {
        Source::Url(url) => out.word("type", "url").field("url", url),
        Source::Base64 { media, data } => out.word("type", "base64").word("media_type", media).word("data", data),
        Source::Text(text) => out.word("type", "text").word("media_type", "text/plain").field("data", text),
    }
    .close('}');
}

/// The id of a call in the letters that this dialect has; the same id becomes the same.
fn identifier(id: &str) -> Cow<'_, str> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if inner(id).chars().all(good) {
        return Cow::Borrowed(id);
    }
    let clean: String = inner(id).chars().map(|c| if good(c) { c } else { '_' }).collect();
    Cow::Owned(["\"", &clean, "\""].concat())
}

/// A call's arguments as an object. What a model once wrote need not be one; this dialect's documentation has such a text go
/// back to the model under this name.
pub(crate) fn arguments(input: &str) -> Cow<'_, str> {
    if !input.starts_with('"') {
        return Cow::Borrowed(input);
    }
    let text = pointer::text(input).unwrap_or_default();
    let object = pointer::at(&text, "").is_some_and(|value| value.get().starts_with('{'));
    match text.trim_ascii() {
        "" => Cow::Borrowed("{}"),
        text if object => Cow::Owned(text.to_owned()),
        _ => Cow::Owned([r#"{"INVALID_JSON":"#, input, "}"].concat()),
    }
}

fn tools(ask: &Ask<'_>, out: &mut Json) {
    if ask.tools.is_empty() {
        return;
    }
    out.field("tools", "[");
    for Tool { name, description, schema, strict, cache } in &ask.tools {
        out.raw("{").field("name", name).maybe("description", *description);
        out.field("input_schema", schema.unwrap_or(r#"{"type":"object","properties":{}}"#));
        out.maybe("strict", strict.filter(|strict| *strict == "true")).maybe("cache_control", cache.as_deref());
        out.close('}');
    }
    out.close(']');
    let one_by_one = ask.parallel == Some(false);
    let Some(choice) = ask.choice.or(one_by_one.then_some(Choice::Auto)) else {
        return;
    };
    out.field("tool_choice", "{");
    match choice {
        Choice::Auto => out.word("type", "auto"),
        Choice::Never => out.word("type", "none"),
        Choice::Required => out.word("type", "any"),
        Choice::Named(name) => out.word("type", "tool").field("name", name),
    };
    if one_by_one && choice != Choice::Never {
        out.field("disable_parallel_tool_use", "true");
    }
    out.close('}');
}

fn format(ask: &Ask<'_>, config: &mut Json, notes: &mut Notes) {
    match &ask.format {
        None => {}
        Some(Format::Object(at)) => notes.refuse(at, NO_SCHEMA),
        Some(Format::Schema { schema, description, at, .. }) => {
            if description.is_some() {
                notes.drop(&[at, "/description"].concat());
            }
            config.field("format", "{").word("type", "json_schema").field("schema", schema).close('}');
        }
    }
}

fn settings(ask: &Ask<'_>, out: &mut Json, notes: &mut Notes) {
    if !ask.stop.is_empty() {
        out.field("stop_sequences", &["[", &ask.stop.join(","), "]"].concat());
    }
    if let Some(user) = ask.user {
        out.field("metadata", "{").field("user_id", user).close('}');
    }
    match &ask.tier {
        None => {}
        Some((tier, _)) if tier == "auto" => {
            out.word("service_tier", "auto");
        }
        Some((tier, _)) if tier == "default" => {
            out.word("service_tier", "standard_only");
        }
        Some((_, at)) => notes.refuse(at, OTHER_TIER),
    }
    if ask.stream {
        out.field("stream", "true");
    }
    for extra in &ask.extras {
        notes.drop(&extra.at);
    }
}
