//! A file as its record tells it.

use serde::{Deserialize, Serialize};

/// What a file is for, in OpenAI's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Purpose {
    /// Requests of a batch.
    #[serde(rename = "batch")]
    Batch,
    /// What a batch wrote.
    #[serde(rename = "batch_output")]
    BatchOutput,
    /// Examples to tune a model with.
    #[serde(rename = "fine-tune")]
    FineTune,
    /// What a tuning job wrote.
    #[serde(rename = "fine-tune-results")]
    FineTuneResults,
    /// Data sets of evaluations.
    #[serde(rename = "evals")]
    Evals,
    /// What an evaluation wrote.
    #[serde(rename = "evals_output")]
    EvalsOutput,
    /// Anything else.
    #[serde(rename = "user_data")]
    UserData,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 7] = [
        Self::Batch,
        Self::BatchOutput,
        Self::FineTune,
        Self::FineTuneResults,
        Self::Evals,
        Self::EvalsOutput,
        Self::UserData,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::BatchOutput => "batch_output",
            Self::FineTune => "fine-tune",
            Self::FineTuneResults => "fine-tune-results",
            Self::Evals => "evals",
            Self::EvalsOutput => "evals_output",
            Self::UserData => "user_data",
        }
    }

    /// The purpose of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == name)
    }

    /// Whether a person may upload a file for it; the others are written by jobs.
    pub const fn is_uploaded(self) -> bool {
        matches!(self, Self::Batch | Self::FineTune | Self::Evals | Self::UserData)
    }
}

/// Who reads a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Visibility {
    /// Its owner, those it is shared with, and who has a link.
    #[default]
    Private,
    /// These, and the members of its organisation whose role lets them read files.
    Organisation,
    /// Anybody.
    Public,
}

impl Visibility {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Organisation => "organisation",
            Self::Public => "public",
        }
    }

    /// The visibility of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Private, Self::Organisation, Self::Public].into_iter().find(|one| one.as_str() == name)
    }
}

/// A file's record.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct File {
    /// `file_…`.
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// The organisation it was made for.
    pub organisation_id: Option<String>,
    /// As its owner called it.
    pub filename: String,
    /// What it is for.
    pub purpose: Purpose,
    /// What its bytes are, whatever its name says.
    pub media_type: String,
    /// Who reads it.
    pub visibility: Visibility,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// The name of its bytes in the bucket.
    pub object: String,
    /// `processed`, or `error`.
    pub status: String,
    /// Milliseconds since 1970.
    pub created_at: u64,
    /// Milliseconds since 1970; from then on it is not there.
    pub expires_at: Option<u64>,
    /// Milliseconds since 1970; in the trash since then.
    pub deleted_at: Option<u64>,
    /// Milliseconds since 1970; nobody deletes it before.
    pub retain_until: Option<u64>,
    /// What the scanner said: `none`, `pending`, `clean`, `infected`.
    pub scan: String,
}

#[cfg(test)]
mod tests {
    use super::Purpose;

    #[test]
    fn a_purpose_is_written_as_it_is_called() {
        for purpose in Purpose::ALL {
            assert_eq!(serde_json::to_string(&purpose).unwrap(), format!("\"{}\"", purpose.as_str()));
            assert_eq!(Purpose::named(purpose.as_str()), Some(purpose));
        }
    }
}
