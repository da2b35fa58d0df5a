//! Reading our own JSON (data files, settings, messages between our parts) member by member.
//!
//! Derived readers are compiled once for every type, several kilobytes each, and this module is
//! downloaded and compiled at each cold start; one small reader serves them all. Values keep
//! their text, so nothing is built but what is asked for. What a client or a provider sends is
//! read in `splice` and `pointer`.

use std::fmt;

use serde_json::value::RawValue;

use crate::json::pointer;
use crate::json::splice::{Member, members};

/// Why data could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataError {
    /// JSON pointer (RFC 6901) to the fault; empty for the whole text.
    pub pointer: String,
    /// What is wrong there.
    pub reason: &'static str,
}

impl DataError {
    /// A fault of the whole text that is read.
    #[must_use]
    pub const fn new(reason: &'static str) -> Self {
        Self { pointer: String::new(), reason }
    }

    /// The same fault, seen from the array whose element it is in.
    #[inline(never)]
    fn at(self, index: usize) -> Self {
        self.under(&index.to_string())
    }

    /// The same fault, seen from one level above.
    pub fn under(mut self, name: &str) -> Self {
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
pub type Read<'a, T> = fn(&'a str) -> Result<T, DataError>;

/// The members of an object nobody has asked for yet, and the first fault.
///
/// A fault is kept and what is faulty read as its default, until [`Fields::whole`] gives the fault back:
/// were every member a way out, the ways out would be most of the code. For the same reason nothing here
/// is compiled into its callers.
pub struct Fields<'a> {
    members: Vec<Member<'a>>,
    fault: Option<DataError>,
}

impl<'a> Fields<'a> {
    /// The members of the object `json`.
    #[inline(never)]
    pub fn of(json: &'a str) -> Self {
        match members(json) {
            Ok(members) => Self { members, fault: None },
            Err(_) => Self { members: Vec::new(), fault: Some(DataError::new("an object was expected")) },
        }
    }

    /// A member that must be there.
    pub fn need<T: Default>(&mut self, name: &str, read: Read<'a, T>) -> T {
        self.need_or(name, read, T::default())
    }

    /// The same for a type without a default.
    #[inline(never)]
    pub fn need_or<T>(&mut self, name: &str, read: Read<'a, T>, or: T) -> T {
        match self.take(name) {
            Some(json) => self.good(name, read(json)).unwrap_or(or),
            None => {
                self.fail(name, DataError::new("is missing"));
                or
            }
        }
    }

    /// A member that may be absent or `null`.
    #[inline(never)]
    pub fn maybe<T>(&mut self, name: &str, read: Read<'a, T>) -> Option<T> {
        match self.take(name) {
            None | Some("null") => None,
            Some(json) => self.good(name, read(json)),
        }
    }

    /// An array that may be absent: then it is empty.
    #[inline(never)]
    pub fn list<T>(&mut self, name: &str, read: Read<'a, T>) -> Vec<T> {
        match self.take(name) {
            None => Vec::new(),
            Some(json) => self.good(name, list(json, read)).unwrap_or_default(),
        }
    }

    /// A boolean that may be absent: then it is false.
    #[inline(never)]
    pub fn flag(&mut self, name: &str) -> bool {
        match self.take(name) {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                self.fail(name, DataError::new("a boolean was expected"));
                false
            }
        }
    }

    /// What was read, unless there was a fault. Members left over are faults: a name nobody reads is a
    /// slip of the pen, a repeated one ambiguous.
    pub fn whole<T>(mut self, read: T) -> Result<T, DataError> {
        self.refuse_rest();
        self.known(read)
    }

    /// What was read, unless there was a fault; members left over are passed over.
    pub fn known<T>(self, read: T) -> Result<T, DataError> {
        self.fault.map_or(Ok(read), Err)
    }

    /// Nothing is left, or there was nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The members left over, with their names.
    pub fn rest(&mut self) -> Vec<Member<'a>> {
        std::mem::take(&mut self.members)
    }

    #[inline(never)]
    fn refuse_rest(&mut self) {
        if let Some(left) = self.rest().first() {
            self.fail(&left.name, DataError::new("is not known here, or given twice"));
        }
    }

    #[inline(never)]
    fn take(&mut self, name: &str) -> Option<&'a str> {
        let at = self.members.iter().position(|member| member.name == name)?;
        Some(self.members.remove(at).value.get())
    }

    fn good<T>(&mut self, name: &str, value: Result<T, DataError>) -> Option<T> {
        value.map_err(|error| self.fail(name, error)).ok()
    }

    /// Notes a fault; the first one counts.
    #[inline(never)]
    pub fn fail(&mut self, name: &str, error: DataError) {
        if self.fault.is_none() {
            self.fault = Some(error.under(name));
        }
    }
}

/// The elements of an array.
#[inline(never)]
pub fn list<'a, T>(json: &'a str, read: Read<'a, T>) -> Result<Vec<T>, DataError> {
    let elements = elements(json)?;
    let mut found = Vec::with_capacity(elements.len());
    for (i, element) in elements.into_iter().enumerate() {
        match read(element.get()) {
            Ok(value) => found.push(value),
            Err(error) => return Err(error.at(i)),
        }
    }
    Ok(found)
}

#[inline(never)]
fn elements(json: &str) -> Result<Vec<&RawValue>, DataError> {
    shared::json::read(json).map_err(|_| DataError::new("an array was expected"))
}

/// A string.
#[inline(never)]
pub fn text(json: &str) -> Result<String, DataError> {
    pointer::text(json).map(Into::into).ok_or(DataError::new("a string was expected"))
}

/// An array of strings.
pub fn texts(json: &str) -> Result<Vec<String>, DataError> {
    list(json, text)
}

/// A whole number from 0 on.
#[inline(never)]
pub fn number(json: &str) -> Result<u64, DataError> {
    json.parse().map_err(|_| DataError::new("a whole number was expected"))
}

/// A whole number of 32 bits from 0 on.
pub fn small_number(json: &str) -> Result<u32, DataError> {
    u32::try_from(number(json)?).map_err(|_| DataError::new("is too large"))
}

/// Any value, as it is written.
pub fn raw(json: &str) -> Result<Box<RawValue>, DataError> {
    shared::json::read::<&RawValue>(json).map(RawValue::to_owned).map_err(|_| DataError::new("JSON was expected"))
}
