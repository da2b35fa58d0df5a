//! The ways in: which of the known routes of AI services a call takes. What each one's body looks like is in
//! `request`; where a provider has it stands in the provider's data.

/// A route that clients of OpenAI, Anthropic or Cohere know, or that only a provider has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// OpenAI's chat completions.
    Chat,
    /// Anthropic's messages.
    Messages,
    /// The size of a message, by Anthropic's count.
    CountTokens,
    /// OpenAI's responses.
    Responses,
    /// Vectors for texts.
    Embeddings,
    /// Pictures from words.
    Images,
    /// Words from speech.
    Transcriptions,
    /// Speech from words.
    Speech,
    /// Whether a text is harmful.
    Moderations,
    /// Documents in the order of how well they answer.
    Rerank,
    /// Cloudflare's models by their binding: no client comes by it.
    Run,
    /// Replicate's predictions: no client comes by it either.
    Predictions,
}

impl Endpoint {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 12] = [
        Self::Chat,
        Self::Messages,
        Self::CountTokens,
        Self::Responses,
        Self::Embeddings,
        Self::Images,
        Self::Transcriptions,
        Self::Speech,
        Self::Moderations,
        Self::Rerank,
        Self::Run,
        Self::Predictions,
    ];

    /// The name in a provider's data, in records and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Messages => "messages",
            Self::CountTokens => "count_tokens",
            Self::Responses => "responses",
            Self::Embeddings => "embeddings",
            Self::Images => "images",
            Self::Transcriptions => "transcriptions",
            Self::Speech => "speech",
            Self::Moderations => "moderations",
            Self::Rerank => "rerank",
            Self::Run => "run",
            Self::Predictions => "predictions",
        }
    }

    /// The model reads a conversation and answers it.
    #[must_use]
    pub const fn converses(self) -> bool {
        matches!(
            self,
            Self::Chat | Self::Messages | Self::Responses | Self::CountTokens | Self::Run | Self::Predictions
        )
    }

    /// A plain answer is one JSON object.
    #[must_use]
    pub const fn answers_json(self) -> bool {
        !matches!(self, Self::Speech | Self::Transcriptions)
    }

    /// The model writes tokens that are billed.
    #[must_use]
    pub const fn writes(self) -> bool {
        matches!(
            self,
            Self::Chat | Self::Messages | Self::Responses | Self::Images | Self::Speech | Self::Transcriptions
        )
    }

    /// The route of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}
