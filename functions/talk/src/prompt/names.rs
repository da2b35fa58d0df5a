//! Names, notes and labels as people write them. A value that exists is valid.

use serde::Deserialize;

/// What something is called: 1 to 100 characters on one line.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct Title(
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(min = 1, max = 100), regex(pattern = shared::accounts::ONE_LINE_WITH_TEXT)))]
     String,
);

impl Title {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Title {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let name = text.trim();
        let fits = (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        if fits { Ok(Self(name.to_owned())) } else { Err("must have 1 to 100 characters, on one line") }
    }
}

/// A description or a note: at most 1,000 characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct Note(#[cfg_attr(not(target_arch = "wasm32"), schemars(length(max = 1000)))] String);

impl Note {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Note {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.chars().count() <= 1_000 { Ok(Self(text)) } else { Err("must have at most 1,000 characters") }
    }
}

/// A label: a letter, then letters, digits, `_` and `-` in lower case, 32 at most.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct Label(
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schemars(length(min = 1, max = 32), regex(pattern = "^[a-z][a-z0-9_-]*$"))
    )]
    String,
);

impl Label {
    /// The label.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Label {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
        let fits = text.len() <= 32 && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(rest);
        if fits { Ok(Self(text)) } else { Err("is no label: a letter, then letters, digits, `_` or `-` in lower case") }
    }
}
