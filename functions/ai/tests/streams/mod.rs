//! A provider's stream in pieces.

mod feed;

use std::sync::Arc;

use ai::provider::provider;
use ai::stream::scan::{Options, Outcome, Scanner};
use feed::feed;

/// Reads a provider's stream.
pub(crate) fn options(id: &str, withhold_usage: bool) -> Options {
    Options::new(Arc::clone(&provider(id).unwrap().usage), withhold_usage)
}

/// What a client gets of a provider's stream in these pieces.
pub(crate) fn run(options: Options, pieces: &[&[u8]]) -> (Vec<u8>, Outcome) {
    feed(Scanner::new(options), pieces)
}
