//! The request as the gateway reads it: shallowly, and only where both sides agree.
//!
//! A request that two parsers could read differently (a repeated name, a name in another
//! case) is refused: the budget must be kept for the request the upstream sees. What goes
//! upstream is made in `patch`.

pub mod asked;
pub mod form;
pub mod patch;
mod units;

use std::borrow::Cow;
use std::fmt;

use crate::endpoint::Endpoint;
use crate::json::pointer;
use crate::json::splice::{MAX_MEMBERS, Member, NotAnObject, members};

/// Names that must be written exactly so: those read here or named in a provider's data.
pub(crate) const READ: [&str; 21] = [
    "model",
    "messages",
    "input",
    "prompt",
    "stream",
    "stream_options",
    "stream_format",
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "n",
    "temperature",
    "tools",
    "tool_choice",
    "service_tier",
    "speed",
    "inference_geo",
    "background",
    "previous_response_id",
    "conversation",
    "web_search_options",
];

/// The names of the most tokens to write, in the routes that have one, and where they stand.
const MAXIMA: [(&str, &str); 3] = [
    ("max_tokens", "/max_tokens"),
    ("max_completion_tokens", "/max_completion_tokens"),
    ("max_output_tokens", "/max_output_tokens"),
];

/// The most choices one request may ask for (OpenAI's own limit).
const MAX_CHOICES: u64 = 128;

/// The longest model name, in bytes.
const MAX_MODEL_NAME: usize = 256;

/// Why a body was refused. All of these are 400 in the OpenAI dialect, with type
/// `invalid_request_error`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyError {
    /// JSON pointer (RFC 6901) to the fault; empty for the whole body.
    pub pointer: String,
    /// A stable code.
    pub code: &'static str,
    /// A sentence for the client.
    pub message: String,
}

impl BodyError {
    pub(crate) fn new(pointer: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self { pointer: pointer.to_owned(), code, message: message.into() }
    }

    /// The member at fault as the OpenAI dialect writes it: `stream_options.include_usage`.
    #[must_use]
    pub fn param(&self) -> Option<String> {
        let path = self.pointer.strip_prefix('/')?;
        Some(path.replace('/', ".").replace("~1", "/").replace("~0", "~"))
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BodyError {}

/// A request, read shallowly.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The route it came by.
    pub endpoint: Endpoint,
    text: &'a str,
    members: Vec<Member<'a>>,
    /// The model's name as the client wrote it.
    pub model: Cow<'a, str>,
    /// The client wants a stream.
    pub stream: bool,
    /// The client asked for the usage chunk of the stream.
    pub include_usage: bool,
    /// The most tokens the client lets the model write, at least 1; of several names the largest.
    pub max_output: Option<u64>,
    /// The number of choices, 1 to 128.
    pub n: u64,
}

impl<'a> Request<'a> {
    /// Reads a body.
    ///
    /// # Errors
    /// [`BodyError`] when it is not a JSON object in UTF-8, has no usable `model`, repeats a
    /// member, or has a wrong type where the gateway must understand it.
    pub fn read(endpoint: Endpoint, body: &'a [u8]) -> Result<Self, BodyError> {
        let text =
            std::str::from_utf8(body).map_err(|_| BodyError::new("", "invalid_json", "The body is not UTF-8."))?;
        let members = object(text, "")?;
        let mut request = Self {
            endpoint,
            text,
            members,
            model: Cow::Borrowed(""),
            stream: false,
            include_usage: false,
            max_output: None,
            n: 1,
        };
        request.model = request.read_model()?;
        request.stream = flag(request.member("stream"), "/stream")?;
        for (name, pointer) in MAXIMA {
            request.max_output = request.max_output.max(positive(request.member(name), pointer)?);
        }
        request.n = positive(request.member("n"), "/n")?.unwrap_or(1);
        if request.n > MAX_CHOICES {
            let message = format!("'n' must be at most {MAX_CHOICES}.");
            return Err(BodyError::new("/n", "invalid_value", message));
        }
        request.refuse_unpriced()?;
        if request.stream
            && let Some(options) = request.member("stream_options").filter(|m| !m.is_null())
        {
            let inner = object(options.value.get(), "/stream_options")?;
            let asked = find(&inner, "include_usage");
            request.include_usage = flag(asked, "/stream_options/include_usage")?;
        }
        Ok(request)
    }

    /// The body, as it came.
    #[must_use]
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// All top-level members, in order.
    #[must_use]
    pub fn members(&self) -> &[Member<'a>] {
        &self.members
    }

    /// The usage chunk is for the gateway alone.
    #[must_use]
    pub fn withhold_usage(&self) -> bool {
        self.endpoint == Endpoint::Chat && self.stream && !self.include_usage
    }

    /// A top-level member by its exact name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Member<'a>> {
        find(&self.members, name)
    }

    /// Refuses what would cost money that nobody here can count.
    fn refuse_unpriced(&self) -> Result<(), BodyError> {
        if self.endpoint != Endpoint::Responses {
            return Ok(());
        }
        if flag(self.member("background"), "/background")? {
            let message = "'background' is not offered: nobody could tell what such an answer cost.";
            return Err(BodyError::new("/background", "unsupported_value", message));
        }
        Ok(())
    }

    fn read_model(&self) -> Result<Cow<'a, str>, BodyError> {
        let Some(member) = self.member("model") else {
            let message = "You must provide a 'model'.";
            return Err(BodyError::new("/model", "missing_required_parameter", message));
        };
        let wrong = |message: &str| BodyError::new("/model", "invalid_type", message);
        let name = pointer::string(member.value).ok_or_else(|| wrong("'model' must be a string."))?;
        if name.is_empty() || name.len() > MAX_MODEL_NAME {
            return Err(wrong("'model' must have 1 to 256 bytes."));
        }
        Ok(name)
    }
}

/// The member of that exact name.
pub(crate) fn find<'m, 'a>(members: &'m [Member<'a>], name: &str) -> Option<&'m Member<'a>> {
    members.iter().find(|member| member.name == name)
}

/// The members of an object, none of them ambiguous.
pub(crate) fn object<'a>(text: &'a str, at: &str) -> Result<Vec<Member<'a>>, BodyError> {
    let members = members(text).map_err(|error| match error {
        NotAnObject::Syntax(line, column) => {
            let message = format!("The body is not valid JSON (line {line}, column {column}).");
            BodyError::new(at, "invalid_json", message)
        }
        NotAnObject::OtherType => BodyError::new(at, "invalid_type", "An object was expected."),
        NotAnObject::TooMany => {
            let message = format!("An object may have at most {MAX_MEMBERS} members.");
            BodyError::new(at, "too_many_parameters", message)
        }
    })?;
    let mut seen: Vec<String> = Vec::with_capacity(members.len());
    for member in &members {
        let folded = fold(&member.name);
        let pointer = || format!("{at}/{}", member.name.replace('~', "~0").replace('/', "~1"));
        if seen.contains(&folded) {
            let message = format!("'{}' is given more than once.", member.name);
            return Err(BodyError::new(&pointer(), "duplicate_parameter", message));
        }
        if folded != member.name && (READ.contains(&folded.as_str()) || folded == "include_usage") {
            let message = format!("'{}' must be written '{folded}'.", member.name);
            return Err(BodyError::new(&pointer(), "unknown_parameter", message));
        }
        seen.push(folded);
    }
    Ok(members)
}

/// A name as a parser that ignores case reads it: Go's folds ASCII letters, and the two
/// other characters Unicode folds into ASCII, the long s and the Kelvin sign.
fn fold(name: &str) -> String {
    let fold = |c: char| match c {
        'ſ' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    };
    name.chars().map(fold).collect()
}

fn flag(member: Option<&Member<'_>>, pointer: &str) -> Result<bool, BodyError> {
    match member.map_or("null", |m| m.value.get()) {
        "true" => Ok(true),
        "false" | "null" => Ok(false),
        _ => Err(BodyError::new(pointer, "invalid_type", "A boolean was expected.")),
    }
}

/// A whole number from 1 on. Zero is refused because some upstreams take it for "no limit".
fn positive(member: Option<&Member<'_>>, pointer: &str) -> Result<Option<u64>, BodyError> {
    let Some(member) = member.filter(|m| !m.is_null()) else {
        return Ok(None);
    };
    match member.value.get().parse::<u64>() {
        Ok(0) => Err(BodyError::new(pointer, "invalid_value", "The value must be at least 1.")),
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(BodyError::new(pointer, "invalid_type", "A whole number was expected.")),
    }
}
