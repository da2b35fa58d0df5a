//! Vectors by a model that is bound to the Worker (developers.cloudflare.com/workers-ai/models): texts go in as `text`, lists
//! of numbers come out. Conversations with such models are almost chats, and read as those are (`answer::read_chat`).

use base64ct::{Base64, Encoding};

use crate::cache::near::decimal;
use crate::dialect::node::array;
use crate::dialect::write::{Json, string};
use crate::json::pointer;
use crate::request::Request;
use crate::request::patch::UpstreamBody;

/// The body that asks for the vectors of what an embeddings request names.
pub(crate) fn embedding(request: &Request<'_>, model: &str) -> UpstreamBody {
    let mut out = Json::default();
    out.raw("{").field("model", &string(model));
    out.maybe("text", request.member("input").map(|input| input.value.get())).close('}');
    UpstreamBody::Changed(out.0.into_bytes())
}

/// Its answer, as OpenAI's embeddings: numbers, or base64 of 32-bit floats where that is asked for. What was used is not told.
pub(crate) fn vectors(json: &str, request: &Request<'_>) -> Option<Vec<u8>> {
    let packed = request.member("encoding_format").is_some_and(|format| format.value.get() == "\"base64\"");
    let mut out = Json::default();
    out.raw("{").word("object", "list").field("data", "[");
    for (at, vector) in array(pointer::at(json, "/data")?.get())?.into_iter().enumerate() {
        out.raw("{").word("object", "embedding").count("index", at as u64);
        let numbers = vector.get();
        match packed {
            true => out.word("embedding", &base64(numbers)?),
            false => out.field("embedding", numbers),
        };
        out.close('}');
    }
    out.close(']').field("model", &string(&request.model)).close('}');
    Some(out.0.into_bytes())
}

fn base64(numbers: &str) -> Option<String> {
    let inner = numbers.strip_prefix('[')?.strip_suffix(']')?;
    let bytes = inner.split(',').map(|number| Some(decimal(number.trim())?.to_le_bytes()));
    let bytes: Vec<[u8; 4]> = bytes.collect::<Option<_>>()?;
    Some(Base64::encode_string(bytes.as_flattened()))
}
