//! A reply as every dialect means it: what the model said, why it stopped, what it used.
//!
//! A plain reply and a stream are read into the same pieces (`read_chat`, `read_messages`, `read_responses`) and gathered by the
//! same `draft`, so an answer is the same either way. `plain` writes it whole, `stream` as it comes.

pub(crate) mod draft;
pub(crate) mod plain;
mod read_chat;
mod read_messages;
mod read_responses;
pub(crate) mod said;
mod shape;
pub(crate) mod stream;
mod stream_chat;
mod stream_messages;
mod stream_responses;
pub(crate) mod usage;

use std::fmt;

use crate::dialect::Dialect;
use draft::Draft;
use said::Said;

/// A reply that is none of its dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Untranslatable(pub &'static str);

impl fmt::Display for Untranslatable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Untranslatable {}

/// The plain reply `json` in the client's dialect.
pub(crate) fn reply(upstream: Dialect, client: Dialect, json: &str, said: &Said) -> Result<Vec<u8>, Untranslatable> {
    let mut draft = Draft::new(&said.id);
    match upstream {
        Dialect::Chat => read_chat::whole(json, &mut draft)?,
        Dialect::Messages => read_messages::whole(json, &mut draft)?,
        Dialect::Responses => read_responses::whole(json, &mut draft)?,
    }
    draft.close();
    Ok(plain::write(client, &draft, said).into_bytes())
}
