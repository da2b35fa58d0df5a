//! Writing a request in OpenAI's responses dialect: a conversation is a list of items, and nothing of it is stored there.
//!
//! Thinking goes back where its own maker sealed it (`thinking`); all other is left out. What chat writes the same way is in
//! `to_chat`.

use crate::dialect::ask::thinking::of_openai;
use crate::dialect::ask::to_chat::{BLANK_LINE, NOT_PDF, text};
use crate::dialect::ask::{Ask, Choice, Format, Part, Role, Tool, Turn};
use crate::dialect::media::Source;
use crate::dialect::node::{Notes, inner};
use crate::dialect::write::{Json, string};

const NO_STOP: &str = "The model's provider cannot stop at a text of the caller's.";

/// The body that asks for this.
pub(crate) fn write(ask: &Ask<'_>, model: &str, notes: &mut Notes) -> String {
    let mut out = Json::default();
    out.raw("{").field("model", &string(model));
    if !ask.system.is_empty() {
        instructions("instructions", &ask.system, &mut out, notes);
    }
    out.field("input", "[");
    for Turn { role, parts } in &ask.turns {
        match role {
            Role::System => {
                out.raw("{").word("role", "system");
                instructions("content", parts, &mut out, notes);
                out.close('}');
            }
            Role::User => user(parts, &mut out, notes),
            Role::Assistant => assistant(parts, &mut out, notes),
        }
    }
    // There, what is not said to be forgotten is kept.
    out.close(']').field("store", "false");
    tools(ask, &mut out);
    settings(ask, &mut out, notes);
    shape(ask, &mut out);
    out.close('}');
    out.0
}

/// Texts as one.
fn instructions(name: &str, parts: &[Part<'_>], out: &mut Json, notes: &mut Notes) {
    let texts: Vec<&str> = parts.iter().filter_map(text).collect();
    if texts.len() < parts.len() {
        notes.fail("", "invalid_value", "Instructions have to be text.");
    }
    out.word(name, &texts.join(BLANK_LINE));
}

/// Results first, as items of their own; what the user says beside them is a message.
fn user(parts: &[Part<'_>], out: &mut Json, notes: &mut Notes) {
    let mut own = Json::default();
    own.raw("[");
    for part in parts {
        let Part::Result { id, parts, failed, .. } = part else {
            shown(part, &mut own, notes);
            continue;
        };
        out.raw("{").word("type", "function_call_output").field("call_id", id);
        let texts: Vec<&str> = parts.iter().filter_map(text).collect();
        if texts.len() == parts.len() {
            let said = texts.join(BLANK_LINE);
            out.word("output", &if *failed { ["Error: ", &said].concat() } else { said });
        } else {
            out.field("output", "[");
            if *failed {
                out.raw("{").word("type", "input_text").word("text", "Error:").close('}');
            }
            parts.iter().for_each(|part| shown(part, out, notes));
            out.close(']');
        }
        out.close('}');
    }
    if own.0.len() > 1 {
        out.raw("{").word("role", "user").field("content", &own.0).close(']').close('}');
    }
}

/// What a user shows.
fn shown(part: &Part<'_>, out: &mut Json, notes: &mut Notes) {
    out.raw("{");
    match part {
        Part::Text { .. } | Part::File { source: Source::Text(_), .. } => {
            out.word("type", "input_text").word("text", text(part).unwrap_or_default());
        }
        Part::Image { source, .. } => {
            out.word("type", "input_image").word("image_url", &source.url().unwrap_or_default());
        }
        Part::File { source: Source::Url(url), .. } => {
            out.word("type", "input_file").field("file_url", url);
        }
        Part::File { source: Source::Base64 { media, data }, name, at, .. } => {
            if media != "application/pdf" {
                notes.refuse(at, NOT_PDF);
            }
            out.word("type", "input_file").field("filename", name.unwrap_or("\"document.pdf\""));
            out.word("file_data", &["data:", media, ";base64,", data].concat());
        }
        Part::Thinking { .. } | Part::Redacted { .. } | Part::Call { .. } | Part::Result { .. } => {
            notes.fail("", "invalid_value", "A user's turn holds what only an assistant can say.");
        }
    }
    out.close('}');
}

/// Each part is an item; texts in a row are one.
fn assistant(parts: &[Part<'_>], out: &mut Json, notes: &mut Notes) {
    let mut rest = parts;
    while let Some((part, after)) = rest.split_first() {
        rest = after;
        if let Some(first) = text(part) {
            let mut said = first.to_owned();
            while let Some((more, after)) = rest.split_first().and_then(|(part, after)| Some((text(part)?, after))) {
                said.push_str(more);
                rest = after;
            }
            out.raw("{").word("role", "assistant").word("content", &said).close('}');
            continue;
        }
        match part {
            Part::Call { id, name, input, .. } => {
                out.raw("{").word("type", "function_call").field("call_id", id).field("name", name);
                let encoded = if input.starts_with('"') { None } else { Some(string(input)) };
                out.field("arguments", encoded.as_deref().unwrap_or(input)).close('}');
            }
            Part::Thinking { text, signature } => match signature.as_deref().and_then(of_openai) {
                Some(sealed) => {
                    out.raw("{").word("type", "reasoning").field("summary", "[");
                    if !inner(text).is_empty() {
                        out.raw("{").word("type", "summary_text").field("text", text).close('}');
                    }
                    out.close(']').word("encrypted_content", sealed).close('}');
                }
                None => notes.drop("/messages/reasoning_content"),
            },
            Part::Redacted { .. } => notes.drop("/messages/reasoning_details"),
            _ => notes.fail("", "invalid_value", "An assistant's turn holds what only a user can say."),
        }
    }
}

/// Functions; there, one that does not say so has to be called to the letter.
fn tools(ask: &Ask<'_>, out: &mut Json) {
    if ask.tools.is_empty() {
        return;
    }
    out.field("tools", "[");
    for Tool { name, description, schema, strict, .. } in &ask.tools {
        out.raw("{").word("type", "function").field("name", name).maybe("description", *description);
        out.field("parameters", schema.unwrap_or(r#"{"type":"object","properties":{}}"#));
        out.field("strict", strict.unwrap_or("false")).close('}');
    }
    out.close(']');
    match ask.choice {
        None => {}
        Some(Choice::Named(name)) => {
            out.field("tool_choice", "{").word("type", "function").field("name", name).close('}');
        }
        Some(Choice::Auto) => {
            out.word("tool_choice", "auto");
        }
        Some(Choice::Never) => {
            out.word("tool_choice", "none");
        }
        Some(Choice::Required) => {
            out.word("tool_choice", "required");
        }
    }
    if let Some(parallel) = ask.parallel {
        out.field("parallel_tool_calls", if parallel { "true" } else { "false" });
    }
}

fn settings(ask: &Ask<'_>, out: &mut Json, notes: &mut Notes) {
    if let Some(tokens) = ask.max_tokens {
        out.count("max_output_tokens", tokens);
    }
    out.maybe("temperature", ask.temperature).maybe("top_p", ask.top_p).maybe("user", ask.user);
    if ask.top_k.is_some() {
        notes.drop("/top_k");
    }
    if !ask.stop.is_empty() {
        notes.refuse(ask.stop_at, NO_STOP);
    }
    if ask.thinking.is_some() {
        notes.drop("/thinking");
    }
    if let Some((effort, _)) = &ask.effort {
        out.field("reasoning", "{").field("effort", &string(effort)).close('}');
        // Without it a thought could not be sent back; models that do not think refuse it.
        if effort != "none" {
            out.field("include", r#"["reasoning.encrypted_content"]"#);
        }
    }
    if let Some((tier, _)) = &ask.tier {
        out.field("service_tier", &string(tier));
    }
    if ask.stream {
        out.field("stream", "true");
    }
}

/// What stands in `text`; and what OpenAI's two dialects have under one name.
fn shape(ask: &Ask<'_>, out: &mut Json) {
    let mut held = Json::default();
    held.raw("{");
    match &ask.format {
        None => {}
        Some(Format::Object(_)) => {
            held.field("format", "{").word("type", "json_object").close('}');
        }
        Some(Format::Schema { schema, name, description, strict, .. }) => {
            held.field("format", "{").word("type", "json_schema").field("name", name.unwrap_or("\"answer\""));
            held.maybe("description", *description).field("schema", schema).maybe("strict", *strict).close('}');
        }
    }
    for extra in &ask.extras {
        let place = if extra.name == "verbosity" { &mut held } else { &mut *out };
        place.field(extra.name, extra.value);
    }
    if held.0.len() > 1 {
        out.field("text", &held.close('}').0);
    }
}
