//! Reading a request in OpenAI's responses dialect (platform.openai.com/docs/api-reference/responses/create).
//!
//! Nothing is stored here, so whatever names something stored is refused. Items of one side in a row are one turn.

use std::borrow::Cow;

use crate::dialect::ask::chat::{bounds, format};
use crate::dialect::ask::fate::{Fate, NO_BUILT_IN, NO_LOGPROBS, NOT_STORED, RESPONSES, Row, meet};
use crate::dialect::ask::parts::{openai, silent, text};
use crate::dialect::ask::{Ask, Part, Role, thinking, tools};
use crate::dialect::node::{Element, Notes, Object, elements};

/// What `text` holds beside the format.
const TEXT: &[Row] = &[("verbosity", "\"medium\"", Fate::Openai("verbosity"))];

/// What `reasoning` holds beside the effort. A summary is shown whenever there is thinking.
const REASONING: &[Row] = &[
    ("summary", "\"auto\" \"concise\" \"detailed\"", Fate::Drop),
    ("generate_summary", "\"auto\" \"concise\" \"detailed\"", Fate::Drop),
    ("context", "\"auto\"", Fate::Drop),
    ("mode", "\"standard\"", Fate::Drop),
];

/// What the body `json` asks for.
pub(crate) fn read<'a>(json: &'a str, notes: &mut Notes) -> Ask<'a> {
    let mut body = Object::read(json, String::new(), notes);
    let mut ask = Ask::default();
    body.take("model", notes);
    ask.system.extend(body.text("instructions", notes).and_then(text));
    match body.take("input", notes) {
        Some(input) if input.starts_with('"') => ask.say(Role::User, text(input).into_iter().collect()),
        Some(input) => {
            for item in elements(input, "/input", notes) {
                self::item(item, &mut ask, notes);
            }
        }
        None => notes.fail("/input", "missing_required_parameter", "`input` is required."),
    }
    tools::openai(body.list("tools", notes), false, &mut ask, notes);
    if let Some(choice) = body.take("tool_choice", notes) {
        tools::openai_choice(choice, body.under("tool_choice"), false, &mut ask, notes);
    }
    ask.parallel = body.flag("parallel_tool_calls", notes);
    bounds(&mut body, &mut ask, notes);
    ask.max_tokens = body.whole("max_output_tokens", notes).or(ask.max_tokens);
    if let Some(mut held) = body.object("text", notes) {
        ask.format = held.object("format", notes).and_then(|format| self::format(format, notes));
        meet(TEXT, &mut held, &mut ask, notes);
        held.rest(notes);
    }
    if let Some(mut reasoning) = body.object("reasoning", notes) {
        ask.effort = reasoning.word("effort", notes).map(|effort| (effort, reasoning.under("effort")));
        meet(REASONING, &mut reasoning, &mut ask, notes);
        reasoning.rest(notes);
    }
    stream(&mut body, &mut ask, notes);
    include(&mut body, notes);
    meet(RESPONSES, &mut body, &mut ask, notes);
    body.rest(notes);
    ask
}

fn stream<'a>(body: &mut Object<'a>, ask: &mut Ask<'a>, notes: &mut Notes) {
    ask.stream = body.flag("stream", notes).unwrap_or(false);
    if let Some(mut options) = body.object("stream_options", notes) {
        silent(&mut options, &["include_obfuscation"], "false", notes);
        options.rest(notes);
    }
}

fn include(body: &mut Object<'_>, notes: &mut Notes) {
    for one in body.list("include", notes) {
        match one.json {
            // Thinking that can be sent back comes with what is needed for it anyway.
            "\"reasoning.encrypted_content\"" => {}
            "\"message.output_text.logprobs\"" => notes.refuse("/include", NO_LOGPROBS),
            _ => notes.drop("/include"),
        }
    }
}

fn item<'a>(item: Element<'a>, ask: &mut Ask<'a>, notes: &mut Notes) {
    let mut object = Object::read(item.json, item.at, notes);
    let kind = object.word("type", notes);
    // Of an item that was an answer once: what it was called and how far it had come.
    object.take("id", notes);
    object.take("status", notes);
    match kind.as_deref() {
        None | Some("message") => message(&mut object, ask, notes),
        Some("function_call") => {
            let id = Cow::Borrowed(object.need("call_id", notes));
            let name = object.need("name", notes);
            let input = Cow::Borrowed(object.text("arguments", notes).unwrap_or("\"\""));
            silent(&mut object, &["caller"], r#"{"type":"direct"}"#, notes);
            silent(&mut object, &["async"], "false", notes);
            ask.say(Role::Assistant, vec![Part::Call { id, name, input, cache: None }]);
        }
        Some("function_call_output") => {
            let id = Cow::Borrowed(object.need("call_id", notes));
            let output = object.take("output", notes).map(|output| openai(output, &object.under("output"), notes));
            silent(&mut object, &["caller"], r#"{"type":"direct"}"#, notes);
            ask.say(
                Role::User,
                vec![Part::Result { id, parts: output.unwrap_or_default(), failed: false, cache: None }],
            );
        }
        Some("reasoning") => {
            let thought = reasoning(&mut object, notes);
            ask.say(Role::Assistant, vec![thought]);
        }
        Some("item_reference") => notes.refuse(&object.at, NOT_STORED),
        Some(_) => {
            notes.refuse(&object.at, NO_BUILT_IN);
            return;
        }
    }
    object.rest(notes);
}

fn message<'a>(object: &mut Object<'a>, ask: &mut Ask<'a>, notes: &mut Notes) {
    let role = object.word("role", notes).unwrap_or_default();
    let content = object.take("content", notes).map(|content| openai(content, &object.under("content"), notes));
    let parts = content.unwrap_or_default();
    match role.as_ref() {
        "user" => ask.say(Role::User, parts),
        "assistant" => ask.say(Role::Assistant, parts),
        "system" | "developer" if ask.turns.is_empty() => ask.system.extend(parts),
        "system" | "developer" => ask.say(Role::System, parts),
        _ => notes.fail(&object.under("role"), "invalid_value", "This role is not known."),
    }
    silent(object, &["phase"], "\"final_answer\"", notes);
}

fn reasoning<'a>(object: &mut Object<'a>, notes: &mut Notes) -> Part<'a> {
    let mut texts = Vec::new();
    for name in ["content", "summary"] {
        let held = object.list(name, notes);
        // The whole text, where it is given, and not its summary as well.
        if !texts.is_empty() {
            break;
        }
        for one in held {
            let mut part = Object::read(one.json, one.at, notes);
            part.take("type", notes);
            texts.extend(part.text("text", notes));
        }
    }
    object.take("summary", notes);
    let sealed = object.text("encrypted_content", notes);
    let text = thinking::joined(&texts, "\\n\\n");
    thinking::unsealed(text, sealed, &object.under("encrypted_content"), notes)
}
