//! Messages of the queue `ANALYSES`: whose turn it is, and for which step. Each may come twice.

use serde::{Deserialize, Serialize};
use shared::platform::Platform;

/// The binding of the queue.
const QUEUE: &str = "ANALYSES";

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A try at an analysis.
    Analysis,
    /// A try at telling somebody.
    Delivery,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// What is to be done.
    pub kind: Kind,
    /// Of what.
    pub id: String,
    /// Which step of it.
    pub step: u64,
}

impl Message {
    /// A try at an analysis.
    pub fn analysis(id: &str, step: u64) -> Self {
        Self { kind: Kind::Analysis, id: id.to_owned(), step }
    }

    /// A try at a delivery.
    pub fn delivery(id: &str, step: u64) -> Self {
        Self { kind: Kind::Delivery, id: id.to_owned(), step }
    }

    /// Hands it to the queue, to come after so many seconds.
    ///
    /// # Errors
    /// When the queue takes nothing, in its own words.
    pub async fn send(&self, platform: &Platform, seconds: u32) -> Result<(), String> {
        let text = serde_json::to_string(self).map_err(|error| error.to_string())?;
        platform.enqueue_later(QUEUE, &[text], seconds).await
    }
}
