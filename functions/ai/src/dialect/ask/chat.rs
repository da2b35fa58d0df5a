//! Reading a request in OpenAI's chat dialect (platform.openai.com/docs/api-reference/chat/create), with what compatible
//! servers added to it: `reasoning_content`, `reasoning_details`, `cache_control`, `thinking`, `top_k`.

use std::borrow::Cow;

use crate::dialect::ask::fate::{CHAT, meet};
use crate::dialect::ask::parts::{openai, silent, text};
use crate::dialect::ask::{Ask, Format, Part, Role, thinking, tools};
use crate::dialect::node::{Element, Notes, Object, elements};

/// What the body `json` asks for.
pub(crate) fn read<'a>(json: &'a str, notes: &mut Notes) -> Ask<'a> {
    let mut body = Object::read(json, String::new(), notes);
    let mut ask = Ask::default();
    body.take("model", notes);
    for message in body.list("messages", notes) {
        self::message(message, &mut ask, notes);
    }
    tools::openai(body.list("tools", notes), true, &mut ask, notes);
    if let Some(choice) = body.take("tool_choice", notes) {
        tools::openai_choice(choice, body.under("tool_choice"), true, &mut ask, notes);
    }
    ask.parallel = body.flag("parallel_tool_calls", notes);
    bounds(&mut body, &mut ask, notes);
    ask.stop = stop(&mut body, notes);
    ask.stop_at = "/stop";
    ask.format = body.object("response_format", notes).and_then(|format| self::format(format, notes));
    if let Some(effort) = body.word("reasoning_effort", notes) {
        ask.effort = Some((effort, body.under("reasoning_effort")));
    }
    ask.thinking = body.take("thinking", notes);
    stream(&mut body, &mut ask, notes);
    meet(CHAT, &mut body, &mut ask, notes);
    body.rest(notes);
    ask
}

/// Members that OpenAI's two dialects and most servers have in common.
pub(crate) fn bounds<'a>(body: &mut Object<'a>, ask: &mut Ask<'a>, notes: &mut Notes) {
    let newer = body.whole("max_completion_tokens", notes);
    let older = body.whole("max_tokens", notes);
    ask.max_tokens = newer.into_iter().chain(older).max();
    ask.temperature = body.number("temperature", notes);
    ask.top_p = body.number("top_p", notes);
    ask.top_k = body.number("top_k", notes);
    // The one that replaces the other counts.
    let user = body.text("user", notes);
    ask.user = body.text("safety_identifier", notes).or(user);
    if let Some(tier) = body.word("service_tier", notes) {
        ask.tier = Some((tier, body.under("service_tier")));
    }
}

fn stream<'a>(body: &mut Object<'a>, ask: &mut Ask<'a>, notes: &mut Notes) {
    ask.stream = body.flag("stream", notes).unwrap_or(false);
    if let Some(mut options) = body.object("stream_options", notes) {
        // Usage is always asked for; whether the client gets it is decided where the stream is written.
        options.flag("include_usage", notes);
        silent(&mut options, &["include_obfuscation"], "false", notes);
        options.rest(notes);
    }
}

fn stop<'a>(body: &mut Object<'a>, notes: &mut Notes) -> Vec<&'a str> {
    let Some(stop) = body.take("stop", notes) else {
        return Vec::new();
    };
    if stop.starts_with('"') {
        return vec![stop];
    }
    elements(stop, &body.under("stop"), notes)
        .into_iter()
        .map(|one| one.json)
        .filter(|one| one.starts_with('"'))
        .collect()
}

/// `response_format`; responses have the same with the schema beside its type.
pub(crate) fn format<'a>(mut object: Object<'a>, notes: &mut Notes) -> Option<Format<'a>> {
    match object.word("type", notes).as_deref() {
        Some("text") => None,
        Some("json_object") => Some(Format::Object(object.at)),
        Some("json_schema") => {
            let mut held = match object.object("json_schema", notes) {
                Some(held) => held,
                None => object,
            };
            let found = Format::Schema {
                schema: held.take("schema", notes).unwrap_or("{}"),
                name: held.text("name", notes),
                description: held.text("description", notes),
                strict: held.take("strict", notes),
                at: held.at.clone(),
            };
            held.rest(notes);
            Some(found)
        }
        _ => {
            notes.fail(&object.under("type"), "invalid_value", "This format is not known.");
            None
        }
    }
}

fn message<'a>(message: Element<'a>, ask: &mut Ask<'a>, notes: &mut Notes) {
    let mut object = Object::read(message.json, message.at, notes);
    let role = object.word("role", notes).unwrap_or_default();
    match role.as_ref() {
        "system" | "developer" => {
            let parts = content(&mut object, notes);
            if ask.turns.is_empty() {
                ask.system.extend(parts);
            } else {
                ask.say(Role::System, parts);
            }
        }
        "user" => {
            let parts = content(&mut object, notes);
            ask.say(Role::User, parts);
        }
        "assistant" => {
            let parts = assistant(&mut object, notes);
            ask.say(Role::Assistant, parts);
        }
        "tool" => {
            let cache = object.take("cache_control", notes).map(Cow::Borrowed);
            let id = Cow::Borrowed(object.need("tool_call_id", notes));
            let parts = content(&mut object, notes);
            ask.say(Role::User, vec![Part::Result { id, parts, failed: false, cache }]);
        }
        "function" => notes.refuse(&object.at, "`functions` are deprecated; use `tools`."),
        _ => notes.fail(&object.under("role"), "invalid_value", "This role is not known."),
    }
    object.rest(notes);
}

fn content<'a>(object: &mut Object<'a>, notes: &mut Notes) -> Vec<Part<'a>> {
    match object.take("content", notes) {
        Some(content) => openai(content, &object.under("content"), notes),
        None => Vec::new(),
    }
}

fn assistant<'a>(object: &mut Object<'a>, notes: &mut Notes) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> =
        object.list("reasoning_details", notes).into_iter().filter_map(|one| thinking::of_detail(one, notes)).collect();
    let other = object.text("reasoning", notes);
    if let Some(text) = object.text("reasoning_content", notes).or(other).filter(|_| parts.is_empty()) {
        parts.push(Part::Thinking { text: Cow::Borrowed(text), signature: None });
    }
    parts.extend(content(object, notes));
    parts.extend(object.text("refusal", notes).and_then(text));
    for name in ["audio", "function_call"] {
        if object.take(name, notes).is_some() {
            notes.refuse(&object.under(name), "The model's provider has nothing that this could be.");
        }
    }
    silent(object, &["annotations"], "[]", notes);
    for call in object.list("tool_calls", notes) {
        parts.extend(self::call(call, notes));
    }
    parts
}

fn call<'a>(call: Element<'a>, notes: &mut Notes) -> Option<Part<'a>> {
    let mut object = Object::read(call.json, call.at, notes);
    if !matches!(object.word("type", notes).as_deref(), None | Some("function")) {
        notes.refuse(&object.at, "Tools with input of free form are not offered here; declare a function.");
        return None;
    }
    object.take("index", notes);
    let id = Cow::Borrowed(object.need("id", notes));
    let mut function = object.object("function", notes)?;
    object.rest(notes);
    let name = function.need("name", notes);
    let input = Cow::Borrowed(function.text("arguments", notes).unwrap_or("\"\""));
    function.rest(notes);
    Some(Part::Call { id, name, input, cache: None })
}
