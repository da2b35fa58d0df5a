//! The shapes of the routes that call a model, beside the chat's: what the AI function reads of them, and no more. What is
//! not named here travels unchanged in both directions, so every object is open.

use serde_json::{Value, json};

use crate::operations::{Content, Success};

const JSON: &str = "application/json";
const HEADERS: &[&str] = &["X-Cost-Nano-Usd", "X-Model", "X-Provider"];

/// The body of one of these requests.
pub(crate) fn request(id: &str) -> Option<Value> {
    let input = || json!({ "description": "What is asked." });
    let stream = || json!({ "type": ["boolean", "null"], "description": "Whether to send the answer as it is made." });
    let most = || json!({ "type": "integer", "minimum": 1, "description": "The most tokens the model may write." });
    Some(match id {
        "ai.calls.messages" => body(
            "Anthropic's",
            &["messages", "max_tokens"],
            &[("messages", messages()), ("max_tokens", most()), ("stream", stream())],
        ),
        "ai.calls.count_tokens" => body("Anthropic's", &["messages"], &[("messages", messages())]),
        "ai.calls.responses" => {
            body("OpenAI's", &["input"], &[("input", input()), ("max_output_tokens", most()), ("stream", stream())])
        }
        "ai.calls.embeddings" => body("OpenAI's", &["input"], &[("input", input())]),
        "ai.calls.images" => body("OpenAI's", &["prompt"], &[("prompt", input()), ("n", most())]),
        "ai.calls.speech" => body("OpenAI's", &["input", "voice"], &[("input", input()), ("voice", input())]),
        "ai.calls.moderations" => body("OpenAI's", &["input"], &[("input", input())]),
        "ai.calls.rerank" => body("Cohere's", &["query", "documents"], &[("query", input()), ("documents", input())]),
        "ai.calls.transcriptions" => json!({
            "type": "object", "additionalProperties": true, "required": ["model", "file"],
            "description": "A form in OpenAI's shape.",
            "properties": { "model": model(), "file": { "type": "string", "format": "binary", "description": "The sound." } },
        }),
        _ => return None,
    })
}

fn model() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": 256, "description": "The `id` of a model in the list of models." })
}

fn messages() -> Value {
    json!({ "type": "array", "minItems": 1, "items": { "type": "object" }, "description": "The conversation so far." })
}

fn body(whose: &str, required: &[&str], properties: &[(&str, Value)]) -> Value {
    let mut all = serde_json::Map::from_iter([("model".to_owned(), model())]);
    all.extend(properties.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())));
    let required: Vec<&str> = ["model"].iter().chain(required).copied().collect();
    json!({
        "description": format!("A request in {whose} shape. Fields that are not named here are passed to the provider unchanged."),
        "type": "object", "additionalProperties": true, "required": required, "properties": all,
    })
}

/// The successes of one of these operations.
pub(crate) fn replies(id: &str) -> Option<Success> {
    let whole = json!({ "type": "object", "additionalProperties": true, "description": "The answer, in the route's own shape." });
    let events = json!({ "description": "Server-sent events, in the route's own shape." });
    let text = json!({ "type": "string" });
    let binary = json!({ "type": "string", "format": "binary", "description": "Sound." });
    let contents: Vec<(&'static str, Value)> = match id {
        "ai.calls.messages" | "ai.calls.responses" | "ai.calls.images" => {
            vec![(JSON, whole), ("text/event-stream", events)]
        }
        "ai.calls.count_tokens" | "ai.calls.embeddings" | "ai.calls.moderations" | "ai.calls.rerank" => {
            vec![(JSON, whole)]
        }
        "ai.calls.transcriptions" => vec![
            (JSON, whole),
            ("text/event-stream", events),
            ("text/plain", text.clone()),
            ("text/vtt", text.clone()),
            ("application/x-subrip", text),
        ],
        "ai.calls.speech" => {
            let media = [
                "audio/mpeg",
                "audio/wav",
                "audio/x-wav",
                "audio/ogg",
                "audio/opus",
                "audio/aac",
                "audio/flac",
                "audio/pcm",
            ];
            let sounds = media.into_iter().chain(["application/octet-stream"]).map(|media| (media, binary.clone()));
            sounds.chain([("text/event-stream", events)]).collect()
        }
        _ => return None,
    };
    let contents = contents.into_iter().map(|(media, schema)| Content { media, schema }).collect();
    Some(Success { status: 200, about: "The answer.".to_owned(), contents, headers: HEADERS })
}
