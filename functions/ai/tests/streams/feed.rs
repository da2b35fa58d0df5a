//! Feeding a stream to the scanner in pieces, for the tests that do.

use ai::stream::scan::{Forward, Outcome, Scanner};

/// Feeds the pieces and collects what a client would have got.
pub(crate) fn feed(mut scanner: Scanner, pieces: &[&[u8]]) -> (Vec<u8>, Outcome) {
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
