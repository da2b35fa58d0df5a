//! Reading a request in Anthropic's dialect (platform.claude.com/docs/en/api/messages).

use std::borrow::Cow;

use crate::dialect::ask::fate::{MESSAGES, meet};
use crate::dialect::ask::parts::{anthropic, silent, text};
use crate::dialect::ask::{Ask, Format, Part, Role, thinking, tools};
use crate::dialect::node::{Element, Notes, Object, elements};

/// What the body `json` asks for.
pub(crate) fn read<'a>(json: &'a str, notes: &mut Notes) -> Ask<'a> {
    let mut body = Object::read(json, String::new(), notes);
    let mut ask = Ask::default();
    body.take("model", notes);
    if let Some(system) = body.take("system", notes) {
        ask.system = content(system, &body.under("system"), notes);
    }
    for message in body.list("messages", notes) {
        self::message(message, &mut ask, notes);
    }
    tools::anthropic(body.list("tools", notes), &mut ask, notes);
    if let Some(choice) = body.object("tool_choice", notes) {
        tools::anthropic_choice(choice, &mut ask, notes);
    }
    bounds(&mut body, &mut ask, notes);
    if let Some(config) = body.object("output_config", notes) {
        output(config, &mut ask, notes);
    }
    if let Some(thinking) = body.object("thinking", notes) {
        budget(thinking, &mut ask, notes);
    }
    if let Some(mut metadata) = body.object("metadata", notes) {
        ask.user = metadata.text("user_id", notes);
        metadata.rest(notes);
    }
    meet(MESSAGES, &mut body, &mut ask, notes);
    body.rest(notes);
    if let Some(last) = ask.turns.last().filter(|turn| turn.role == Role::Assistant && !turn.parts.is_empty()) {
        let said = last.parts.iter().any(|part| matches!(part, Part::Text { .. }));
        if said {
            notes.refuse(
                "/messages",
                "The model's provider cannot go on in the middle of an answer; end with a user's turn.",
            );
        }
    }
    ask
}

fn bounds<'a>(body: &mut Object<'a>, ask: &mut Ask<'a>, notes: &mut Notes) {
    ask.max_tokens = body.whole("max_tokens", notes);
    match ask.max_tokens {
        None => notes.fail("/max_tokens", "missing_required_parameter", "`max_tokens` is required."),
        Some(0) => notes.refuse("/max_tokens", "The model's provider has no cache that could be warmed."),
        Some(_) => {}
    }
    ask.temperature = body.number("temperature", notes);
    ask.top_p = body.number("top_p", notes);
    ask.top_k = body.number("top_k", notes);
    ask.stream = body.flag("stream", notes).unwrap_or(false);
    ask.stop =
        body.list("stop_sequences", notes).into_iter().map(|one| one.json).filter(|one| one.starts_with('"')).collect();
    ask.stop_at = "/stop_sequences";
    match body.word("service_tier", notes).as_deref() {
        Some("standard_only") => ask.tier = Some((Cow::Borrowed("default"), String::new())),
        Some("auto") => ask.tier = Some((Cow::Borrowed("auto"), String::new())),
        None => {}
        Some(_) => notes.fail("/service_tier", "invalid_value", "This service tier is not known."),
    }
}

fn output<'a>(mut config: Object<'a>, ask: &mut Ask<'a>, notes: &mut Notes) {
    if let Some(effort) = config.word("effort", notes) {
        ask.effort = Some((effort, config.under("effort")));
    }
    if let Some(mut format) = config.object("format", notes) {
        format.take("type", notes);
        let schema = format.take("schema", notes).unwrap_or("{}");
        ask.format =
            Some(Format::Schema { schema, name: None, description: None, strict: Some("true"), at: format.at.clone() });
        format.rest(notes);
    }
    config.rest(notes);
}

/// How long the model may think, in OpenAI's words. That it may, without saying how long, is what models do anyway.
fn budget<'a>(mut thinking: Object<'a>, ask: &mut Ask<'a>, notes: &mut Notes) {
    match thinking.word("type", notes).as_deref() {
        Some("enabled") => {
            let tokens = thinking.whole("budget_tokens", notes).unwrap_or(0);
            let effort = match tokens {
                0..4_096 => "low",
                4_096..16_384 => "medium",
                _ => "high",
            };
            ask.effort.get_or_insert((Cow::Borrowed(effort), thinking.under("budget_tokens")));
        }
        Some("adaptive") => {}
        _ => notes.drop(&thinking.at),
    }
    thinking.rest(notes);
}

fn message<'a>(message: Element<'a>, ask: &mut Ask<'a>, notes: &mut Notes) {
    let mut object = Object::read(message.json, message.at, notes);
    let role = match object.word("role", notes).as_deref() {
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        Some("system") => Role::System,
        _ => {
            notes.fail(&object.under("role"), "invalid_value", "This role is not known.");
            return;
        }
    };
    if let Some(content) = object.take("content", notes) {
        let parts = self::content(content, &object.under("content"), notes);
        ask.say(role, parts);
    }
    object.rest(notes);
}

fn content<'a>(content: &'a str, at: &str, notes: &mut Notes) -> Vec<Part<'a>> {
    if content.starts_with('"') {
        return text(content).into_iter().collect();
    }
    elements(content, at, notes).into_iter().flat_map(|block| self::block(block, notes)).collect()
}

fn block<'a>(block: Element<'a>, notes: &mut Notes) -> Vec<Part<'a>> {
    let mut object = Object::read(block.json, block.at, notes);
    let kind = object.word("type", notes).unwrap_or_default();
    let parts = match kind.as_ref() {
        "thinking" => {
            let text = Cow::Borrowed(object.need("thinking", notes));
            // What others signed nobody here can check.
            let signature = object.text("signature", notes).filter(|signature| *signature != "\"\"");
            let kept = signature.filter(|signature| thinking::of_openai(signature).is_some());
            if kept.is_none() && signature.is_some() {
                notes.drop(&object.under("signature"));
            }
            vec![Part::Thinking { text, signature: kept.map(Cow::Borrowed) }]
        }
        "redacted_thinking" => {
            notes.drop(&object.at);
            return Vec::new();
        }
        "tool_use" => {
            let id = Cow::Borrowed(object.need("id", notes));
            let name = object.need("name", notes);
            let input = Cow::Borrowed(object.take("input", notes).unwrap_or("{}"));
            silent(&mut object, &["caller"], r#"{"type":"direct"}"#, notes);
            vec![Part::Call { id, name, input, cache: None }]
        }
        "tool_result" => {
            let id = Cow::Borrowed(object.need("tool_use_id", notes));
            let failed = object.flag("is_error", notes).unwrap_or(false);
            let inside = object.take("content", notes);
            let parts = inside.map(|inside| result(inside, &object.under("content"), notes));
            vec![Part::Result { id, parts: parts.unwrap_or_default(), failed, cache: None }]
        }
        kind => anthropic(kind, &mut object, notes),
    };
    object.rest(notes);
    parts
}

/// What a tool gave: everything but calls, results and thinking, so that nothing nests without end.
fn result<'a>(content: &'a str, at: &str, notes: &mut Notes) -> Vec<Part<'a>> {
    if content.starts_with('"') {
        return text(content).into_iter().collect();
    }
    let blocks = elements(content, at, notes).into_iter();
    let inside = blocks.flat_map(|block| {
        let mut object = Object::read(block.json, block.at, notes);
        let kind = object.word("type", notes).unwrap_or_default();
        let parts = anthropic(&kind, &mut object, notes);
        object.rest(notes);
        parts
    });
    inside.collect()
}
