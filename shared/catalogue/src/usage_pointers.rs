//! Where usage stands in replies. How it is read is in `usage`.

use std::sync::Arc;

use crate::endpoint::Endpoint;

/// Where a provider reports usage. All are JSON pointers; of each list the first that finds
/// a number counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsagePointers {
    /// The usage of the whole reply, from the root of a reply or chunk.
    pub reply: Vec<String>,
    /// The usage of one choice, from the root of a choice; for providers that have it there.
    pub choice: Option<String>,
    /// Prompt tokens, from the usage object.
    pub prompt: Vec<String>,
    /// Cached prompt tokens, from the usage object.
    pub cached: Vec<String>,
    /// All prompt tokens written to a cache, from the usage object.
    pub written: Vec<String>,
    /// Those of them written for an hour, from the usage object.
    pub written_long: Vec<String>,
    /// Completion tokens, from the usage object.
    pub completion: Vec<String>,
    /// Reasoning tokens, from the usage object.
    pub reasoning: Vec<String>,
    /// Prompt and completion together, from the usage object, for providers whose completions leave out what was
    /// thought: then it is the completion that fills the total.
    pub total: Vec<String>,
    /// Cached and written tokens stand beside the prompt's and are no part of them.
    pub beside: bool,
}

impl UsagePointers {
    /// Where usage stands in a reply of this route: chat as the provider's data says; the others as those say whose
    /// routes they are (<https://docs.anthropic.com/en/api/messages>, <https://platform.openai.com/docs/api-reference>).
    #[must_use]
    pub fn of(endpoint: Endpoint, chat: &Arc<Self>) -> Arc<Self> {
        match endpoint {
            Endpoint::Chat | Endpoint::Run | Endpoint::Predictions => Arc::clone(chat),
            Endpoint::Messages | Endpoint::CountTokens => Arc::new(Self {
                reply: texts(&["/usage", "/message/usage"]),
                prompt: texts(&["/input_tokens"]),
                cached: texts(&["/cache_read_input_tokens"]),
                written: texts(&["/cache_creation_input_tokens"]),
                written_long: texts(&["/cache_creation/ephemeral_1h_input_tokens"]),
                completion: texts(&["/output_tokens"]),
                beside: true,
                ..Self::default()
            }),
            _ => Arc::new(Self {
                reply: texts(&["/usage", "/response/usage", "/meta/tokens"]),
                prompt: texts(&["/input_tokens", "/prompt_tokens", "/total_tokens"]),
                cached: texts(&["/input_tokens_details/cached_tokens", "/prompt_tokens_details/cached_tokens"]),
                completion: texts(&["/output_tokens", "/completion_tokens"]),
                reasoning: texts(&["/output_tokens_details/reasoning_tokens"]),
                ..Self::default()
            }),
        }
    }
}

fn texts(pointers: &[&str]) -> Vec<String> {
    pointers.iter().map(|&pointer| pointer.to_owned()).collect()
}
