//! A line of a batch's input, and whether it is good.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::BatchError;

/// Bytes of a line at most.
pub const LONGEST_LINE: usize = 4 * 1024 * 1024;
/// Letters of a `custom_id` at most.
const LONGEST_NAME: usize = 512;

#[derive(Deserialize)]
struct Written<'a> {
    #[serde(default)]
    custom_id: Option<String>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default, borrow)]
    body: Option<&'a RawValue>,
}

/// What of a body matters here.
#[derive(Deserialize)]
struct Asked<'a> {
    #[serde(default, borrow)]
    stream: Option<&'a RawValue>,
}

/// A request of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// How its owner calls it.
    pub custom_id: String,
    /// JSON, as it stands there.
    pub body: &'a str,
}

/// Reads a line.
///
/// # Errors
/// What is wrong with it, without its number.
pub fn read<'a>(text: &'a [u8], endpoint: &str) -> Result<Request<'a>, BatchError> {
    let wrong = |code: &str, param: Option<&str>, message: String| BatchError {
        code: code.to_owned(),
        message,
        param: param.map(str::to_owned),
        line: None,
    };
    let missing = |name: &str| wrong("missing_required_parameter", Some(name), format!("`{name}` is missing."));
    // serde would read a list as an object, member by member.
    let object = text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    if !object {
        return Err(wrong("invalid_json_line", None, "This line is not a JSON object.".to_owned()));
    }
    let written: Written<'a> = serde_json::from_slice(text)
        .map_err(|error| wrong("invalid_json_line", None, format!("This line is not valid: {error}.")))?;
    let custom_id = written.custom_id.ok_or_else(|| missing("custom_id"))?;
    if !(1..=LONGEST_NAME).contains(&custom_id.chars().count()) {
        let rule = format!("`custom_id` must have 1 to {LONGEST_NAME} letters.");
        return Err(wrong("invalid_custom_id", Some("custom_id"), rule));
    }
    if written.method.ok_or_else(|| missing("method"))? != "POST" {
        return Err(wrong("invalid_method", Some("method"), "`method` must be POST.".to_owned()));
    }
    if written.url.ok_or_else(|| missing("url"))? != endpoint {
        let rule = format!("`url` must be the endpoint of the batch, {endpoint}.");
        return Err(wrong("mismatched_url", Some("url"), rule));
    }
    let body = written.body.ok_or_else(|| missing("body"))?.get();
    let asked: Result<Asked<'_>, _> = serde_json::from_str(body);
    match asked {
        Ok(asked) if body.starts_with('{') => match asked.stream.map(RawValue::get) {
            None | Some("false" | "null") => Ok(Request { custom_id, body }),
            Some(_) => Err(wrong("stream_not_supported", Some("body.stream"), "A batch has no streams.".to_owned())),
        },
        _ => Err(wrong("invalid_body", Some("body"), "`body` must be an object.".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    const URL: &str = "/v1/embeddings";

    fn code(line: &str) -> String {
        read(line.as_bytes(), URL).map_or_else(|error| error.code, |_| "fine".to_owned())
    }

    #[test]
    fn a_good_line_is_read_as_it_stands() {
        let line =
            br#"{"custom_id":"a","method":"POST","url":"/v1/embeddings","body": { "model":"m",  "input":"x" } }"#;
        let request = read(line, URL).unwrap();
        assert_eq!((request.custom_id.as_str(), request.body), ("a", r#"{ "model":"m",  "input":"x" }"#));
    }

    #[test]
    fn each_fault_has_its_name() {
        let line = |members: &str| format!(r#"{{"custom_id":"a","method":"POST","url":"{URL}",{members}}}"#);
        for (text, expected) in [
            ("nonsense".to_owned(), "invalid_json_line"),
            ("[]".to_owned(), "invalid_json_line"),
            (r#"{"custom_id":1}"#.to_owned(), "invalid_json_line"),
            (r#"{"custom_id":"a","custom_id":"b"}"#.to_owned(), "invalid_json_line"),
            ("{}".to_owned(), "missing_required_parameter"),
            (r#"{"custom_id":""}"#.to_owned(), "invalid_custom_id"),
            (format!(r#"{{"custom_id":"{}"}}"#, "x".repeat(513)), "invalid_custom_id"),
            (r#"{"custom_id":"a"}"#.to_owned(), "missing_required_parameter"),
            (r#"{"custom_id":"a","method":"GET"}"#.to_owned(), "invalid_method"),
            (r#"{"custom_id":"a","method":"POST","url":"/v1/files"}"#.to_owned(), "mismatched_url"),
            (line(r#""x":1"#), "missing_required_parameter"),
            (line(r#""body":[]"#), "invalid_body"),
            (line(r#""body":"x""#), "invalid_body"),
            (line(r#""body":{"stream":true}"#), "stream_not_supported"),
            (line(r#""body":{"stream":"yes"}"#), "stream_not_supported"),
            (line(r#""body":{"stream":false}"#), "fine"),
            (line(r#""body":{}"#), "fine"),
        ] {
            assert_eq!(code(&text), expected, "{text}");
        }
    }
}
