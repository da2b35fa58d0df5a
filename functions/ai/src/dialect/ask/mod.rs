//! A request as every dialect means it: what is asked, in which turns, with which tools.
//!
//! Values are JSON text of the client's body. Each dialect is read in a file of its own (`chat`, `messages`, `responses`) and
//! written in one (`to_chat`, `to_messages`, `to_responses`); `fate` says what becomes of members that stand for themselves.

pub(crate) mod chat;
mod effort;
pub(crate) mod fate;
pub(crate) mod messages;
mod parts;
pub(crate) mod responses;
pub(crate) mod thinking;
pub(crate) mod to_chat;
pub(crate) mod to_messages;
pub(crate) mod to_responses;
pub(crate) mod tools;

use std::borrow::Cow;

use crate::dialect::media::Source;

/// Who speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    System,
    User,
    Assistant,
}

/// What somebody says in one turn.
pub(crate) struct Turn<'a> {
    pub(crate) role: Role,
    pub(crate) parts: Vec<Part<'a>>,
}

/// One part of a turn. `cache` is Anthropic's `cache_control`.
pub(crate) enum Part<'a> {
    /// Text: a JSON string.
    Text {
        text: Cow<'a, str>,
        cache: Option<Cow<'a, str>>,
    },
    Image {
        source: Source<'a>,
        cache: Option<Cow<'a, str>>,
    },
    /// A document with its name, and where it stands in the body.
    File {
        source: Source<'a>,
        name: Option<&'a str>,
        cache: Option<Cow<'a, str>>,
        at: String,
    },
    /// Thinking with its signature, JSON strings both.
    Thinking {
        text: Cow<'a, str>,
        signature: Option<Cow<'a, str>>,
    },
    /// Thinking nobody but its maker can read.
    Redacted {
        data: Cow<'a, str>,
    },
    /// A tool is called; `input` is a JSON string that holds JSON, or the JSON itself.
    Call {
        id: Cow<'a, str>,
        name: &'a str,
        input: Cow<'a, str>,
        cache: Option<Cow<'a, str>>,
    },
    /// What the tool gave, or how it failed.
    Result {
        id: Cow<'a, str>,
        parts: Vec<Part<'a>>,
        failed: bool,
        cache: Option<Cow<'a, str>>,
    },
}

/// A function that the model may call; JSON text all.
pub(crate) struct Tool<'a> {
    pub(crate) name: &'a str,
    pub(crate) description: Option<&'a str>,
    pub(crate) schema: Option<&'a str>,
    pub(crate) strict: Option<&'a str>,
    pub(crate) cache: Option<Cow<'a, str>>,
}

/// Which tool the model is to call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice<'a> {
    Auto,
    Never,
    Required,
    /// The tool of this name, a JSON string.
    Named(&'a str),
}

/// What the answer has to be.
pub(crate) enum Format<'a> {
    /// Any JSON object, and where it was asked for.
    Object(String),
    /// JSON of this schema, with its name and description.
    Schema { schema: &'a str, name: Option<&'a str>, description: Option<&'a str>, strict: Option<&'a str>, at: String },
}

/// A member that only OpenAI's dialects have: its name in the other one, its value, and where it stands.
pub(crate) struct Extra<'a> {
    pub(crate) name: &'static str,
    pub(crate) value: &'a str,
    pub(crate) at: String,
}

/// A request.
#[derive(Default)]
pub(crate) struct Ask<'a> {
    pub(crate) system: Vec<Part<'a>>,
    pub(crate) turns: Vec<Turn<'a>>,
    pub(crate) tools: Vec<Tool<'a>>,
    pub(crate) choice: Option<Choice<'a>>,
    /// False: one call at a time.
    pub(crate) parallel: Option<bool>,
    pub(crate) format: Option<Format<'a>>,
    pub(crate) max_tokens: Option<u64>,
    pub(crate) temperature: Option<&'a str>,
    pub(crate) top_p: Option<&'a str>,
    pub(crate) top_k: Option<&'a str>,
    /// JSON strings.
    pub(crate) stop: Vec<&'a str>,
    /// Where they stand.
    pub(crate) stop_at: &'static str,
    pub(crate) stream: bool,
    /// OpenAI's word for it, and where it stands.
    pub(crate) effort: Option<(Cow<'a, str>, String)>,
    /// Anthropic's `thinking`, as it came.
    pub(crate) thinking: Option<&'a str>,
    /// Who is behind the call: a JSON string.
    pub(crate) user: Option<&'a str>,
    /// OpenAI's word for the service tier, and where it stands.
    pub(crate) tier: Option<(Cow<'a, str>, String)>,
    pub(crate) extras: Vec<Extra<'a>>,
}

impl<'a> Ask<'a> {
    /// Adds to what is said; consecutive parts of one side are one turn.
    pub(crate) fn say(&mut self, role: Role, parts: Vec<Part<'a>>) {
        match self.turns.last_mut() {
            Some(last) if last.role == role && role != Role::System => last.parts.extend(parts),
            _ if parts.is_empty() => {}
            _ => self.turns.push(Turn { role, parts }),
        }
    }
}
