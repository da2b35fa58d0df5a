//! Reading our own JSON (data files, settings, messages between our parts) member by member.
//!
//! Derived readers are compiled once for every type, several kilobytes each, and this module is
//! downloaded and compiled at each cold start; one small reader serves them all. Values keep
//! their text, so nothing is built but what is asked for. What a client or a provider sends is
//! read in `splice` and `pointer`.

use std::fmt;

use serde_json::value::RawValue;

use crate::pointer;
use crate::splice::{Member, members};

/// Why data could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataError {
    /// JSON pointer (RFC 6901) to the fault; empty for the whole text.
    pub pointer: String,
    /// What is wrong there.
    pub reason: &'static str,
}

impl DataError {
    pub(crate) const fn new(reason: &'static str) -> Self {
        Self { pointer: String::new(), reason }
    }

    /// The same fault, seen from one level above.
    pub(crate) fn under(mut self, name: &str) -> Self {
        self.pointer.insert_str(0, &name.replace('~', "~0").replace('/', "~1"));
        self.pointer.insert(0, '/');
        self
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pointer)?;
        f.write_str(": ")?;
        f.write_str(self.reason)
    }
}

impl std::error::Error for DataError {}

/// Reads one value's text.
pub(crate) type Read<'a, T> = fn(&'a str) -> Result<T, DataError>;

/// The members of an object nobody has asked for yet.
pub(crate) struct Fields<'a>(Vec<Member<'a>>);

impl<'a> Fields<'a> {
    /// The members of the object `json`.
    pub(crate) fn of(json: &'a str) -> Result<Self, DataError> {
        members(json).map(Self).map_err(|_| DataError::new("an object was expected"))
    }

    /// A member that must be there.
    pub(crate) fn need<T>(&mut self, name: &str, read: Read<'a, T>) -> Result<T, DataError> {
        let value = match self.take(name) {
            Some(json) => read(json),
            None => Err(DataError::new("is missing")),
        };
        value.map_err(|error| error.under(name))
    }

    /// A member that may be absent or `null`.
    pub(crate) fn maybe<T>(&mut self, name: &str, read: Read<'a, T>) -> Result<Option<T>, DataError> {
        match self.take(name) {
            None | Some("null") => Ok(None),
            Some(json) => read(json).map(Some).map_err(|error| error.under(name)),
        }
    }

    /// An array that may be absent: then it is empty.
    pub(crate) fn list<T>(&mut self, name: &str, read: Read<'a, T>) -> Result<Vec<T>, DataError> {
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(json) => list(json, read).map_err(|error| error.under(name)),
        }
    }

    /// A boolean that may be absent: then it is false.
    pub(crate) fn flag(&mut self, name: &str) -> Result<bool, DataError> {
        match self.take(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(DataError::new("a boolean was expected").under(name)),
        }
    }

    /// Members left over are faults: a name nobody reads is a slip of the pen, a repeated one ambiguous.
    pub(crate) fn end(self) -> Result<(), DataError> {
        match self.0.first() {
            None => Ok(()),
            Some(left) => Err(DataError::new("is not known here, or given twice").under(&left.name)),
        }
    }

    /// The members left over, with their names.
    pub(crate) fn rest(self) -> impl Iterator<Item = (String, &'a str)> {
        self.0.into_iter().map(|member| (member.name.into_owned(), member.value.get()))
    }

    fn take(&mut self, name: &str) -> Option<&'a str> {
        let at = self.0.iter().position(|member| member.name == name)?;
        Some(self.0.remove(at).value.get())
    }
}

/// The elements of an array.
pub(crate) fn list<'a, T>(json: &'a str, read: Read<'a, T>) -> Result<Vec<T>, DataError> {
    let elements = elements(json)?;
    let mut found = Vec::with_capacity(elements.len());
    for (i, element) in elements.into_iter().enumerate() {
        found.push(read(element.get()).map_err(|error| error.under(&i.to_string()))?);
    }
    Ok(found)
}

fn elements(json: &str) -> Result<Vec<&RawValue>, DataError> {
    shared::json::read(json).map_err(|_| DataError::new("an array was expected"))
}

/// A string.
pub(crate) fn text(json: &str) -> Result<String, DataError> {
    pointer::text(json).map(Into::into).ok_or(DataError::new("a string was expected"))
}

/// An array of strings.
pub(crate) fn texts(json: &str) -> Result<Vec<String>, DataError> {
    list(json, text)
}

/// A whole number from 0 on.
pub(crate) fn number(json: &str) -> Result<u64, DataError> {
    json.parse().map_err(|_| DataError::new("a whole number was expected"))
}

/// A whole number of 32 bits from 0 on.
pub(crate) fn small_number(json: &str) -> Result<u32, DataError> {
    u32::try_from(number(json)?).map_err(|_| DataError::new("is too large"))
}

/// Any value, as it is written.
pub(crate) fn raw(json: &str) -> Result<Box<RawValue>, DataError> {
    shared::json::read::<&RawValue>(json).map(RawValue::to_owned).map_err(|_| DataError::new("JSON was expected"))
}
