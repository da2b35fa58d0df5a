//! Reading a body member by member: where one is in it, what was dropped, what was refused first.
//!
//! Values keep their JSON text. A fault is noted and reading goes on with nothing in its place, so that no function here has a way
//! out of its own: were every member one, the ways out would be most of the code.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::dialect::UNTRANSLATABLE;
use crate::json::pointer;
use crate::json::splice::{Member, members};
use crate::request::BodyError;

/// So many dropped names are told; the header they go into is not endless.
const MOST_NAMES: usize = 32;

/// A name longer than this (bytes) is cut.
const LONGEST_NAME: usize = 96;

/// What is noted while a body is read and written.
#[derive(Default)]
pub(crate) struct Notes {
    dropped: Vec<String>,
    fault: Option<BodyError>,
}

impl Notes {
    /// What stands at this pointer could not be carried.
    #[inline(never)]
    pub(crate) fn drop(&mut self, at: &str) {
        let steps = at.split('/').filter(|step| !step.is_empty() && !step.bytes().all(|b| b.is_ascii_digit()));
        let mut name = steps.collect::<Vec<_>>().join(".");
        name.retain(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        name.truncate(LONGEST_NAME);
        if self.dropped.len() < MOST_NAMES && !name.is_empty() && !self.dropped.contains(&name) {
            self.dropped.push(name);
        }
    }

    /// What stands at this pointer asks for what the upstream cannot do.
    #[inline(never)]
    pub(crate) fn refuse(&mut self, at: &str, reason: &'static str) {
        self.fail(at, UNTRANSLATABLE, reason);
    }

    /// What stands at this pointer is not what it has to be; the first fault counts.
    #[inline(never)]
    pub(crate) fn fail(&mut self, at: &str, code: &'static str, message: &str) {
        if self.fault.is_none() {
            self.fault = Some(BodyError::new(at, code, message));
        }
    }

    /// Another type was expected here.
    #[inline(never)]
    pub(crate) fn wrong(&mut self, at: &str, message: &'static str) {
        self.fail(at, "invalid_type", message);
    }

    /// The names of what was dropped, unless there was a fault.
    pub(crate) fn whole(self) -> Result<Vec<String>, BodyError> {
        self.fault.map_or(Ok(self.dropped), Err)
    }
}

/// An object whose members are taken one by one.
pub(crate) struct Object<'a> {
    /// The JSON pointer to it.
    pub(crate) at: String,
    members: Vec<Member<'a>>,
}

impl<'a> Object<'a> {
    /// The object `json`, which stands at `at`.
    #[inline(never)]
    pub(crate) fn read(json: &'a str, at: String, notes: &mut Notes) -> Self {
        let members = members(json).unwrap_or_else(|_| {
            notes.wrong(&at, "An object was expected.");
            Vec::new()
        });
        Self { at, members }
    }

    /// The pointer to a member.
    #[inline(never)]
    pub(crate) fn under(&self, name: &str) -> String {
        [&self.at, "/", &name.replace('~', "~0").replace('/', "~1")].concat()
    }

    /// A member's text; `None` when it is absent or `null`.
    #[inline(never)]
    pub(crate) fn take(&mut self, name: &str, notes: &mut Notes) -> Option<&'a str> {
        let found = self.members.iter().position(|member| member.name == name)?;
        let value = self.members.remove(found).value.get();
        if self.members.iter().any(|member| member.name == name) {
            notes.fail(&self.under(name), "duplicate_parameter", "A member is given more than once.");
        }
        (value != "null").then_some(value)
    }

    /// A string, as the JSON text it is.
    #[inline(never)]
    pub(crate) fn text(&mut self, name: &str, notes: &mut Notes) -> Option<&'a str> {
        let value = self.take(name, notes)?;
        if value.starts_with('"') {
            return Some(value);
        }
        notes.wrong(&self.under(name), "A string was expected.");
        None
    }

    /// A string, decoded.
    #[inline(never)]
    pub(crate) fn word(&mut self, name: &str, notes: &mut Notes) -> Option<Cow<'a, str>> {
        let value = self.text(name, notes)?;
        let word = pointer::text(value);
        if word.is_none() {
            notes.wrong(&self.under(name), "The string is not well-formed.");
        }
        word
    }

    /// A string that must be there; the empty one where it is not.
    #[inline(never)]
    pub(crate) fn need(&mut self, name: &str, notes: &mut Notes) -> &'a str {
        if !self.members.iter().any(|member| member.name == name) {
            notes.fail(&self.under(name), "missing_required_parameter", "A member is missing.");
        }
        self.text(name, notes).unwrap_or("\"\"")
    }

    /// A number, as the JSON text it is.
    #[inline(never)]
    pub(crate) fn number(&mut self, name: &str, notes: &mut Notes) -> Option<&'a str> {
        let value = self.take(name, notes)?;
        if value.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
            return Some(value);
        }
        notes.wrong(&self.under(name), "A number was expected.");
        None
    }

    /// A whole number.
    #[inline(never)]
    pub(crate) fn whole(&mut self, name: &str, notes: &mut Notes) -> Option<u64> {
        let value = self.number(name, notes)?;
        let number = value.parse().ok();
        if number.is_none() {
            notes.wrong(&self.under(name), "A whole number was expected.");
        }
        number
    }

    /// A boolean.
    #[inline(never)]
    pub(crate) fn flag(&mut self, name: &str, notes: &mut Notes) -> Option<bool> {
        match self.take(name, notes)? {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                notes.wrong(&self.under(name), "A boolean was expected.");
                None
            }
        }
    }

    /// An object.
    #[inline(never)]
    pub(crate) fn object(&mut self, name: &str, notes: &mut Notes) -> Option<Object<'a>> {
        let value = self.take(name, notes)?;
        Some(Object::read(value, self.under(name), notes))
    }

    /// The elements of an array; none when it is absent.
    #[inline(never)]
    pub(crate) fn list(&mut self, name: &str, notes: &mut Notes) -> Vec<Element<'a>> {
        match self.take(name, notes) {
            Some(value) => elements(value, &self.under(name), notes),
            None => Vec::new(),
        }
    }

    /// What nobody took is dropped.
    #[inline(never)]
    pub(crate) fn rest(self, notes: &mut Notes) {
        for member in self.members.iter().filter(|member| !member.is_null()) {
            notes.drop(&self.under(&member.name));
        }
    }
}

/// An element of an array, and where it stands.
pub(crate) struct Element<'a> {
    /// Its text.
    pub(crate) json: &'a str,
    /// The JSON pointer to it.
    pub(crate) at: String,
}

/// The elements of the array `json`, which stands at `at`.
#[inline(never)]
pub(crate) fn elements<'a>(json: &'a str, at: &str, notes: &mut Notes) -> Vec<Element<'a>> {
    let Some(values) = array(json) else {
        notes.wrong(at, "An array was expected.");
        return Vec::new();
    };
    let place =
        |(i, value): (usize, &'a RawValue)| Element { json: value.get(), at: [at, "/", &i.to_string()].concat() };
    values.into_iter().enumerate().map(place).collect()
}

/// The elements of an array, `None` for anything else.
#[inline(never)]
pub(crate) fn array(json: &str) -> Option<Vec<&RawValue>> {
    shared::json::read(json).ok()
}

/// What stands between the quotes of a JSON string; the empty text for anything else.
pub(crate) fn inner(string: &str) -> &str {
    string.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default()
}
