//! The rules of a guard, ready to be looked up. Their document is read in the crate `catalogue`; what they find is in `find`,
//! what becomes of it in `mask`.

pub(crate) use catalogue::guard::{Action, KINDS, Kind, Rule, rules};

use crate::guard::find::words::Words;
use crate::guard::find::{email, phone};
use crate::json::fields::DataError;

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
        let mut read = Self { rules: Vec::new(), request: Side::new(), reply: Side::new() };
        for one in rules(json)? {
            read.add(one);
        }
        read.request.prepare();
        read.reply.prepare();
        Ok(read)
    }

    fn add(&mut self, written: Rule) {
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
        self.rules.push(written);
    }
}
