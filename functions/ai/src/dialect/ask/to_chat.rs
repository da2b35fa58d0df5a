//! Writing a request in OpenAI's chat dialect, as compatible servers read it too: texts of one turn are one string, `max_tokens`
//! has its old name (a provider's data renames it), and a tool's result is text.

use crate::dialect::ask::{Ask, Choice, Extra, Format, Part, Role, Tool, Turn};
use crate::dialect::media::Source;
use crate::dialect::node::{Notes, inner};
use crate::dialect::write::{Json, string};

/// A blank line, as it stands in a JSON string.
pub(crate) const BLANK_LINE: &str = "\\n\\n";

const BY_URL: &str = "The model's provider takes no documents by their address; send the bytes.";
pub(crate) const NOT_PDF: &str = "The model's provider takes documents as text or PDF.";

/// The body that asks for this.
pub(crate) fn write(ask: &Ask<'_>, model: &str, notes: &mut Notes) -> String {
    let mut out = Json::default();
    out.raw("{").field("model", &string(model)).field("messages", "[");
    if !ask.system.is_empty() {
        out.raw("{").field("role", "\"system\"");
        content(&ask.system, BLANK_LINE, &mut out, notes);
        out.close('}');
    }
    for turn in &ask.turns {
        self::turn(turn, &mut out, notes);
    }
    out.close(']');
    tools(ask, &mut out);
    settings(ask, &mut out);
    if let Some(format) = &ask.format {
        self::format(format, &mut out);
    }
    if ask.top_k.is_some() {
        notes.drop("/top_k");
    }
    for Extra { name, value, .. } in &ask.extras {
        out.field(name, value);
    }
    out.close('}');
    out.0
}

fn settings(ask: &Ask<'_>, out: &mut Json) {
    if let Some(tokens) = ask.max_tokens {
        out.count("max_tokens", tokens);
    }
    out.maybe("temperature", ask.temperature).maybe("top_p", ask.top_p).maybe("user", ask.user);
    if !ask.stop.is_empty() {
        out.field("stop", &["[", &ask.stop.join(","), "]"].concat());
    }
    if let Some((effort, _)) = &ask.effort {
        out.field("reasoning_effort", &string(effort));
    }
    if let Some((tier, _)) = &ask.tier {
        out.field("service_tier", &string(tier));
    }
    if ask.stream {
        out.field("stream", "true").field("stream_options", r#"{"include_usage":true}"#);
    }
}

fn tools(ask: &Ask<'_>, out: &mut Json) {
    if ask.tools.is_empty() {
        return;
    }
    out.field("tools", "[");
    for Tool { name, description, schema, strict, .. } in &ask.tools {
        out.raw("{").field("type", "\"function\"").field("function", "{").field("name", name);
        out.maybe("description", *description).maybe("parameters", *schema).maybe("strict", *strict);
        out.close('}').close('}');
    }
    out.close(']');
    match ask.choice {
        None => {}
        Some(Choice::Auto) => {
            out.field("tool_choice", "\"auto\"");
        }
        Some(Choice::Never) => {
            out.field("tool_choice", "\"none\"");
        }
        Some(Choice::Required) => {
            out.field("tool_choice", "\"required\"");
        }
        Some(Choice::Named(name)) => {
            out.field("tool_choice", "{").field("type", "\"function\"");
            out.field("function", "{").field("name", name).close('}').close('}');
        }
    }
    if let Some(parallel) = ask.parallel {
        out.field("parallel_tool_calls", if parallel { "true" } else { "false" });
    }
}

fn format(format: &Format<'_>, out: &mut Json) {
    out.field("response_format", "{");
    match format {
        Format::Object(_) => {
            out.field("type", "\"json_object\"");
        }
        Format::Schema { schema, name, description, strict, .. } => {
            out.field("type", "\"json_schema\"").field("json_schema", "{");
            out.field("name", name.unwrap_or("\"answer\"")).maybe("description", *description);
            out.field("schema", schema).maybe("strict", *strict).close('}');
        }
    }
    out.close('}');
}

fn turn(turn: &Turn<'_>, out: &mut Json, notes: &mut Notes) {
    match turn.role {
        Role::System => {
            out.raw("{").field("role", "\"system\"");
            content(&turn.parts, BLANK_LINE, out, notes);
            out.close('}');
        }
        Role::User => user(&turn.parts, out, notes),
        Role::Assistant => assistant(&turn.parts, out, notes),
    }
}

/// Results first, each a message of its own: the calls they belong to stand right before them. What of them is not text follows
/// in the user's name.
fn user(parts: &[Part<'_>], out: &mut Json, notes: &mut Notes) {
    let mut shown = Json::default();
    shown.raw("[");
    for part in parts {
        if let Part::Result { id, parts, failed, .. } = part {
            let texts: Vec<&str> = parts.iter().filter_map(text).collect();
            let said = texts.join(BLANK_LINE);
            out.raw("{").field("role", "\"tool\"").field("tool_call_id", id);
            out.word("content", &if *failed { ["Error: ", &said].concat() } else { said }).close('}');
            let others = parts.iter().filter(|part| text(part).is_none());
            for (i, other) in others.enumerate() {
                if i == 0 {
                    let whose = ["The result of call ", inner(id), " holds this:"].concat();
                    shown.raw("{").field("type", "\"text\"").word("text", &whose).close('}');
                }
                self::part(other, &mut shown, notes);
            }
        }
    }
    let own: Vec<&Part<'_>> = parts.iter().filter(|part| !matches!(part, Part::Result { .. })).collect();
    if own.is_empty() && shown.0.len() == 1 {
        return;
    }
    out.raw("{").field("role", "\"user\"");
    let texts: Vec<&str> = own.iter().filter_map(|part| text(part)).collect();
    if texts.len() == own.len() && shown.0.len() == 1 {
        out.word("content", &texts.join(BLANK_LINE)).close('}');
        return;
    }
    for part in own {
        self::part(part, &mut shown, notes);
    }
    out.field("content", &shown.0).close(']').close('}');
}

fn assistant(parts: &[Part<'_>], out: &mut Json, notes: &mut Notes) {
    out.raw("{").field("role", "\"assistant\"");
    let thoughts: Vec<&str> = parts.iter().filter_map(|part| thought(part, notes)).collect();
    if !thoughts.is_empty() {
        out.word("reasoning_content", &thoughts.concat());
    }
    let texts: Vec<&str> = parts.iter().filter_map(text).collect();
    let calls = parts.iter().any(|part| matches!(part, Part::Call { .. }));
    if texts.is_empty() && calls {
        out.field("content", "null");
    } else {
        out.word("content", &texts.concat());
    }
    if parts.iter().any(|part| matches!(part, Part::Image { .. } | Part::Result { .. })) {
        notes.fail("", "invalid_value", "An assistant's turn holds what only a user can say.");
    }
    if calls {
        out.field("tool_calls", "[");
        for part in parts {
            if let Part::Call { id, name, input, .. } = part {
                out.raw("{").field("id", id).field("type", "\"function\"").field("function", "{").field("name", name);
                let encoded = if input.starts_with('"') { None } else { Some(string(input)) };
                out.field("arguments", encoded.as_deref().unwrap_or(input)).close('}').close('}');
            }
        }
        out.close(']');
    }
    out.close('}');
}

/// What stands between the quotes of a part's text.
pub(crate) fn text<'p>(part: &'p Part<'_>) -> Option<&'p str> {
    match part {
        Part::Text { text, .. } => Some(inner(text)),
        Part::File { source: Source::Text(text), .. } => Some(inner(text)),
        _ => None,
    }
}

/// The same of thinking. Chat has no place for what proves it, or for what nobody can read.
fn thought<'p>(part: &'p Part<'_>, notes: &mut Notes) -> Option<&'p str> {
    match part {
        Part::Thinking { text, signature } => {
            if signature.is_some() {
                notes.drop("/input/encrypted_content");
            }
            Some(inner(text)).filter(|text| !text.is_empty())
        }
        Part::Redacted { .. } => {
            notes.drop("/input/encrypted_content");
            None
        }
        _ => None,
    }
}

/// `content` of nothing but text: one string.
fn content(parts: &[Part<'_>], between: &str, out: &mut Json, notes: &mut Notes) {
    let texts: Vec<&str> = parts.iter().filter_map(text).collect();
    if texts.len() < parts.len() {
        notes.fail("", "invalid_value", "Instructions have to be text.");
    }
    out.word("content", &texts.join(between));
}

fn part(part: &Part<'_>, out: &mut Json, notes: &mut Notes) {
    out.raw("{");
    match part {
        Part::Text { .. } | Part::File { source: Source::Text(_), .. } => {
            out.field("type", "\"text\"").word("text", text(part).unwrap_or_default());
        }
        Part::Image { source, .. } => {
            let url = source.url();
            if url.is_none() {
                notes.fail("", "invalid_value", "An image is no text.");
            }
            out.field("type", "\"image_url\"").field("image_url", "{").word("url", &url.unwrap_or_default()).close('}');
        }
        Part::File { source: Source::Url(_), at, .. } => notes.refuse(at, BY_URL),
        Part::File { source: Source::Base64 { media, data }, name, at, .. } => {
            if media != "application/pdf" {
                notes.refuse(at, NOT_PDF);
            }
            out.field("type", "\"file\"").field("file", "{").field("filename", name.unwrap_or("\"document.pdf\""));
            out.word("file_data", &["data:", media, ";base64,", data].concat()).close('}');
        }
        Part::Thinking { .. } | Part::Redacted { .. } | Part::Call { .. } | Part::Result { .. } => {
            notes.fail("", "invalid_value", "A user's turn holds what only an assistant can say.");
        }
    }
    out.close('}');
}
