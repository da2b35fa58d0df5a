//! Where in a JSON text a reader stopped, as a pointer (RFC 6901). The reader itself says the line and the column, and the way
//! there is walked again: following it while reading would compile every type of body once more, and cost the good bodies.

use serde_json::Error;

/// One step: the place in a list, or a field, once there is one.
enum Level<'a> {
    List(Option<usize>),
    Object(Option<&'a [u8]>),
}

/// The pointer to the value that does not fit. `read` reads a part of the text with the reader that failed, and gives its error.
pub(crate) fn of(text: &[u8], error: &Error, read: fn(&[u8]) -> Option<Error>) -> String {
    let mut pointer = String::new();
    // What is wrong with the whole is told when all of it is read, and without a place.
    if error.line() == 0 {
        return pointer;
    }
    let at = offset(text, error.line(), error.column());
    // A value that is refused by what is made of it is noticed one token later. Whether it was that value, or the one that
    // begins or ends with this token, shows without the token.
    let refused_before = |end: usize| text.get(..end).and_then(read).is_some_and(|error| error.is_data());
    let begins = matches!(text.get(at), Some(b'{' | b'['));
    let ends = matches!(text.get(..at).and_then(<[u8]>::last), Some(b'}' | b']'));
    let end = match (begins, ends) {
        (true, _) if !refused_before(at) => at + 1,
        (false, true) if refused_before(at - 1) => at - 1,
        _ => at,
    };
    for level in levels(text.get(..end).unwrap_or(text)) {
        match level {
            Level::List(Some(index)) => step(&mut pointer, &index.to_string()),
            Level::Object(Some(key)) => step(&mut pointer, &serde_json::from_slice::<String>(key).unwrap_or_default()),
            Level::List(None) | Level::Object(None) => {}
        }
    }
    pointer
}

/// Adds a field or a place in a list (RFC 6901 §3).
pub(crate) fn step(pointer: &mut String, key: &str) {
    pointer.push('/');
    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
}

/// The number of bytes before this place. Lines are counted from 1; the column is the number of bytes that were read of the line.
fn offset(text: &[u8], line: usize, column: usize) -> usize {
    let lines = text.split_inclusive(|byte| *byte == b'\n').take(line - 1);
    lines.map(<[u8]>::len).sum::<usize>() + column
}

/// The way to the last value of which something is in the text, whose beginning is good JSON.
fn levels(text: &[u8]) -> Vec<Level<'_>> {
    let (mut levels, mut rest, mut key_follows) = (Vec::new(), text, false);
    while let Some((first, behind)) = rest.split_first() {
        let length = match first {
            b'"' => quoted(behind) + 1,
            b'{' | b'[' | b'}' | b']' | b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' => 1,
            _ => rest.iter().position(|byte| b",:]} \t\r\n".contains(byte)).unwrap_or(rest.len()),
        };
        let (token, next) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        match (first, levels.last_mut()) {
            (b':' | b' ' | b'\t' | b'\r' | b'\n', _) => {}
            (b',', level) => key_follows = matches!(level, Some(Level::Object(_))),
            (b'}' | b']', _) => drop(levels.pop()),
            (b'"', Some(Level::Object(key))) if key_follows => {
                *key = Some(token);
                key_follows = false;
            }
            (_, level) => {
                if let Some(Level::List(index)) = level {
                    *index = Some(index.map_or(0, |index| index + 1));
                }
                key_follows = *first == b'{';
                match first {
                    b'{' => levels.push(Level::Object(None)),
                    b'[' => levels.push(Level::List(None)),
                    _ => {}
                }
            }
        }
        rest = next;
    }
    levels
}

/// The length of a string without its first quotation mark.
fn quoted(text: &[u8]) -> usize {
    let mut escaped = false;
    let end = text.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 1)
}
