//! What a walk through JSON found: texts, and the levels they stand in.

use std::borrow::Cow;
use std::ops::Range;

use crate::guard::mask::Mode;

/// An object or an array that was entered.
#[derive(Debug)]
pub(crate) struct Level<'j> {
    /// The level around it; its own number for the outermost.
    pub(crate) parent: usize,
    /// The name under which it stands; elements of an array have the array's.
    pub(crate) name: Cow<'j, str>,
    /// It is an element of an array, this one.
    pub(crate) place: Option<u64>,
    /// Its members that are neither text nor hold any: names with values as they are written.
    pub(crate) scalars: Vec<(Cow<'j, str>, &'j str)>,
    /// It is an array.
    pub(crate) is_array: bool,
    /// How many elements were passed over.
    pub(crate) elements: u64,
}

impl Level<'_> {
    /// The text of a scalar member.
    pub(crate) fn scalar(&self, name: &str) -> Option<&str> {
        self.scalars.iter().rev().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// The whole number that is a scalar member.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.scalar(name)?.parse().ok()
    }
}

/// What was found at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text<'j> {
    /// Where the value stands: a string with its quotes, or a whole JSON value.
    pub(crate) at: Range<usize>,
    /// How it is read.
    pub(crate) mode: Mode,
    /// It is a JSON value that is masked as it is written.
    pub(crate) is_value: bool,
    /// Its name.
    pub(crate) name: Cow<'j, str>,
    /// The number of the level it is a member of.
    pub(crate) level: usize,
}

/// All that was found.
#[derive(Debug, Default)]
pub(crate) struct Found<'j> {
    pub(crate) levels: Vec<Level<'j>>,
    pub(crate) texts: Vec<Text<'j>>,
    /// Where the words of the answer stand once more, with their probabilities.
    pub(crate) logprobs: Vec<Range<usize>>,
    /// Something is too deep to be looked into.
    pub(crate) too_deep: bool,
}

impl Found<'_> {
    /// The outermost object.
    pub(crate) fn root(&self) -> Option<&Level<'_>> {
        self.levels.first()
    }
}
