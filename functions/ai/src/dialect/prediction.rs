//! What goes into a prediction (replicate.com/docs/reference/http) and comes out of it. A model has inputs of its own there; a
//! conversation is one text. What comes out is told as a chat would tell it, or as OpenAI's route tells pictures.

use std::borrow::Cow;

use crate::dialect::ask::to_chat::{BLANK_LINE, text};
use crate::dialect::ask::{Ask, Role};
use crate::dialect::node::{Notes, array, inner};
use crate::dialect::write::{Json, string};
use crate::endpoint::Endpoint;
use crate::json::pointer;
use crate::request::patch::UpstreamBody;
use crate::request::{BodyError, Request};

const TEXT_ONLY: &str = "The model's provider takes and gives text only.";
const NO_TOOLS: &str = "The model's provider calls no tools.";
const NO_STOP: &str = "The model's provider cannot stop at a text of the caller's.";

/// Members of a request for pictures that a model there has no input for.
const PICTURES: [&str; 11] = [
    "background",
    "model",
    "moderation",
    "n",
    "partial_images",
    "quality",
    "response_format",
    "size",
    "stream",
    "style",
    "user",
];

/// The body that asks for an answer.
pub(crate) fn write(ask: &Ask<'_>, notes: &mut Notes) -> String {
    let mut out = Json::default();
    out.raw("{").field("input", "{").word("prompt", &prompt(ask, notes));
    let system: Vec<&str> = ask.system.iter().filter_map(text).collect();
    if !system.is_empty() {
        out.word("system_prompt", &system.join(BLANK_LINE));
    }
    if let Some(tokens) = ask.max_tokens {
        out.count("max_tokens", tokens);
    }
    out.maybe("temperature", ask.temperature).maybe("top_p", ask.top_p).maybe("top_k", ask.top_k).close('}');
    if ask.stream {
        out.field("stream", "true");
    }
    if !ask.tools.is_empty() {
        notes.refuse("/tools", NO_TOOLS);
    }
    if !ask.stop.is_empty() {
        notes.refuse(ask.stop_at, NO_STOP);
    }
    if ask.format.is_some() {
        notes.refuse("/response_format", TEXT_ONLY);
    }
    if ask.effort.is_some() || ask.thinking.is_some() {
        notes.drop("/reasoning");
    }
    ask.extras.iter().for_each(|extra| notes.drop(&extra.at));
    out.close('}');
    out.0
}

/// One question as it is; of a conversation, who said what, and that it is the model's turn.
fn prompt(ask: &Ask<'_>, notes: &mut Notes) -> String {
    let mut said = Vec::with_capacity(ask.turns.len());
    for turn in &ask.turns {
        let texts: Vec<&str> = turn.parts.iter().filter_map(text).collect();
        if texts.len() < turn.parts.len() {
            notes.refuse("/messages", TEXT_ONLY);
        }
        let who = match turn.role {
            Role::System => "System: ",
            Role::User => "User: ",
            Role::Assistant => "Assistant: ",
        };
        said.push([who, &texts.join(BLANK_LINE)].concat());
    }
    match said.as_slice() {
        [one] => one.split_once(": ").map(|(_, question)| question.to_owned()).unwrap_or_default(),
        _ => [&said.join(BLANK_LINE), BLANK_LINE, "Assistant:"].concat(),
    }
}

/// The body that asks for pictures; members that OpenAI does not have are inputs of the model.
///
/// # Errors
/// [`BodyError`] where the bytes of the pictures are asked for.
pub(crate) fn pictures(request: &Request<'_>) -> Result<UpstreamBody, BodyError> {
    if request.member("response_format").is_some_and(|format| format.value.get() == "\"b64_json\"") {
        let message = "The model's provider gives pictures by their addresses only.";
        return Err(BodyError::new("/response_format", "unsupported_value", message));
    }
    let mut out = Json::default();
    out.raw("{").field("input", "{");
    for member in request.members().iter().filter(|member| !PICTURES.contains(&&*member.name) && !member.is_null()) {
        out.key(inner(&string(&member.name))).raw(member.value.get());
    }
    if request.n > 1 {
        out.count("num_outputs", request.n);
    }
    out.close('}').close('}');
    Ok(UpstreamBody::Changed(out.0.into_bytes()))
}

/// How far a prediction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Running,
    Succeeded,
    /// It failed, or was cancelled.
    Failed,
}

/// How far the prediction `json` is; `None` when it is none.
pub(crate) fn state(json: &str) -> Option<State> {
    match pointer::at(json, "/status").and_then(pointer::string)?.as_ref() {
        "starting" | "processing" => Some(State::Running),
        "succeeded" | "successful" => Some(State::Succeeded),
        _ => Some(State::Failed),
    }
}

/// A prediction's id, of the letters that may stand in a path.
pub(crate) fn id(json: &str) -> Option<Cow<'_, str>> {
    let id = pointer::at(json, "/id").and_then(pointer::string)?;
    let fit = (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    fit.then_some(id)
}

/// Where its output can be had as it comes.
pub(crate) fn stream_url(json: &str) -> Option<Cow<'_, str>> {
    pointer::at(json, "/urls/stream").and_then(pointer::string)
}

/// What came out, as the reply to a chat, or to a question for pictures. Beside it stands what was measured.
pub(crate) fn answer(asked: Endpoint, json: &str) -> Option<String> {
    let output = pointer::at(json, "/output")?.get();
    let parts: Vec<&str> = match array(output) {
        Some(parts) => parts.into_iter().map(|part| part.get()).collect(),
        None => vec![output],
    };
    let mut out = Json::default();
    if asked == Endpoint::Images {
        out.raw("{").count("created", 0).field("data", "[");
        for part in parts {
            out.raw("{").field("url", part).close('}');
        }
        out.close(']');
    } else {
        let texts: Vec<&str> = parts.into_iter().map(inner).collect();
        out.raw("{").field("choices", "[").raw("{").count("index", 0).field("message", "{");
        out.word("role", "assistant").word("content", &texts.concat()).close('}');
        out.word("finish_reason", "stop").close('}').close(']');
        let count = |place| pointer::at(json, place).and_then(|number| number.get().parse().ok());
        if let Some((read, written)) = count("/metrics/input_token_count").zip(count("/metrics/output_token_count")) {
            out.field("usage", "{").count("prompt_tokens", read).count("completion_tokens", written);
            out.count("total_tokens", u64::saturating_add(read, written)).close('}');
        }
    }
    out.maybe("metrics", pointer::at(json, "/metrics").map(|metrics| metrics.get())).close('}');
    Some(out.0)
}

/// Adds what an event of a prediction's stream says, as events of a chat.
pub(crate) fn chunk(name: &str, data: &str, told: &mut String) {
    let failed = name == "error" || (name == "done" && ["error", "canceled"].iter().any(|word| data.contains(word)));
    let mut out = Json::default();
    match name {
        _ if failed => out.raw("{").field("error", "{").word("message", "The prediction failed.").close('}'),
        "output" => {
            out.raw("{").field("choices", "[").raw("{").count("index", 0).field("delta", "{");
            out.field("content", &string(data)).close('}').close('}').close(']')
        }
        "done" => {
            out.raw("{").field("choices", "[").raw("{").count("index", 0).field("delta", "{").close('}');
            out.word("finish_reason", "stop").close('}').close(']')
        }
        _ => return,
    };
    out.close('}');
    let end = if name == "done" && !failed { "data: [DONE]\n\n" } else { "" };
    told.push_str(&["data: ", &out.0, "\n\n", end].concat());
}
