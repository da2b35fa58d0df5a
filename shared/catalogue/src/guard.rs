//! The rules of a guard, as their JSON document has them. What they find in a text, and what becomes of it, is decided where
//! texts pass.

use crate::json::fields::{DataError, Fields, list, small_number, text};

/// Rules a guard may have.
const MOST_RULES: usize = 32;
/// Words all its rules may have together.
const MOST_WORDS: usize = 5_000;
/// A word of a rule may have so many characters.
pub const LONGEST_WORD: usize = 60;
/// What stands in place of something found may have so many bytes.
const LONGEST_STAND_IN: usize = 64;

/// What a rule finds besides words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An address of e-mail.
    Email,
    /// The number of a Chinese identity card.
    Identity,
    /// The number of a payment card.
    Card,
    /// A telephone number.
    Phone,
}

/// All kinds, in the order in which they are looked for at one place.
pub const KINDS: [(Kind, &str, &str); 4] = [
    (Kind::Email, "email", "[email]"),
    (Kind::Identity, "id", "[id]"),
    (Kind::Card, "card", "[card]"),
    (Kind::Phone, "phone", "[phone]"),
];

/// What a rule does with what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Action {
    /// Something stands in its place.
    #[default]
    Mask,
    /// The request is refused, the answer ends with an error.
    Block,
    /// It passes and is counted.
    Count,
}

impl Action {
    /// Its name in documents and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mask => "mask",
            Self::Block => "block",
            Self::Count => "count",
        }
    }
}

/// Bytes of text a judge is given unless told otherwise.
const LONGEST_TEXT: u32 = 32_768;
/// Milliseconds a judge has unless told otherwise.
const TIMEOUT_MS: u32 = 10_000;

/// A judge: who, by what policy, and what counts when it does not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judge {
    /// The model that judges, by any name a client could use.
    pub model: String,
    /// What is not allowed, in words.
    pub policy: String,
    /// Without a verdict the request is refused, instead of passing.
    pub closed: bool,
    /// Bytes of text it is given; a longer one has no verdict.
    pub longest_text: u32,
    /// Milliseconds it has.
    pub timeout_ms: u32,
}

/// One rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rule {
    /// Its name in records.
    pub id: String,
    /// What it does.
    pub action: Action,
    /// What stands in place of what it finds; `None` for the usual of each kind.
    pub stand_in: Option<String>,
    /// The model that judges; such a rule finds nothing by itself.
    pub judge: Option<Judge>,
    /// The kinds it finds, by their names.
    pub find: Vec<String>,
    /// The words it finds.
    pub words: Vec<String>,
    /// Where it looks, `request` or `reply`; empty: both.
    pub on: Vec<String>,
}

/// Reads `{"rules": [{"id", "find"?, "words"?, "judge"?, "on"?, "action"?, "with"?}]}`.
///
/// # Errors
/// [`DataError`] where it is not what it should be.
pub fn rules(json: &str) -> Result<Vec<Rule>, DataError> {
    let mut fields = Fields::of(json);
    let rules = fields.need("rules", |json| list(json, Rule::read));
    let words: usize = rules.iter().map(|rule| rule.words.len()).sum();
    if rules.len() > MOST_RULES || words > MOST_WORDS {
        fields.fail("rules", DataError::new("are too many, or have too many words"));
    }
    fields.whole(rules)
}

impl Judge {
    /// Reads a rule's judge.
    ///
    /// # Errors
    /// [`DataError`] where it is not what it should be.
    pub fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let read = Self {
            model: fields.need("model", text),
            policy: fields.need("policy", text),
            closed: fields.maybe("on_failure", on_failure).unwrap_or(true),
            longest_text: fields.maybe("max_bytes", small_number).unwrap_or(LONGEST_TEXT),
            timeout_ms: fields.maybe("timeout_ms", small_number).unwrap_or(TIMEOUT_MS),
        };
        if read.policy.len() > 8_192 {
            fields.fail("policy", DataError::new("up to 8192 bytes were expected"));
        }
        fields.whole(read)
    }
}

/// True for a rule that is closed when its judge fails.
fn on_failure(json: &str) -> Result<bool, DataError> {
    match text(json)?.as_str() {
        "block" => Ok(true),
        "pass" => Ok(false),
        _ => Err(DataError::new("block or pass was expected")),
    }
}

impl Rule {
    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let rule = Self {
            id: fields.need("id", name),
            action: fields.maybe("action", action).unwrap_or_default(),
            stand_in: fields.maybe("with", stand_in),
            judge: fields.maybe("judge", Judge::read),
            find: fields.maybe("find", |json| list(json, kind)).unwrap_or_default(),
            words: fields.maybe("words", |json| list(json, word)).unwrap_or_default(),
            on: fields.maybe("on", |json| list(json, direction)).unwrap_or_default(),
        };
        let nothing = rule.find.is_empty() && rule.words.is_empty();
        if nothing == rule.judge.is_none() {
            fields.fail("find", DataError::new("a rule has something to find, or words, or else a judge"));
        }
        if rule.judge.is_some() && rule.on.iter().any(|on| on == "reply") {
            fields.fail("on", DataError::new("a judge reads requests alone"));
        }
        fields.whole(rule)
    }
}

fn name(json: &str) -> Result<String, DataError> {
    let good = |id: &String| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    text(json).ok().filter(good).ok_or(DataError::new("a name of up to 64 letters, digits and -_. was expected"))
}

fn action(json: &str) -> Result<Action, DataError> {
    let known = [Action::Mask, Action::Block, Action::Count];
    let name = text(json)?;
    known.into_iter().find(|one| one.as_str() == name).ok_or(DataError::new("mask, block or count was expected"))
}

/// It may stand inside a JSON string that is itself inside one.
fn stand_in(json: &str) -> Result<String, DataError> {
    let good = |text: &String| text.len() <= LONGEST_STAND_IN && is_plain(text);
    text(json)
        .ok()
        .filter(good)
        .ok_or(DataError::new("up to 64 bytes without quotes, backslashes and controls were expected"))
}

fn kind(json: &str) -> Result<String, DataError> {
    let name = text(json)?;
    let known = KINDS.iter().any(|(_, known, _)| *known == name);
    if known { Ok(name) } else { Err(DataError::new("email, phone, id or card was expected")) }
}

fn word(json: &str) -> Result<String, DataError> {
    let good =
        |word: &String| (1..=LONGEST_WORD).contains(&word.chars().count()) && !word.trim().is_empty() && is_plain(word);
    text(json)
        .ok()
        .filter(good)
        .ok_or(DataError::new("1 to 60 characters without quotes, backslashes and controls were expected"))
}

fn direction(json: &str) -> Result<String, DataError> {
    let name = text(json)?;
    if matches!(name.as_str(), "request" | "reply") {
        Ok(name)
    } else {
        Err(DataError::new("request or reply was expected"))
    }
}

fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || matches!(c, '"' | '\\'))
}
