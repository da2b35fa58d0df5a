//! Reading one value out of JSON text by a JSON pointer, keeping its raw text.
//!
//! Nothing here builds a tree: each step walks one level and skips the rest. Skipping is
//! iterative in serde_json, so nesting of any depth costs no stack. Pointers come from our
//! own data files, so the escapes `~0` and `~1` of RFC 6901 are not supported.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The value at `pointer` (RFC 6901, section 3) in `json`.
///
/// `None` when the text is not JSON, the path does not exist, or the value is `null`.
/// Of repeated keys the last counts, as in JavaScript.
pub fn at<'a>(json: &'a str, pointer: &str) -> Option<&'a RawValue> {
    let mut value: &RawValue = shared::json::read(json).ok()?;
    for token in pointer.split('/').skip(1) {
        value = step(value.get(), token)?;
    }
    (value.get() != "null").then_some(value)
}

/// One level down: a member of an object or an element of an array.
fn step<'a>(json: &'a str, token: &str) -> Option<&'a RawValue> {
    let mut reader = serde_json::Deserializer::from_slice(json.as_bytes());
    Step(token).deserialize(&mut reader).ok()?
}

struct Step<'t>(&'t str);

impl<'de> DeserializeSeed<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = members.next_key::<Key<'de>>()? {
            if key.0 == self.0 {
                found = Some(members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let Ok(index) = self.0.parse::<usize>() else {
            return Ok(None);
        };
        let mut found = None;
        let mut i = 0;
        // Read to the end: a visitor that stops early is an error to serde_json.
        while let Some(value) = elements.next_element::<&'de RawValue>()? {
            if i == index {
                found = Some(value);
            }
            i += 1;
        }
        Ok(found)
    }
}

/// A member's name, decoded, borrowed where it has no escapes.
///
/// `Cow<str>` as serde reads it always copies; this does not.
pub struct Key<'a>(pub Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Name;
        impl<'de> Visitor<'de> for Name {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        reader.deserialize_str(Name)
    }
}

/// The text of a JSON string, decoded; `None` for anything else.
pub fn string(raw: &RawValue) -> Option<Cow<'_, str>> {
    text(raw.get())
}

/// The same for JSON text.
pub fn text(json: &str) -> Option<Cow<'_, str>> {
    shared::json::read::<Key<'_>>(json).ok().map(|key| key.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(json: &'a str, pointer: &str) -> Option<&'a str> {
        at(json, pointer).map(RawValue::get)
    }

    #[test]
    fn a_pointer_finds_members_and_elements() {
        let json = r#"{"a":[{"b":1},{"b": 2.50 }],"c":null,"d":"x"}"#;
        assert_eq!(found(json, "/a/1/b"), Some("2.50"));
        assert_eq!(found(json, "/a/2/b"), None);
        assert_eq!(found(json, "/a/x"), None);
        assert_eq!(found(json, "/c"), None);
        assert_eq!(found(json, "/d/e"), None);
        assert_eq!(found(json, ""), Some(json));
    }

    #[test]
    fn of_repeated_keys_the_last_counts() {
        assert_eq!(found(r#"{"a":1,"\u0061":2}"#, "/a"), Some("2"));
    }

    #[test]
    fn broken_text_is_no_value() {
        assert_eq!(found(r#"{"a":1"#, "/a"), None);
        assert_eq!(found("", "/a"), None);
        assert_eq!(found(r#"{"a":1} x"#, "/a"), None);
    }

    #[test]
    fn a_million_brackets_do_not_overflow_the_stack() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(found(&deep, "/b"), None);
        assert!(found(&deep, "/a").is_some());
    }

    #[test]
    fn strings_are_decoded() {
        let raw: &RawValue = serde_json::from_str(r#""req\u0075ired""#).unwrap();
        assert_eq!(string(raw).as_deref(), Some("required"));
        let raw: &RawValue = serde_json::from_str("1").unwrap();
        assert_eq!(string(raw), None);
    }
}
