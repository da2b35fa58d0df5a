//! The rules of a guard, as their JSON document has them. What they find is in `find`, what becomes of it in `mask`.

use crate::guard::find::words::{LONGEST_WORD, Words};
use crate::guard::find::{email, phone};
use crate::guard::judge::Judge;
use crate::json::fields::{DataError, Fields, list, text};

/// Rules a guard may have.
const MOST_RULES: usize = 32;
/// Words all its rules may have together.
const MOST_WORDS: usize = 5_000;
/// What stands in place of something found may have so many bytes.
const LONGEST_STAND_IN: usize = 64;

/// What a rule finds besides words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
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
pub(crate) const KINDS: [(Kind, &str, &str); 4] = [
    (Kind::Email, "email", "[email]"),
    (Kind::Identity, "id", "[id]"),
    (Kind::Card, "card", "[card]"),
    (Kind::Phone, "phone", "[phone]"),
];

/// What a rule does with what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Action {
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
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Mask => "mask",
            Self::Block => "block",
            Self::Count => "count",
        }
    }
}

/// One rule.
#[derive(Debug)]
pub(crate) struct Rule {
    /// Its name in records.
    pub(crate) id: String,
    /// What it does.
    pub(crate) action: Action,
    /// What stands in place of what it finds; `None` for the usual of each kind.
    pub(crate) stand_in: Option<String>,
    /// The model that judges; such a rule finds nothing by itself.
    pub(crate) judge: Option<Judge>,
}

/// The rules of one direction, ready to be looked up.
#[derive(Debug)]
pub(crate) struct Side {
    /// The rule of each kind, in the order of [`KINDS`].
    pub(crate) kinds: [Option<usize>; 4],
    pub(crate) words: Words,
    /// The bytes with which something can begin.
    begins: [bool; 256],
}

impl Side {
    fn new() -> Self {
        Self { kinds: [None; 4], words: Words::default(), begins: [false; 256] }
    }

    /// There is nothing to find.
    pub(crate) fn is_idle(&self) -> bool {
        self.words.is_empty() && self.kinds.iter().all(Option::is_none)
    }

    /// Something may begin with this byte.
    pub(crate) fn begins(&self, byte: u8) -> bool {
        self.begins.get(usize::from(byte)).is_some_and(|begins| *begins)
    }

    fn prepare(&mut self) {
        for (byte, begins) in (0..=u8::MAX).zip(&mut self.begins) {
            let kind = |(rule, (kind, ..)): (&Option<usize>, &(Kind, &str, &str))| {
                rule.is_some()
                    && match kind {
                        Kind::Email => email::begins(byte),
                        Kind::Identity | Kind::Card => byte.is_ascii_digit(),
                        Kind::Phone => phone::begins(byte),
                    }
            };
            *begins = self.kinds.iter().zip(&KINDS).any(kind) || self.words.begins(byte);
        }
    }
}

/// A rule as it is written, with what it finds and where.
#[derive(Default)]
struct Written {
    rule: Option<Rule>,
    find: Vec<String>,
    words: Vec<String>,
    on: Vec<String>,
}

/// All rules of a document.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) rules: Vec<Rule>,
    pub(crate) request: Side,
    pub(crate) reply: Side,
}

impl Rules {
    /// Reads `{"rules": […]}`.
    pub(crate) fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let written = fields.need("rules", |json| list(json, read_rule));
        let mut read = Self { rules: Vec::new(), request: Side::new(), reply: Side::new() };
        let mut words = 0;
        for one in written {
            words += one.words.len();
            read.add(one);
        }
        read.request.prepare();
        read.reply.prepare();
        if read.rules.len() > MOST_RULES || words > MOST_WORDS {
            fields.fail("rules", DataError::new("are too many, or have too many words"));
        }
        fields.whole(read)
    }

    fn add(&mut self, written: Written) {
        let number = self.rules.len();
        let everywhere = written.on.is_empty();
        for (name, side) in [("request", &mut self.request), ("reply", &mut self.reply)] {
            if !(everywhere || written.on.iter().any(|on| on == name)) {
                continue;
            }
            for (slot, (_, kind, _)) in side.kinds.iter_mut().zip(&KINDS) {
                if written.find.iter().any(|find| find == kind) {
                    slot.get_or_insert(number);
                }
            }
            for word in &written.words {
                side.words.add(word, number);
            }
        }
        self.rules.extend(written.rule);
    }
}

fn read_rule(json: &str) -> Result<Written, DataError> {
    let mut fields = Fields::of(json);
    let rule = Rule {
        id: fields.need("id", name),
        action: fields.maybe("action", action).unwrap_or_default(),
        stand_in: fields.maybe("with", stand_in),
        judge: fields.maybe("judge", Judge::read),
    };
    let written = Written {
        find: fields.maybe("find", |json| list(json, kind)).unwrap_or_default(),
        words: fields.maybe("words", |json| list(json, word)).unwrap_or_default(),
        on: fields.maybe("on", |json| list(json, direction)).unwrap_or_default(),
        rule: None,
    };
    let nothing = written.find.is_empty() && written.words.is_empty();
    if nothing == rule.judge.is_none() {
        fields.fail("find", DataError::new("a rule has something to find, or words, or else a judge"));
    }
    if rule.judge.is_some() && written.on.iter().any(|on| on == "reply") {
        fields.fail("on", DataError::new("a judge reads requests alone"));
    }
    fields.whole(Written { rule: Some(rule), ..written })
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
