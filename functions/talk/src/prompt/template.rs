//! The language of templates: text with places, `{{name}}` for a value as it is and `{{json name}}` for a value written
//! as JSON. There is nothing else: no code, no conditions, no templates in templates. Pure. Not here: what a value may
//! be (`variable`).

/// A piece of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Text that stands as it is.
    Text(&'t str),
    /// The place of a value.
    Place {
        /// The variable's name.
        name: &'t str,
        /// Whether it is written as JSON.
        json: bool,
    },
}

/// What is wrong with a template, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(pub String);

/// The longest name of a variable.
pub const LONGEST_NAME: usize = 64;

/// Whether this can be the name of a variable: a letter or `_`, then letters, digits and `_`, in lower case.
pub fn is_name(text: &str) -> bool {
    let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    (1..=LONGEST_NAME).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && text.bytes().all(rest)
}

/// Takes a template apart. `\{{` stands for two braces.
///
/// # Errors
/// For braces that are not closed, or hold no name.
pub fn pieces(template: &str) -> Result<Vec<Piece<'_>>, Fault> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        if let Some(before) = before.strip_suffix('\\') {
            found.extend([Piece::Text(before), Piece::Text("{{")]);
            rest = after;
            continue;
        }
        let (inner, behind) = after.split_once("}}").ok_or_else(|| Fault("has a `{{` without its `}}`".to_owned()))?;
        found.extend([Piece::Text(before), place(inner)?]);
        rest = behind;
    }
    found.push(Piece::Text(rest));
    found.retain(|piece| *piece != Piece::Text(""));
    Ok(found)
}

fn place(inner: &str) -> Result<Piece<'_>, Fault> {
    let mut words = inner.split_ascii_whitespace();
    let (name, json) = match (words.next(), words.next(), words.next()) {
        (Some(name), None, _) => (name, false),
        (Some("json"), Some(name), None) => (name, true),
        _ => ("", false),
    };
    if is_name(name) {
        return Ok(Piece::Place { name, json });
    }
    let shown: String = inner.chars().take(40).collect();
    Err(Fault(format!("has `{{{{{shown}}}}}`, which is no place of a variable; write `\\{{{{` for two braces")))
}

/// The names in a template.
///
/// # Errors
/// As `pieces`.
pub fn names(template: &str) -> Result<Vec<&str>, Fault> {
    let pieces = pieces(template)?;
    Ok(pieces
        .into_iter()
        .filter_map(|piece| if let Piece::Place { name, .. } = piece { Some(name) } else { None })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::{Piece, names, pieces};

    #[test]
    fn text_without_two_braces_is_itself() {
        for text in ["hello", "{name}", "}}", "{\"a\":{\"b\":1}}", "a { { b", "\\", "你好"] {
            assert_eq!(pieces(text).unwrap(), [Piece::Text(text)], "{text}");
        }
        assert_eq!(pieces("").unwrap(), []);
    }

    #[test]
    fn places_are_found_with_and_without_spaces() {
        let place = |name, json| Piece::Place { name, json };
        assert_eq!(pieces("a{{b}}c").unwrap(), [Piece::Text("a"), place("b", false), Piece::Text("c")]);
        assert_eq!(pieces("{{ b }}{{json c}}").unwrap(), [place("b", false), place("c", true)]);
        assert_eq!(pieces("{{json}}").unwrap(), [place("json", false)]);
        assert_eq!(names("{{x}} and {{ y }}, {{x}}").unwrap(), ["x", "y", "x"]);
    }

    #[test]
    fn escaped_braces_are_no_place() {
        assert_eq!(pieces("\\{{b}}").unwrap(), [Piece::Text("{{"), Piece::Text("b}}")]);
    }

    #[test]
    fn what_holds_no_name_is_refused() {
        for bad in [
            "{{",
            "{{a",
            "{{}}",
            "{{ }}",
            "{{A}}",
            "{{1a}}",
            "{{a b}}",
            "{{json a b}}",
            "{{a.b}}",
            "{{{a}}}",
            "{{#if a}}",
            "{{你}}",
        ] {
            assert!(pieces(bad).is_err(), "{bad}");
        }
    }
}
