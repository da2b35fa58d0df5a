//! Changing a few places of a JSON object's text and nothing else of it.
//!
//! An object's members are found with their positions in the text, so a change can be
//! spliced in while every other byte (spaces, order, number formats, unknown members) stays
//! as it came. What to change is decided in `patch`.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::json::pointer::Key;

/// An object with more members than this is refused; no request needs them.
pub const MAX_MEMBERS: usize = 256;

/// One member of an object.
#[derive(Debug, Clone)]
pub struct Member<'a> {
    /// Its name, decoded.
    pub name: Cow<'a, str>,
    /// Its value's text.
    pub value: &'a RawValue,
    /// Where the name stands in the text, quotes included.
    pub name_at: Range<usize>,
    /// Where the value stands in the text.
    pub value_at: Range<usize>,
}

impl Member<'_> {
    /// The value is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.value.get() == "null"
    }
}

/// Why a text has no members to speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAnObject {
    /// It is not JSON at all; line and column of the fault.
    Syntax(usize, usize),
    /// It is JSON, but no object.
    OtherType,
    /// It has more than [`MAX_MEMBERS`] members.
    TooMany,
}

/// The members of the object `json`, in order, with their positions.
///
/// The whole text is checked to be JSON; values are skipped iteratively, so nesting of any
/// depth costs no stack.
///
/// # Errors
/// [`NotAnObject`].
pub fn members(json: &str) -> Result<Vec<Member<'_>>, NotAnObject> {
    let found: Found<'_> = match shared::json::read(json) {
        Ok(found) => found,
        Err(error) if error.is_data() => return Err(NotAnObject::OtherType),
        Err(error) => return Err(NotAnObject::Syntax(error.line(), error.column())),
    };
    if found.0.len() > MAX_MEMBERS {
        return Err(NotAnObject::TooMany);
    }
    let mut before = 0;
    let mut members = Vec::with_capacity(found.0.len());
    for (name, value) in found.0 {
        let start = value.get().as_ptr().addr() - json.as_ptr().addr();
        let value_at = start..start + value.get().len();
        // Between the value before and this one stand only `{` or `,`, the name and `:`.
        let between = json.get(before..start).unwrap_or_default();
        let (Some(open), Some(close)) = (between.find('"'), between.rfind('"')) else {
            return Err(NotAnObject::OtherType);
        };
        let name_at = before + open..before + close + 1;
        before = value_at.end;
        members.push(Member { name, value, name_at, value_at });
    }
    Ok(members)
}

struct Found<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Found<'de> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Found<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found<'de>, A::Error> {
                let mut found = Vec::new();
                while let Some((Key(name), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    // One above the limit is enough to know it is broken.
                    if found.len() <= MAX_MEMBERS {
                        found.push((name, value));
                    }
                }
                Ok(Found(found))
            }
        }
        reader.deserialize_map(Object)
    }
}

/// Changes to a text, applied together.
#[derive(Debug, Clone, Default)]
pub struct Splice {
    changes: Vec<(Range<usize>, String)>,
}

impl Splice {
    /// Puts `text` in place of a range; ranges must not overlap.
    pub fn replace(&mut self, at: Range<usize>, text: impl Into<String>) {
        // Kept in the order of the text; of those at one place the first comes first.
        let place = self.changes.partition_point(|(known, _)| known.start <= at.start);
        self.changes.insert(place, (at, text.into()));
    }

    /// Puts `text` at a position.
    pub fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    /// Nothing was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The changed text.
    #[must_use]
    pub fn apply(self, text: &str) -> Vec<u8> {
        let added: usize = self.changes.iter().map(|(_, new)| new.len()).sum();
        let mut out = Vec::with_capacity(text.len() + added);
        let mut from = 0;
        for (at, new) in &self.changes {
            out.extend_from_slice(text.get(from..at.start).unwrap_or_default().as_bytes());
            out.extend_from_slice(new.as_bytes());
            from = at.end;
        }
        out.extend_from_slice(text.get(from..).unwrap_or_default().as_bytes());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_know_where_they_stand() {
        let json = " { \"a\" : 1.50 ,\n\t\"b\\u0063:\\\"\":[\"x\",{}], \"\":null } ";
        let found = members(json).unwrap();
        let seen: Vec<(&str, &str, &str)> =
            found.iter().map(|m| (m.name.as_ref(), &json[m.name_at.clone()], &json[m.value_at.clone()])).collect();
        assert_eq!(seen, [("a", "\"a\"", "1.50"), ("bc:\"", "\"b\\u0063:\\\"\"", "[\"x\",{}]"), ("", "\"\"", "null"),]);
        assert!(found[2].is_null());
    }

    #[test]
    fn what_is_no_object_says_why() {
        assert_eq!(members("[]").unwrap_err(), NotAnObject::OtherType);
        assert_eq!(members("7").unwrap_err(), NotAnObject::OtherType);
        assert_eq!(members("").unwrap_err(), NotAnObject::Syntax(1, 0));
        assert_eq!(members("{\"a\":}").unwrap_err(), NotAnObject::Syntax(1, 6));
        assert!(matches!(members("{} {}").unwrap_err(), NotAnObject::Syntax(..)));
        let many: Vec<String> = (0..=MAX_MEMBERS).map(|i| format!("\"{i}\":0")).collect();
        assert_eq!(members(&format!("{{{}}}", many.join(","))).unwrap_err(), NotAnObject::TooMany);
    }

    #[test]
    fn a_million_brackets_do_not_overflow_the_stack() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(members(&deep).unwrap().len(), 1);
        assert!(members(&"[".repeat(1_000_000)).is_err());
        assert!(members(&"{\"a\":".repeat(1_000_000)).is_err());
    }

    #[test]
    fn changes_are_applied_in_the_order_of_the_text() {
        let mut splice = Splice::default();
        assert!(splice.is_empty());
        splice.insert(5, "!");
        splice.replace(0..2, "HE");
        assert_eq!(splice.apply("hello"), b"HEllo!");
    }
}
