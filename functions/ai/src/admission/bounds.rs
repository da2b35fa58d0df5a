//! How many tokens a call can have at most, before it is made, and how many it probably had
//! when nobody reported them.
//!
//! The bound is what admission reserves; the estimate is what a call is charged that ended
//! without usage. Prices are in `price`.

use std::fmt;

use memchr::memmem;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::endpoint::Endpoint;
use crate::json::pointer::Key;
use crate::money::price::{Price, Written};
use crate::money::usage::{Units, Usage};
use crate::provider::target::Limits;
use crate::request::Request;

/// Tokens a provider adds around a request (roles, the opening of the reply) beyond what
/// the JSON around it already pays for.
const FRAME_TOKENS: u64 = 64;

/// Completion tokens assumed for a model whose maximum nobody told us.
pub const UNKNOWN_MAX_OUTPUT: u64 = 32_768;

/// Bytes of text one token stands for, in an estimate.
const BYTES_PER_TOKEN: u64 = 4;

/// The most tokens a call can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Tokens of the prompt.
    pub prompt_tokens: u64,
    /// Tokens of all choices together.
    pub completion_tokens: u64,
    /// What is billed otherwise than by the token.
    pub units: Units,
    /// Whether the prompt may be written to the provider's cache.
    pub written: Written,
}

impl Bounds {
    /// The bounds of a request to a model.
    ///
    /// **Prompt:** one token a byte of the body. Byte-level tokenizers (OpenAI's, Kimi's)
    /// never make more than one token of a byte, JSON never writes a text shorter than its
    /// UTF-8, and the JSON around a message has more bytes than the provider's frame has
    /// tokens. That fails where the body only names what is read: images, files, searches.
    /// A request with anything but text may fill the model's context, which bounds all.
    ///
    /// **Completion:** the larger of `max_tokens` and `max_completion_tokens`, or what the
    /// model can write at most; times `n`. The request's own number is not cut to the
    /// model's: if our data were stale, the reservation would be too small.
    #[must_use]
    pub fn of(request: &Request<'_>, limits: Option<Limits>) -> Self {
        if request.endpoint == Endpoint::CountTokens {
            // Free everywhere.
            return Self::of_tokens(0, 0);
        }
        let bytes = request.text().len() as u64;
        let prompt_tokens = match limits {
            // Many texts may be longer together than the model reads at once.
            _ if !request.endpoint.converses() => bytes + FRAME_TOKENS,
            Some(limits) if !text_only(request) => limits.context,
            Some(limits) => limits.context.min(bytes + FRAME_TOKENS),
            None => bytes + FRAME_TOKENS,
        };
        let most = limits.map_or(UNKNOWN_MAX_OUTPUT, |limits| limits.max_output);
        let completion_tokens =
            if request.endpoint.writes() { request.max_output.unwrap_or(most).saturating_mul(request.n) } else { 0 };
        Self { prompt_tokens, completion_tokens, units: request.units(), written: written(request) }
    }

    /// Tokens and nothing else.
    #[must_use]
    pub const fn of_tokens(prompt_tokens: u64, completion_tokens: u64) -> Self {
        let units = Units { images: 0, milliseconds: 0, characters: 0, calls: 1 };
        Self { prompt_tokens, completion_tokens, units, written: Written::Never }
    }

    /// Nano-dollars to reserve: the most such a call can cost. `None` without a price, or
    /// when the sum is absurd.
    #[must_use]
    pub fn worst_case(&self, price: Option<&Price>) -> Option<u64> {
        price?.at_most(self.prompt_tokens, self.completion_tokens, &self.units, self.written)
    }

    /// The bounds as usage, for a call of which nothing is known but that it was admitted
    /// (the runtime was killed): it is charged what was reserved.
    #[must_use]
    pub fn as_usage(&self) -> Usage {
        Usage { prompt_tokens: self.prompt_tokens, completion_tokens: self.completion_tokens, ..Usage::default() }
            .clamped()
    }

    /// The probable usage of a call that ended without a report (the client left, the
    /// stream was cut, the upstream has none).
    ///
    /// Prompt: a token for every four bytes of the request, rounded up, cached ones unknown
    /// and so none. Completion: a token for every four bytes the model was seen to write,
    /// rounded up, but at least one for every event in which it wrote, since most upstreams
    /// send a token an event. Neither above the bounds. Reasoning that is not shown cannot
    /// be seen, and is not in the estimate.
    #[must_use]
    pub fn estimate(&self, request_bytes: u64, seen: Seen) -> Usage {
        let completion = seen.written_bytes.div_ceil(BYTES_PER_TOKEN).max(seen.written_events);
        Usage {
            prompt_tokens: request_bytes.div_ceil(BYTES_PER_TOKEN).min(self.prompt_tokens),
            completion_tokens: completion.min(self.completion_tokens),
            ..Usage::default()
        }
        .clamped()
    }
}

/// Whether the request asks the provider to keep its prompt (Anthropic's `cache_control`). Text that only talks about
/// it makes the bound larger than need be, never smaller.
fn written(request: &Request<'_>) -> Written {
    let text = request.text().as_bytes();
    if request.endpoint != Endpoint::Messages || memmem::find(text, b"cache_control").is_none() {
        return Written::Never;
    }
    if memmem::find(text, b"1h").is_some() { Written::ForLong } else { Written::Briefly }
}

/// What was seen of a reply (see `scan::Outcome`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// Bytes of UTF-8 the model wrote.
    pub written_bytes: u64,
    /// Events in which it wrote.
    pub written_events: u64,
}

/// The prompt is in the body, all of it: messages of text, tools that are plain functions,
/// no search.
fn text_only(request: &Request<'_>) -> bool {
    let searches = request.member("web_search_options").is_some_and(|m| !m.is_null());
    let plain_tools = request.member("tools").is_none_or(|tools| walk(tools.value, Walk::Tools));
    let plain_messages = request.member("messages").is_none_or(|m| walk(m.value, Walk::Messages));
    !searches && plain_tools && plain_messages
}

/// What an array's objects are.
#[derive(Clone, Copy)]
enum Walk {
    Messages,
    Parts,
    Tools,
}

/// True if every object of the array is plain text; what is not an array of objects is left
/// to the upstream to refuse, and counts as not plain.
fn walk(value: &RawValue, what: Walk) -> bool {
    if value.get() == "null" {
        return true;
    }
    let mut reader = serde_json::Deserializer::from_slice(value.get().as_bytes());
    Elements(what).deserialize(&mut reader).unwrap_or(false)
}

struct Elements(Walk);

impl<'de> DeserializeSeed<'de> for Elements {
    type Value = bool;
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<bool, D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements {
    type Value = bool;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<bool, A::Error> {
        let mut plain = true;
        while let Some(one) = elements.next_element_seed(Element(self.0))? {
            plain &= one;
        }
        Ok(plain)
    }
}

struct Element(Walk);

impl<'de> DeserializeSeed<'de> for Element {
    type Value = bool;
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<bool, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Element {
    type Value = bool;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<bool, A::Error> {
        // A part or tool that does not say its type is not known to be text.
        let (mut typed, mut plain) = (matches!(self.0, Walk::Messages), true);
        while let Some(Key(name)) = members.next_key::<Key<'de>>()? {
            match (self.0, name.as_ref()) {
                (Walk::Messages, "content") => {
                    let content: &RawValue = members.next_value()?;
                    plain &= !content.get().starts_with('[') || walk(content, Walk::Parts);
                }
                (Walk::Messages, "audio") => {
                    plain &= members.next_value::<&RawValue>()?.get() == "null";
                }
                (Walk::Parts | Walk::Tools, "type") => {
                    let Key(kind) = members.next_value()?;
                    plain &= self.is_text(&kind);
                    typed = true;
                }
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(typed && plain)
    }
}

impl Element {
    fn is_text(&self, kind: &str) -> bool {
        match self.0 {
            Walk::Tools => kind == "function",
            Walk::Parts | Walk::Messages => matches!(kind, "text" | "refusal"),
        }
    }
}
