//! Feeding a stream to the scanner in pieces, for the tests that do.

use std::sync::Arc;

use ai::provider::provider;
use ai::stream::scan::{Forward, Options, Outcome, Scanner};

/// Reads a provider's stream.
pub(crate) fn options(id: &str, withhold_usage: bool) -> Options {
    Options::new(Arc::clone(&provider(id).unwrap().usage), withhold_usage)
}

/// Feeds the pieces and collects what a client would have got.
pub(crate) fn run(options: Options, pieces: &[&[u8]]) -> (Vec<u8>, Outcome) {
    let mut scanner = Scanner::new(options);
    let mut got = Vec::new();
    for piece in pieces {
        match scanner.push(piece) {
            Forward::Whole => got.extend_from_slice(piece),
            Forward::Bytes(bytes) | Forward::Stop(bytes) => got.extend_from_slice(&bytes),
            Forward::Nothing => {}
        }
    }
    let outcome = scanner.finish();
    got.extend(outcome.last.iter().flatten());
    (got, outcome)
}
