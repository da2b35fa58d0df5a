//! Dialects: what a client speaks and what an upstream speaks, and the way from one to the other.
//!
//! Pure translation: no I/O, no clock, ids and times are given. A body is read into what both dialects mean by it (`ask`), a
//! reply into what the model said (`answer`), and written anew; strings keep the text they came in. Which field is mapped,
//! dropped or refused stands in `docs/ai/translation.md`, and a test holds the two together. The same dialect in and out is
//! never translated: those bytes pass as they are (`stream::scan`).

mod answer;
mod ask;
mod claude;
mod error;
mod media;
mod node;
pub(crate) mod prediction;
pub(crate) mod run;
mod write;

pub use answer::Untranslatable;
pub use answer::said::Said;
pub use answer::stream::Stream;
pub use error::{error_body, error_event};

use crate::endpoint::Endpoint;
use crate::request::BodyError;
use node::Notes;

/// What is spoken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Dialect {
    /// OpenAI's chat completions.
    #[default]
    Chat,
    /// Anthropic's messages.
    Messages,
    /// OpenAI's responses.
    Responses,
}

impl Dialect {
    /// What is spoken on a route; `None` where nobody converses.
    #[must_use]
    pub const fn of(endpoint: Endpoint) -> Option<Self> {
        match endpoint {
            Endpoint::Chat | Endpoint::Run | Endpoint::Predictions => Some(Self::Chat),
            Endpoint::Messages | Endpoint::CountTokens => Some(Self::Messages),
            Endpoint::Responses => Some(Self::Responses),
            _ => None,
        }
    }

    /// How errors are told on a route: where nobody converses, as OpenAI does.
    #[must_use]
    pub fn of_errors(endpoint: Endpoint) -> Self {
        Self::of(endpoint).unwrap_or(Self::Chat)
    }
}

/// The code of a [`BodyError`] that names what the other dialect cannot say; the reply is 422. All others are 400.
pub const UNTRANSLATABLE: &str = "untranslatable_parameter";

/// The status that a refused body gets.
#[must_use]
pub fn status(error: &BodyError) -> u16 {
    if error.code == UNTRANSLATABLE { 422 } else { 400 }
}

/// A body in the upstream's dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translated {
    /// The body.
    pub body: Vec<u8>,
    /// What could not be carried, by the client's names without indexes (`messages.name`): ASCII, safe in a header.
    pub dropped: Vec<String>,
}

/// Translates a request. `model` takes the place of the client's name; `max_output` is what it may write (tokens) where the
/// client set no bound and the upstream demands one.
///
/// # Errors
/// [`BodyError`] when the body cannot be read, or asks for what the upstream's dialect cannot say ([`status`]).
pub fn request(
    client: Dialect,
    upstream: Dialect,
    json: &str,
    model: &str,
    max_output: u64,
) -> Result<Translated, BodyError> {
    let mut notes = Notes::default();
    let ask = read(client, json, &mut notes);
    let body = match upstream {
        Dialect::Chat => ask::to_chat::write(&ask, model, &mut notes),
        Dialect::Messages => ask::to_messages::write(&ask, model, max_output, &mut notes),
        Dialect::Responses => ask::to_responses::write(&ask, model, &mut notes),
    };
    notes.whole().map(|dropped| Translated { body: body.into_bytes(), dropped })
}

fn read<'a>(client: Dialect, json: &'a str, notes: &mut Notes) -> ask::Ask<'a> {
    match client {
        Dialect::Chat => ask::chat::read(json, notes),
        Dialect::Messages => ask::messages::read(json, notes),
        Dialect::Responses => ask::responses::read(json, notes),
    }
}

/// The same for a provider that makes predictions, whose model stands in the address.
///
/// # Errors
/// As [`request`].
pub fn predicted(client: Dialect, json: &str) -> Result<Translated, BodyError> {
    let mut notes = Notes::default();
    let ask = read(client, json, &mut notes);
    let body = prediction::write(&ask, &mut notes);
    notes.whole().map(|dropped| Translated { body: body.into_bytes(), dropped })
}

/// Translates a plain reply.
///
/// # Errors
/// [`Untranslatable`] when it is no reply of the upstream's dialect.
pub fn reply(upstream: Dialect, client: Dialect, json: &str, said: &Said) -> Result<Vec<u8>, Untranslatable> {
    answer::reply(upstream, client, json, said)
}
