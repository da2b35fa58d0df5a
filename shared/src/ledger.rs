//! The record of one finished AI call, as it travels through the queue into the ledger.
//!
//! It holds all it takes to price the call again: the provider's own usage text and the
//! version of the price. It holds nothing of what was said.

use serde::{Deserialize, Serialize};

/// No count is believed beyond this (2^40): a larger one is a fault of the upstream.
pub const MAX_TOKENS: u64 = 1 << 40;

/// Tokens of one call. `cached_tokens` are part of `prompt_tokens`, `reasoning_tokens` of
/// `completion_tokens`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the request, cached ones included.
    pub prompt_tokens: u64,
    /// Prompt tokens the provider found in its cache.
    pub cached_tokens: u64,
    /// Tokens the model wrote, reasoning included.
    pub completion_tokens: u64,
    /// Completion tokens spent on reasoning.
    pub reasoning_tokens: u64,
    /// Prompt tokens the provider put into its cache for some minutes.
    #[serde(default, skip_serializing_if = "none")]
    pub cache_write_tokens: u64,
    /// Prompt tokens the provider put into its cache for an hour.
    #[serde(default, skip_serializing_if = "none")]
    pub cache_write_long_tokens: u64,
}

/// What is billed otherwise than by the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Units {
    /// Pictures made.
    #[serde(default, skip_serializing_if = "none")]
    pub images: u64,
    /// Milliseconds of sound heard.
    #[serde(default, skip_serializing_if = "none")]
    pub milliseconds: u64,
    /// Characters spoken.
    #[serde(default, skip_serializing_if = "none")]
    pub characters: u64,
    /// Calls, where each has its price.
    #[serde(default, skip_serializing_if = "none")]
    pub calls: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
const fn none(count: &u64) -> bool {
    *count == 0
}

/// One try of a call at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The provider's id.
    pub provider: String,
    /// The model's id there.
    pub model: String,
    /// Which of the provider's keys, by its name; nothing of its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How it ended: `ok`, or the stable code of the failure.
    pub outcome: String,
    /// The status the provider answered with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Milliseconds from the call's admission to its begin.
    pub after_ms: u64,
    /// Milliseconds it took, to the head of the answer or to the failure.
    pub took_ms: u64,
}

/// How a call went, beyond what it cost.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Detail {
    /// The route that chose who was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// The variant that was chosen there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Every try, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
    /// `hit` or `coalesced`: the answer was another call's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<String>,
    /// What the guard did, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<String>,
    /// `shadow`, `hedge`, `judge`: not the answer that the client got.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

impl Detail {
    /// Nothing worth keeping.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Usage {
    /// The counts made consistent: none above [`MAX_TOKENS`], no part larger than its whole.
    ///
    /// A part that claims more than the whole is cut to the whole: the whole is what
    /// providers bill by, the part only moves tokens to another price.
    #[must_use]
    pub fn clamped(self) -> Self {
        let prompt_tokens = self.prompt_tokens.min(MAX_TOKENS);
        let completion_tokens = self.completion_tokens.min(MAX_TOKENS);
        let cached_tokens = self.cached_tokens.min(prompt_tokens);
        // Read from the cache, written to it for long, written to it: none is counted twice.
        let cache_write_long_tokens = self.cache_write_long_tokens.min(prompt_tokens - cached_tokens);
        let rest = prompt_tokens - cached_tokens - cache_write_long_tokens;
        let cache_write_tokens = self.cache_write_tokens.min(rest);
        Self {
            prompt_tokens,
            cached_tokens,
            completion_tokens,
            reasoning_tokens: self.reasoning_tokens.min(completion_tokens),
            cache_write_tokens,
            cache_write_long_tokens,
        }
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The client got the whole answer.
    Succeeded,
    /// The client got an error instead of an answer.
    Failed,
    /// The client went away; the upstream was cancelled.
    ClientLeft,
    /// The upstream broke off; the client got part of an answer and an error.
    Truncated,
    /// The runtime died; nothing is known but that the call was admitted.
    Killed,
}

/// Where the numbers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// The provider reported them, or there was nothing to charge.
    Reported,
    /// Nobody did; they are worked out from what was seen (`bounds`).
    Estimated,
}

/// One finished call. `call_id` identifies it however often it is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    /// The call's id, the idempotency key of the ledger.
    pub call_id: String,
    /// The organisation that pays.
    pub org_id: String,
    /// The user who called, or who owns the key.
    pub user_id: String,
    /// The API key, when one was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// The request that made the call.
    pub request_id: String,
    /// The trace it belongs to (W3C Trace Context, 32 hex digits).
    pub trace_id: String,
    /// The model's id at the provider.
    pub model: String,
    /// The provider's id.
    pub provider: String,
    /// The route that was called, by its short name (`chat`, `embeddings`); absent of records before there were others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The client wanted a stream.
    pub stream: bool,
    /// How it ended.
    pub status: Status,
    /// Where the numbers come from.
    pub settlement: Settlement,
    /// Tokens.
    pub usage: Usage,
    /// What is billed otherwise than by the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<Units>,
    /// The provider's own usage, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_usage: Option<String>,
    /// The price list and model the price stands under, `list/model`, where they are not
    /// `provider/model`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priced_as: Option<String>,
    /// The version of the price; absent when none was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_version: Option<String>,
    /// Nano-dollars; absent means unknown, never zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_nano_usd: Option<u64>,
    /// Milliseconds since 1970 when the call was admitted.
    pub started_at_ms: u64,
    /// Milliseconds since 1970 when the first byte of the answer came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_token_ms: Option<u64>,
    /// Milliseconds since 1970 when it ended.
    pub finished_at_ms: u64,
    /// How it went.
    #[serde(default, skip_serializing_if = "Detail::is_empty")]
    pub detail: Detail,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> CallRecord {
        CallRecord {
            call_id: "call_1".into(),
            org_id: "org_1".into(),
            user_id: "usr_1".into(),
            key_id: None,
            request_id: "req_1".into(),
            trace_id: "4bf92f3577b34da6a3ce929d0e0e4736".into(),
            model: "gpt-4o-mini".into(),
            provider: "openai".into(),
            endpoint: None,
            stream: true,
            status: Status::ClientLeft,
            settlement: Settlement::Estimated,
            usage: Usage::default(),
            units: None,
            raw_usage: None,
            priced_as: None,
            price_version: None,
            cost_nano_usd: None,
            started_at_ms: 1,
            first_token_ms: Some(2),
            finished_at_ms: 3,
            detail: Detail::default(),
        }
    }

    #[test]
    fn a_record_survives_the_queue() {
        let json = serde_json::to_string(&record()).unwrap();
        assert_eq!(serde_json::from_str::<CallRecord>(&json).unwrap(), record());
        assert!(json.contains(r#""status":"client_left","settlement":"estimated""#));
    }

    #[test]
    fn an_unknown_cost_is_absent_rather_than_zero() {
        let json = serde_json::to_string(&record()).unwrap();
        assert!(!json.contains("cost_nano_usd"));
        assert!(!json.contains("null"));
    }

    #[test]
    fn no_part_is_larger_than_its_whole_and_no_count_is_absurd() {
        let told = Usage {
            prompt_tokens: 5,
            cached_tokens: 9,
            completion_tokens: u64::MAX,
            reasoning_tokens: u64::MAX,
            cache_write_tokens: 7,
            cache_write_long_tokens: 7,
        };
        let believed = Usage {
            prompt_tokens: 5,
            cached_tokens: 5,
            completion_tokens: MAX_TOKENS,
            reasoning_tokens: MAX_TOKENS,
            ..Usage::default()
        };
        assert_eq!(told.clamped(), believed);
        assert_eq!(believed.clamped(), believed);
        let parts = Usage { cached_tokens: 1, cache_write_long_tokens: 2, cache_write_tokens: 9, ..told }.clamped();
        assert_eq!((parts.cached_tokens, parts.cache_write_long_tokens, parts.cache_write_tokens), (1, 2, 2));
    }

    #[test]
    fn a_reader_tolerates_members_of_a_newer_writer() {
        let json = serde_json::to_string(&record()).unwrap().replacen('{', "{\"new\":1,", 1);
        assert!(serde_json::from_str::<CallRecord>(&json).is_ok());
    }
}
