//! Why a call is not admitted: which scope, what of it, and how long to wait. Pure; how it is told to the client is in
//! `mod`.

use serde::Serialize;
use shared::budget::Period;

/// What there is too much of in a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rate {
    /// Requests.
    Requests,
    /// Tokens.
    Tokens,
}

/// Why a call is not admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The budget of this scope does not cover the most the call can cost.
    Budget {
        /// The scope.
        scope: String,
        /// The budget's period.
        period: Period,
        /// When it begins anew, milliseconds since 1970; `None`: never.
        resets_ms: Option<u64>,
    },
    /// This scope has too many calls under way.
    Concurrency(String),
    /// This scope had too much in the last minute.
    Rate {
        /// The scope.
        scope: String,
        /// Of what.
        rate: Rate,
        /// So much is allowed.
        limit: u64,
        /// Milliseconds until the call fits; `None`: it never does.
        wait_ms: Option<u64>,
    },
}

impl Refusal {
    /// Of several reasons the one that lasts longest is told: whoever waits for another would wait in vain.
    #[must_use]
    pub fn lasts(&self) -> (u8, u64) {
        match self {
            Self::Budget { resets_ms, .. } => (3, resets_ms.unwrap_or(u64::MAX)),
            Self::Rate { wait_ms: None, .. } => (2, 0),
            Self::Rate { wait_ms: Some(wait), .. } => (1, *wait),
            Self::Concurrency(_) => (0, 0),
        }
    }
}
