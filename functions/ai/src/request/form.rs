//! A form with a file in it (RFC 7578), read as far as the gateway must understand it: which model, stream or not, how
//! large the file is. All else passes byte for byte.

use std::ops::Range;

use memchr::memmem;

use crate::request::BodyError;

/// A form may have this many parts.
const MAX_PARTS: usize = 64;
/// The head of a part may have this many bytes.
const MAX_HEAD: usize = 1_024;
/// The longest model name, in bytes.
const MAX_MODEL_NAME: usize = 256;

/// A form on its way to a model.
#[derive(Debug, Clone)]
pub struct Form<'a> {
    /// All of it.
    pub body: &'a [u8],
    /// Its media type, boundary included.
    pub media: &'a str,
    /// The model's name as the client wrote it.
    pub model: &'a str,
    /// The client wants a stream.
    pub stream: bool,
    /// Bytes of all files.
    pub file_bytes: u64,
    model_at: Range<usize>,
}

impl<'a> Form<'a> {
    /// Reads a form.
    ///
    /// # Errors
    /// [`BodyError`] when it is torn, ambiguous, or has no usable `model`.
    pub fn read(media: &'a str, body: &'a [u8]) -> Result<Self, BodyError> {
        let torn = |message: &str| BodyError::new("", "invalid_form", message);
        let boundary = boundary(media).ok_or_else(|| torn("A form with a boundary was expected."))?;
        let parts = parts(body, &boundary).ok_or_else(|| torn("The form is torn."))?;
        let mut form = Self { body, media, model: "", stream: false, file_bytes: 0, model_at: 0..0 };
        let mut seen: Vec<&str> = Vec::new();
        for part in parts {
            if part.is_file {
                form.file_bytes += part.at.len() as u64;
                continue;
            }
            let value = body.get(part.at.clone()).and_then(|bytes| std::str::from_utf8(bytes).ok());
            let read_here = part.name.eq_ignore_ascii_case("model") || part.name.eq_ignore_ascii_case("stream");
            if !read_here {
                continue;
            }
            if seen.contains(&part.name) || !part.name.bytes().all(|byte| byte.is_ascii_lowercase()) {
                return Err(BodyError::new(
                    &format!("/{}", part.name),
                    "duplicate_parameter",
                    "This field is ambiguous.",
                ));
            }
            seen.push(part.name);
            match (part.name, value) {
                ("model", Some(name)) => (form.model, form.model_at) = (name, part.at),
                ("stream", Some("true")) => form.stream = true,
                ("stream", Some("false")) => {}
                ("stream", _) => return Err(BodyError::new("/stream", "invalid_type", "A boolean was expected.")),
                _ => {}
            }
        }
        if form.model.is_empty() {
            return Err(BodyError::new("/model", "missing_required_parameter", "You must provide a 'model'."));
        }
        if form.model.len() > MAX_MODEL_NAME {
            return Err(BodyError::new("/model", "invalid_type", "'model' must have 1 to 256 bytes."));
        }
        Ok(form)
    }

    /// The form with another model; `None` where nothing has to change.
    #[must_use]
    pub fn with_model(&self, model: &str) -> Option<Vec<u8>> {
        if self.model == model {
            return None;
        }
        let mut changed = Vec::with_capacity(self.body.len() + model.len());
        changed.extend_from_slice(self.body.get(..self.model_at.start).unwrap_or_default());
        changed.extend_from_slice(model.as_bytes());
        changed.extend_from_slice(self.body.get(self.model_at.end..).unwrap_or_default());
        Some(changed)
    }
}

/// One part: its name, whether it is a file, where its value stands.
struct Part<'a> {
    name: &'a str,
    is_file: bool,
    at: Range<usize>,
}

/// The line that stands between parts (RFC 2046 §5.1.1).
fn boundary(media: &str) -> Option<String> {
    let (kind, parameters) = media.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let value = parameters.split(';').find_map(|one| {
        let (name, value) = one.trim().split_once('=')?;
        name.eq_ignore_ascii_case("boundary").then_some(value.trim_matches('"'))
    })?;
    (!value.is_empty() && value.len() <= 70 && value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '))
        .then(|| format!("--{value}"))
}

fn parts<'a>(body: &'a [u8], boundary: &str) -> Option<Vec<Part<'a>>> {
    let finder = memmem::Finder::new(boundary.as_bytes());
    let mut parts = Vec::new();
    let mut from = finder.find(body)? + boundary.len();
    loop {
        let rest = body.get(from..)?;
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        let start = from + rest.starts_with(b"\r\n").then_some(2)?;
        let end = start + finder.find(body.get(start..)?)?;
        // The line end before a boundary belongs to it.
        let part = start..end.checked_sub(2).filter(|end| body.get(*end..).is_some_and(|b| b.starts_with(b"\r\n")))?;
        parts.push(read_part(body, part)?);
        if parts.len() > MAX_PARTS {
            return None;
        }
        from = end + boundary.len();
    }
}

fn read_part(body: &[u8], at: Range<usize>) -> Option<Part<'_>> {
    let part = body.get(at.clone())?;
    let gap = memmem::find(part.get(..part.len().min(MAX_HEAD + 4))?, b"\r\n\r\n")?;
    let head = std::str::from_utf8(part.get(..gap)?).ok()?;
    let disposition = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let named = |name: &str| {
        disposition.split(';').find_map(|one| {
            let (known, value) = one.trim().split_once('=')?;
            known.eq_ignore_ascii_case(name).then_some(value.trim_matches('"'))
        })
    };
    let is_file = named("filename").is_some() || named("filename*").is_some();
    Some(Part { name: named("name")?, is_file, at: at.start + gap + 4..at.end })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEDIA: &str = "multipart/form-data; boundary=xyz";

    fn form(parts: &[(&str, &str)]) -> String {
        let part = |(head, value): &(&str, &str)| {
            format!("--xyz\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n")
        };
        parts.iter().map(part).collect::<String>() + "--xyz--\r\n"
    }

    fn code(media: &str, body: &str) -> &'static str {
        Form::read(media, body.as_bytes()).map_or_else(|error| error.code, |_| "fine")
    }

    #[test]
    fn the_model_is_found_and_replaced_and_all_else_stays() {
        let body = form(&[("name=\"file\"; filename=\"a.mp3\"", "ID3--xy"), ("name=\"model\"", "whisper-1")]);
        let read = Form::read(MEDIA, body.as_bytes()).unwrap();
        assert_eq!((read.model, read.stream, read.file_bytes), ("whisper-1", false, 7));
        assert_eq!(read.with_model("whisper-1"), None);
        let changed = String::from_utf8(read.with_model("large").unwrap()).unwrap();
        assert_eq!(changed, body.replace("whisper-1", "large"));
    }

    #[test]
    fn a_stream_is_asked_for_with_a_word() {
        let with = |value| form(&[("name=model", "m"), ("name=stream", value)]);
        assert!(Form::read(MEDIA, with("true").as_bytes()).unwrap().stream);
        assert!(!Form::read(MEDIA, with("false").as_bytes()).unwrap().stream);
        assert_eq!(code(MEDIA, &with("yes")), "invalid_type");
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        assert_eq!(code(MEDIA, &form(&[("name=model", "a"), ("name=model", "b")])), "duplicate_parameter");
        assert_eq!(code(MEDIA, &form(&[("name=Model", "a")])), "duplicate_parameter");
    }

    #[test]
    fn torn_forms_are_refused() {
        let whole = form(&[("name=\"file\"; filename=\"a\"", "bytes"), ("name=model", "m")]);
        for end in 0..whole.len() - 4 {
            assert_ne!(code(MEDIA, &whole[..end]), "fine", "{end}");
        }
        for media in ["application/json", "multipart/form-data", "multipart/form-data; boundary=", "text; boundary=xyz"]
        {
            assert_eq!(code(media, &whole), "invalid_form", "{media}");
        }
        assert_eq!(code(MEDIA, &form(&[("name=file", "x")])), "missing_required_parameter");
    }
}
