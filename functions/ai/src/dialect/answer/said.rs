//! What is ours in a reply: its id, the model's name, when it was made, and what the client had asked, which one dialect repeats.

/// What a reply says of itself.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// The id of the reply, with the prefix its dialect has (`chatcmpl-`, `msg_`, `resp_`).
    pub id: String,
    /// The model, as the client calls it.
    pub model: String,
    /// When it was made, in seconds since 1970.
    pub created_s: u64,
    /// The client's body, where it spoke `Responses`: replies of that dialect repeat some of it. May be empty.
    pub asked: String,
}
