//! Messages of the queue `ANALYSES`: whose turn it is, and for which step. Each may come twice.

use shared::platform::Platform;

use crate::columns::Columns;

/// The binding of the queue.
const QUEUE: &str = "ANALYSES";

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A try at an analysis.
    Analysis,
    /// A try at telling somebody.
    Delivery,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What is to be done.
    pub kind: Kind,
    /// Of what.
    pub id: String,
    /// Which step of it.
    pub step: u64,
}

impl Message {
    /// A try at what this row says: `id`, `step`.
    pub fn due(kind: Kind, mut row: Columns) -> Self {
        Self { kind, id: row.text("id"), step: row.number("step") }
    }

    /// The message that this text is; `None` for what is none of ours.
    pub fn read(text: &str) -> Option<Self> {
        let mut said: Columns = shared::json::read(text).ok()?;
        let kind = match said.text("kind").as_str() {
            "analysis" => Kind::Analysis,
            "delivery" => Kind::Delivery,
            _ => return None,
        };
        Some(Self { kind, id: said.maybe("id")?, step: said.maybe_number("step")? })
    }

    /// Hands it to the queue, to come after so many seconds.
    ///
    /// # Errors
    /// When the queue takes nothing, in its own words.
    pub async fn send(&self, platform: &Platform, seconds: u32) -> Result<(), String> {
        let kind = if self.kind == Kind::Analysis { "analysis" } else { "delivery" };
        // An id is letters, digits and underscores.
        let text = format!("{{\"kind\":\"{kind}\",\"id\":\"{}\",\"step\":{}}}", self.id, self.step);
        platform.enqueue_later(QUEUE, &[text], seconds).await
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Message};

    #[test]
    fn what_is_none_of_ours_is_no_message() {
        let text = r#"{"kind":"delivery","id":"msg_1","step":3,"more":"later"}"#;
        assert_eq!(Message::read(text), Some(Message { kind: Kind::Delivery, id: "msg_1".to_owned(), step: 3 }));
        for text in ["", "{}", "[]", r#"{"kind":"x","id":"a","step":1}"#, r#"{"kind":"analysis","id":"a"}"#] {
            assert_eq!(Message::read(text), None, "{text}");
        }
    }
}
