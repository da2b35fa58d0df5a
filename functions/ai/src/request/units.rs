//! What a request can cost beside its tokens: pictures, characters, calls.

use crate::endpoint::Endpoint;
use crate::json::pointer;
use crate::money::usage::Units;
use crate::request::Request;

/// Pictures one request may ask for (OpenAI's own limit is 10).
const MAX_IMAGES: u64 = 128;

impl Request<'_> {
    /// The most of it that this request can use.
    #[must_use]
    pub fn units(&self) -> Units {
        match self.endpoint {
            Endpoint::Images => Units { images: self.n.min(MAX_IMAGES), calls: 1, ..Units::default() },
            Endpoint::Speech => Units { characters: self.characters(), calls: 1, ..Units::default() },
            _ => Units { calls: 1, ..Units::default() },
        }
    }

    /// Characters (Unicode scalar values) to be spoken.
    fn characters(&self) -> u64 {
        let input = self.member("input").and_then(|member| pointer::string(member.value));
        input.map_or(0, |text| text.chars().count() as u64)
    }
}
