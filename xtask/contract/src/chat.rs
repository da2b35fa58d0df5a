//! The shapes of a chat: OpenAI's, which the AI function reads shallowly and passes
//! on whole. Fields that are not named here travel unchanged in both directions,
//! so every object is open. Field names and meanings: OpenAI's API reference.

use serde_json::{Value, json};

use crate::schemas::{PLACE, Schemas};

/// The body of a chat request.
pub(crate) fn request(schemas: &mut Schemas) -> Value {
    schemas.add("ChatMessage", message());
    schemas.add("ChatRequest", json!({
        "description": "A chat request in OpenAI's shape. Fields that are not named here are passed to the provider unchanged.",
        "type": "object",
        "additionalProperties": true,
        "required": ["model", "messages"],
        "properties": {
            "model": { "type": "string", "minLength": 1, "maxLength": 256, "description": "The `id` of a model in the list of models." },
            "messages": { "type": "array", "minItems": 1, "items": reference("ChatMessage"), "description": "The conversation so far." },
            "stream": { "type": ["boolean", "null"], "description": "Whether to send the answer as it is written, as server-sent events." },
            "stream_options": {
                "type": ["object", "null"], "additionalProperties": true, "description": "Of streams alone.",
                "properties": { "include_usage": { "type": ["boolean", "null"],
                    "description": "Whether to send one last chunk with `usage` and without choices." } },
            },
            "max_completion_tokens": { "type": ["integer", "null"], "minimum": 1, "description": "The most tokens the model may write, reasoning included. The call is reserved at the price of all of them." },
            "max_tokens": { "type": ["integer", "null"], "minimum": 1, "description": "The same, in its older name." },
            "n": { "type": ["integer", "null"], "minimum": 1, "maximum": 128, "description": "The number of choices." },
            "temperature": { "type": ["number", "null"], "description": "How freely the model chooses its words." },
            "top_p": { "type": ["number", "null"], "description": "The share of probability the model chooses from." },
            "stop": { "description": "Where the model stops: a text or a list of texts." },
            "tools": { "type": ["array", "null"], "items": { "type": "object" }, "description": "The functions the model may ask for." },
            "tool_choice": { "description": "Whether and which tool must be asked for." },
            "response_format": { "type": ["object", "null"], "additionalProperties": true, "description": "Text, JSON, or JSON of a schema." },
        },
    }))
}

/// The body of a plain answer.
pub(crate) fn completion(schemas: &mut Schemas) -> Value {
    schemas.add("ChatMessage", message());
    schemas.add("ChatUsage", usage());
    let choice = json!({
        "type": "object", "additionalProperties": true, "required": ["index", "message", "finish_reason"],
        "properties": {
            "index": { "type": "integer", "description": "Which of the `n` choices." },
            "message": reference("ChatMessage"),
            "finish_reason": finish_reason(),
        },
    });
    schemas.add(
        "ChatCompletion",
        outer("chat.completion", "An answer in OpenAI's shape, as the provider sent it.", &choice),
    )
}

/// The body of a streamed answer.
pub(crate) fn stream(schemas: &mut Schemas) -> Value {
    let choice = json!({
        "type": "object", "additionalProperties": true, "required": ["index", "delta"],
        "properties": {
            "index": { "type": "integer", "description": "Which of the `n` choices." },
            "delta": { "type": "object", "additionalProperties": true,
                "description": "What is new in the message: `role`, `content`, `reasoning_content` or `tool_calls`." },
            "finish_reason": finish_reason(),
        },
    });
    let about = "One event of a streamed answer. The one with `usage` has no choices.";
    let chunk = schemas.add("ChatCompletionChunk", outer("chat.completion.chunk", about, &choice));
    // No type: tools that know server-sent events hold the schema against each event, others against the text.
    json!({
        "description": "Server-sent events, as the provider sent them: each `data` is one `ChatCompletionChunk`, and the last \
    is `[DONE]`. A stream that is cut off ends with an event `{\"error\": …}` and without `[DONE]`.",
        "x-event-data": chunk,
    })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{PLACE}{name}") })
}

fn message() -> Value {
    json!({
        "description": "One message of a conversation.",
        "type": "object",
        "additionalProperties": true,
        "required": ["role"],
        "properties": {
            "role": { "type": "string", "enum": ["user", "system", "developer", "assistant", "tool"], "description": "Who speaks." },
            "content": {
                "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "object" } }, { "type": "null" }],
                "description": "The words, or a list of parts where the model takes images or sound; null beside `tool_calls`.",
            },
            "reasoning_content": { "type": ["string", "null"], "description": "What the model thought, where the provider tells it." },
            "tool_calls": { "type": ["array", "null"], "items": { "type": "object" }, "description": "The functions the model asks for." },
            "tool_call_id": { "type": "string", "description": "In a message of a tool: which call it answers." },
        },
    })
}

fn finish_reason() -> Value {
    json!({ "type": ["string", "null"], "description": "Why the model stopped: `stop`, `length`, `tool_calls` or `content_filter`." })
}

fn outer(object: &str, about: &str, choice: &Value) -> Value {
    json!({
        "description": about,
        "type": "object",
        "additionalProperties": true,
        "required": ["id", "object", "created", "model", "choices"],
        "properties": {
            "id": { "type": "string", "description": "The provider's id of the answer." },
            "object": { "const": object, "description": "The kind of this object." },
            "created": { "type": "integer", "description": "Seconds since 1970." },
            "model": { "type": "string", "description": "The model, in the provider's words." },
            "choices": { "type": "array", "items": choice, "description": "The answers." },
            "usage": { "anyOf": [reference("ChatUsage"), { "type": "null" }], "description": "What the call used." },
        },
    })
}

fn usage() -> Value {
    json!({
        "description": "The tokens of a call, as the provider counted them.",
        "type": "object",
        "additionalProperties": true,
        "required": ["prompt_tokens", "completion_tokens", "total_tokens"],
        "properties": {
            "prompt_tokens": { "type": "integer", "description": "Tokens of the request." },
            "completion_tokens": { "type": "integer", "description": "Tokens the model wrote, reasoning included." },
            "total_tokens": { "type": "integer", "description": "Both together." },
            "prompt_tokens_details": { "description": "Of the request.", "type": ["object", "null"], "additionalProperties": true,
                "properties": { "cached_tokens": { "type": "integer", "description": "Those the provider had in its cache." } } },
            "completion_tokens_details": { "description": "Of the answer.", "type": ["object", "null"], "additionalProperties": true,
                "properties": { "reasoning_tokens": { "type": "integer", "description": "Those spent on reasoning." } } },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The recorded answers that the AI function's own tests read.
    fn fixture(name: &str) -> Value {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../functions/ai/fixtures").join(name);
        let text = std::fs::read_to_string(path).unwrap();
        let event = text.lines().find_map(|line| line.strip_prefix("data: "));
        serde_json::from_str(event.unwrap_or(&text)).unwrap()
    }

    fn lacks(value: &Value, schema: &Value) -> Vec<String> {
        let required = schema["required"].as_array().unwrap().iter().filter_map(Value::as_str);
        required.filter(|name| value.get(name).is_none()).map(str::to_owned).collect()
    }

    #[test]
    fn recorded_answers_have_the_fields_that_are_promised() {
        let mut schemas = Schemas::new();
        let roots = [completion(&mut schemas), stream(&mut schemas)];
        let all = schemas.reached_from(&[], &[&roots[0], &roots[1]]).unwrap();
        for name in ["openai-reply.json", "moonshot-reply.json"] {
            let reply = fixture(name);
            assert_eq!(lacks(&reply, &all["ChatCompletion"]), [""; 0], "{name}");
            assert_eq!(lacks(&reply["usage"], &all["ChatUsage"]), [""; 0], "{name}");
            assert_eq!(lacks(&reply["choices"][0]["message"], &all["ChatMessage"]), [""; 0], "{name}");
        }
        for name in ["openai-stream.sse", "moonshot-stream.sse"] {
            assert_eq!(lacks(&fixture(name), &all["ChatCompletionChunk"]), [""; 0], "{name}");
        }
    }
}
