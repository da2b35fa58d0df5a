//! Forms with files (RFC 7578), cut into parts without copying any. What two readers could read differently is refused.

use memchr::memmem;

/// Parts of a form at most.
const MOST_PARTS: usize = 16;
/// Bytes of a part's head at most.
const LONGEST_HEAD: usize = 2_048;

/// One part.
#[derive(Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// The field's name.
    pub name: &'a str,
    /// The file's, where it is one.
    pub filename: Option<String>,
    /// What it holds.
    pub value: &'a [u8],
}

/// The parts of a form; `None` when it is none, or torn.
pub fn parts<'a>(media: &str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let dashes = boundary(media)?;
    let line = memmem::Finder::new(dashes.as_bytes());
    // The first boundary may stand without a line end before it (RFC 2046 §5.1.1).
    let mut rest = body.strip_prefix(dashes.get(2..)?.as_bytes())?;
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let end = line.find(rest)?;
        let (whole, after) = rest.split_at_checked(end)?;
        parts.push(part(whole)?);
        if parts.len() > MOST_PARTS {
            return None;
        }
        rest = after.get(dashes.len()..)?;
    }
}

/// What stands between parts, with the line end before it.
fn boundary(media: &str) -> Option<String> {
    let (kind, parameters) = media.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.trim().split_once('=')?;
        name.eq_ignore_ascii_case("boundary").then(|| value.trim_matches('"'))
    })?;
    let sound = (1..=70).contains(&boundary.len()) && boundary.bytes().all(|byte| byte.is_ascii_graphic());
    sound.then(|| format!("\r\n--{boundary}"))
}

fn part(whole: &[u8]) -> Option<Part<'_>> {
    let gap = memmem::find(whole.get(..whole.len().min(LONGEST_HEAD))?, b"\r\n\r\n")?;
    let head = std::str::from_utf8(whole.get(..gap)?).ok()?;
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let filename = parameter(disposition, "filename").map(unescaped);
    Some(Part { name: parameter(disposition, "name")?, filename, value: whole.get(gap + 4..)? })
}

/// A parameter's value. Browsers write quotation marks in names as `%22`, so a value ends at the next one.
fn parameter<'a>(disposition: &'a str, wanted: &str) -> Option<&'a str> {
    let mut rest = disposition.split_once(';')?.1;
    loop {
        let (name, value) = rest.trim_start().split_once('=')?;
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => value.find(';').map_or((value.trim(), ""), |at| value.split_at(at)),
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = after.trim_start().strip_prefix(';')?;
    }
}

/// A file's name as its owner wrote it (WHATWG HTML §4.10.21.8 escapes three letters).
fn unescaped(name: &str) -> String {
    name.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n")
}

#[cfg(test)]
mod tests {
    use super::{Part, parts};

    const MEDIA: &str = "multipart/form-data; boundary=xyz";
    const FORM: &str = "--xyz\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n\
--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a;b.jsonl\"\r\nContent-Type: text/plain\r\n\r\n{}\r\n--x\r\n--xyz--\r\n";

    #[test]
    fn a_form_is_cut_into_its_parts() {
        let expected = [
            Part { name: "purpose", filename: None, value: b"batch" },
            Part { name: "file", filename: Some("a;b.jsonl".to_owned()), value: b"{}\r\n--x" },
        ];
        assert_eq!(parts(MEDIA, FORM.as_bytes()).unwrap(), expected);
        assert_eq!(parts("Multipart/Form-Data;charset=utf-8; boundary=\"xyz\"", FORM.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn what_is_torn_or_no_form_is_refused() {
        for end in 0..FORM.len() - 4 {
            assert_eq!(parts(MEDIA, &FORM.as_bytes()[..end]), None, "{end}");
        }
        for media in ["", "multipart/form-data", "multipart/form-data; boundary=", "text/plain; boundary=xyz"] {
            assert_eq!(parts(media, FORM.as_bytes()), None, "{media}");
        }
        let nameless = FORM.replace("name=\"purpose\"", "");
        assert_eq!(parts(MEDIA, nameless.as_bytes()), None);
    }
}
