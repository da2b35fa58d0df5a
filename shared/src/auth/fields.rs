//! As much of Structured Field Values (RFC 9651) as signatures and digests are written in: one inner list of strings
//! with its parameters, and dictionaries of bytes. Strict where the RFC lets the last one win: what is named twice is
//! refused, because two readers could see two things.

use base64ct::{Base64, Encoding};

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// `created=1618884473`.
    Integer(u64),
    /// `keyid="key_…"`.
    Text(String),
}

/// A dictionary of one inner list: its label, its strings, its parameters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct List {
    pub(super) label: String,
    pub(super) strings: Vec<String>,
    pub(super) params: Vec<(String, Value)>,
}

/// Reads `label=("a" "b");x=1;y="z"`, and nothing behind it.
pub(super) fn one_list(text: &str) -> Option<List> {
    let mut reader = Reader { rest: text.trim_matches(' ') };
    let label = reader.key()?.to_owned();
    reader.take('=')?;
    reader.take('(')?;
    let mut strings = Vec::new();
    loop {
        reader.spaces();
        if reader.take(')').is_some() {
            break;
        }
        strings.push(reader.string()?);
        // A parameter of a component (`;sf`, `;key=`) would read it in another way: none is known here.
        if !reader.rest.starts_with([' ', ')']) {
            return None;
        }
    }
    let mut params: Vec<(String, Value)> = Vec::new();
    while reader.take(';').is_some() {
        reader.spaces();
        let name = reader.key()?.to_owned();
        reader.take('=')?;
        let value = if reader.rest.starts_with('"') {
            Value::Text(reader.string()?)
        } else {
            Value::Integer(reader.integer()?)
        };
        if params.iter().any(|(known, _)| *known == name) {
            return None;
        }
        params.push((name, value));
    }
    reader.rest.is_empty().then_some(List { label, strings, params })
}

/// Writes the list behind its label, as `@signature-params` is written (RFC 9421 §2.3).
pub(super) fn write(list: &List) -> String {
    let mut text = String::from("(");
    for (i, string) in list.strings.iter().enumerate() {
        if i > 0 {
            text.push(' ');
        }
        push_string(&mut text, string);
    }
    text.push(')');
    for (name, value) in &list.params {
        text.push(';');
        text.push_str(name);
        text.push('=');
        match value {
            Value::Integer(number) => text.push_str(&number.to_string()),
            Value::Text(string) => push_string(&mut text, string),
        }
    }
    text
}

fn push_string(text: &mut String, string: &str) {
    text.push('"');
    for c in string.chars() {
        if matches!(c, '"' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
}

/// Reads `a=:YWJj:, b=:ZGVm:`, as digests are written (RFC 9530 §2): names and bytes; `None` for what cannot be read.
pub fn bytes(text: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let mut reader = Reader { rest: text.trim_matches(' ') };
    let mut members: Vec<(String, Vec<u8>)> = Vec::new();
    loop {
        let name = reader.key()?.to_owned();
        reader.take('=')?;
        let value = reader.bytes()?;
        if members.iter().any(|(known, _)| *known == name) {
            return None;
        }
        members.push((name, value));
        reader.spaces();
        if reader.rest.is_empty() {
            return Some(members);
        }
        reader.take(',')?;
        reader.spaces();
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, c: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(c)?;
        Some(())
    }

    fn spaces(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn while_(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !fits(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// RFC 9651 §3.1.2.
    fn key(&mut self) -> Option<&'a str> {
        let begins = self.rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '*');
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-.*".contains(c);
        begins.then(|| self.while_(fits))
    }

    /// RFC 9651 §3.3.1; whole numbers that are not negative.
    fn integer(&mut self) -> Option<u64> {
        let digits = self.while_(|c| c.is_ascii_digit());
        if (1..=15).contains(&digits.len()) { digits.parse().ok() } else { None }
    }

    /// RFC 9651 §3.3.3.
    fn string(&mut self) -> Option<String> {
        self.take('"')?;
        let mut text = String::new();
        let mut chars = self.rest.chars();
        loop {
            let mut c = chars.next()?;
            if c == '"' {
                self.rest = chars.as_str();
                return Some(text);
            }
            if c == '\\' {
                c = chars.next().filter(|c| matches!(c, '"' | '\\'))?;
            }
            if !(' '..='~').contains(&c) {
                return None;
            }
            text.push(c);
        }
    }

    /// RFC 9651 §3.3.5.
    fn bytes(&mut self) -> Option<Vec<u8>> {
        self.take(':')?;
        let text = self.while_(|c| c != ':');
        self.take(':')?;
        Base64::decode_vec(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_read_is_written_as_it_stood() {
        let inner = r#"("@method" "@path");created=1618884473;keyid="a\"b\\c";nonce="x""#;
        let list = one_list(&format!("sig1={inner}")).unwrap();
        assert_eq!((list.label.as_str(), list.strings.as_slice()), ("sig1", &["@method".into(), "@path".into()][..]));
        assert_eq!(list.params[1], ("keyid".into(), Value::Text("a\"b\\c".into())));
        assert_eq!(write(&list), inner);
        assert_eq!(write(&one_list("s=( \"a\"   \"b\" ); created=7").unwrap()), "(\"a\" \"b\");created=7");
    }

    #[test]
    fn what_two_readers_could_see_differently_is_refused() {
        for bad in [
            "",
            "sig1",
            "sig1=",
            "sig1=(",
            "sig1=(\"a\"",
            "sig1=(a)",
            "Sig1=(\"a\")",
            "sig1=(\"a\";sf)",
            "sig1=(\"a\"\"b\")",
            "sig1=(\"a\") ",
            "sig1=(\"a\"), sig1=(\"b\")",
            "sig1=(\"a\"), sig2=(\"b\")",
            "sig1=(\"a\");created=1;created=2",
            "sig1=(\"a\");created=-1",
            "sig1=(\"a\");created=1.5",
            "sig1=(\"a\");created=1234567890123456",
            "sig1=(\"a\");created",
            "sig1=(\"a\");keyid=token",
            "sig1=(\"a\");keyid=\"\\n\"",
            "sig1=(\"ä\")",
            "sig1=(\"a\")x",
        ] {
            if bad.ends_with(' ') {
                assert!(one_list(bad).is_some(), "spaces around a field are no part of it");
            } else {
                assert_eq!(one_list(bad), None, "{bad}");
            }
        }
        for bad in ["", "a", "a=", "a=x", "a=:!:", "a=:YQ:", "a=:YQ==:,", "a=:YQ==:, a=:YQ==:", "a=:YQ==: b=:YQ==:"] {
            assert_eq!(bytes(bad), None, "{bad}");
        }
        let two = bytes("a=:YQ==: ,\tb=::").unwrap();
        assert_eq!(two, [("a".to_owned(), b"a".to_vec()), ("b".to_owned(), vec![])]);
    }

    proptest! {
        #[test]
        fn no_input_panics(text in "\\PC{0,60}", label in "[a-z(\"=;: 0-9]{0,40}") {
            let _ = (one_list(&text), bytes(&text), one_list(&label), bytes(&label));
            if let Some(list) = one_list(&label) {
                let again = format!("{}={}", list.label, write(&list));
                prop_assert_eq!(one_list(&again), Some(list));
            }
        }
    }
}
