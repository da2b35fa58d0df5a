//! Tools and which of them is to be called, as OpenAI's two dialects and Anthropic's have them.

use std::borrow::Cow;

use crate::dialect::ask::fate::NO_BUILT_IN;
use crate::dialect::ask::{Ask, Choice, Tool};
use crate::dialect::node::{Element, Notes, Object};
use crate::json::pointer;

/// A request with more tools is refused; no model takes as many.
const MOST_TOOLS: usize = 1_000;

const CUSTOM: &str = "Tools with input of free form are not offered here; declare a function.";

fn few<'a>(mut tools: Vec<Element<'a>>, notes: &mut Notes) -> Vec<Element<'a>> {
    if tools.len() > MOST_TOOLS {
        notes.fail("/tools", "too_many_parameters", "There are too many tools.");
        tools.truncate(MOST_TOOLS);
    }
    tools
}

/// OpenAI's tools: chat has the function in a member of its own, responses beside the type.
pub(crate) fn openai<'a>(tools: Vec<Element<'a>>, nested: bool, ask: &mut Ask<'a>, notes: &mut Notes) {
    for tool in few(tools, notes) {
        let mut object = Object::read(tool.json, tool.at, notes);
        match object.word("type", notes).as_deref() {
            Some("function") => {}
            Some("custom") => {
                notes.refuse(&object.at, CUSTOM);
                continue;
            }
            _ => {
                notes.refuse(&object.at, NO_BUILT_IN);
                continue;
            }
        }
        let cache = object.take("cache_control", notes).map(Cow::Borrowed);
        let inner = if nested { object.object("function", notes) } else { None };
        let mut function = match inner {
            Some(function) => {
                object.rest(notes);
                function
            }
            None => object,
        };
        ask.tools.push(Tool {
            name: function.need("name", notes),
            description: function.text("description", notes),
            schema: function.take("parameters", notes),
            strict: function.take("strict", notes),
            cache,
        });
        function.rest(notes);
    }
}

/// Anthropic's tools.
pub(crate) fn anthropic<'a>(tools: Vec<Element<'a>>, ask: &mut Ask<'a>, notes: &mut Notes) {
    for tool in few(tools, notes) {
        let mut object = Object::read(tool.json, tool.at, notes);
        if !matches!(object.word("type", notes).as_deref(), None | Some("custom")) {
            notes.refuse(&object.at, NO_BUILT_IN);
            continue;
        }
        ask.tools.push(Tool {
            name: object.need("name", notes),
            description: object.text("description", notes),
            schema: object.take("input_schema", notes),
            strict: object.take("strict", notes),
            cache: None,
        });
        object.rest(notes);
    }
}

/// OpenAI's `tool_choice`: a word, or an object that names a function or those that are allowed.
pub(crate) fn openai_choice<'a>(value: &'a str, at: String, nested: bool, ask: &mut Ask<'a>, notes: &mut Notes) {
    if value.starts_with('"') {
        ask.choice = word(&pointer::text(value).unwrap_or_default(), &at, notes);
        return;
    }
    let mut object = Object::read(value, at, notes);
    match object.word("type", notes).as_deref() {
        Some("function") if nested => {
            if let Some(mut function) = object.object("function", notes) {
                ask.choice = Some(Choice::Named(function.need("name", notes)));
                function.rest(notes);
            }
        }
        Some("function") => ask.choice = Some(Choice::Named(object.need("name", notes))),
        Some("allowed_tools") if nested => {
            if let Some(mut allowed) = object.object("allowed_tools", notes) {
                allow(&mut allowed, true, ask, notes);
                allowed.rest(notes);
            }
        }
        Some("allowed_tools") => allow(&mut object, false, ask, notes),
        Some("custom") => notes.refuse(&object.at, CUSTOM),
        _ => notes.refuse(&object.at, NO_BUILT_IN),
    }
    object.rest(notes);
}

fn word<'a>(word: &str, at: &str, notes: &mut Notes) -> Option<Choice<'a>> {
    match word {
        "auto" => Some(Choice::Auto),
        "none" => Some(Choice::Never),
        "required" => Some(Choice::Required),
        _ => {
            notes.fail(at, "invalid_value", "The choice of tools is not known.");
            None
        }
    }
}

/// The tools that are not allowed are not shown to the model: it cannot call them then.
fn allow<'a>(allowed: &mut Object<'a>, nested: bool, ask: &mut Ask<'a>, notes: &mut Notes) {
    let mode = allowed.word("mode", notes).unwrap_or(Cow::Borrowed("auto"));
    ask.choice = word(&mode, &allowed.under("mode"), notes);
    let mut names = Vec::new();
    for tool in few(allowed.list("tools", notes), notes) {
        let mut object = Object::read(tool.json, tool.at, notes);
        if object.word("type", notes).as_deref() != Some("function") {
            notes.refuse(&object.at, NO_BUILT_IN);
            continue;
        }
        let inner = if nested { object.object("function", notes) } else { None };
        names.extend(inner.unwrap_or(object).word("name", notes));
    }
    ask.tools.retain(|tool| pointer::text(tool.name).is_some_and(|name| names.contains(&name)));
}

/// Anthropic's `tool_choice`.
pub(crate) fn anthropic_choice<'a>(mut object: Object<'a>, ask: &mut Ask<'a>, notes: &mut Notes) {
    ask.choice = match object.word("type", notes).as_deref() {
        Some("auto") => Some(Choice::Auto),
        Some("none") => Some(Choice::Never),
        Some("any") => Some(Choice::Required),
        Some("tool") => Some(Choice::Named(object.need("name", notes))),
        _ => {
            notes.fail(&object.under("type"), "invalid_value", "The choice of tools is not known.");
            None
        }
    };
    ask.parallel = object.flag("disable_parallel_tool_use", notes).map(|disabled| !disabled);
    object.rest(notes);
}
