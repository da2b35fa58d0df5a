//! What becomes of a message of a queue. How messages are taken is in `platform`.

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is done with.
    Done,
    /// It comes again after so many seconds, as often as the queue's configuration says; then it is dead.
    Again(u32),
}
