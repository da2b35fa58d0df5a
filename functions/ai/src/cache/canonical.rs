//! What decides an answer: the part of a request by which two are the same.
//!
//! Two requests are the same when their bodies differ only in white space between tokens, in the order of their
//! outermost members, and in members that decide nothing: how the answer is sent, and who asks. Numbers and strings are
//! compared as they are written, members of inner objects in their order: `1.0` is not `1`. So a difference too many
//! costs a call, and one too few is not possible.

use serde_json::value::RawValue;

use crate::json::pointer;
use crate::json::splice::{Member, members};

/// Members that decide nothing of what is said. The model is in the key by what it means.
const PASSED_OVER: [&str; 10] = [
    "model",
    "stream",
    "stream_options",
    "user",
    "metadata",
    "safety_identifier",
    "prompt_cache_key",
    "prompt_cache_retention",
    "prompt_cache_options",
    "service_tier",
];

/// Members that make an answer depend on more than the request, or keep it elsewhere.
const NOT_ALONE: [&str; 5] = ["previous_response_id", "conversation", "background", "container", "mcp_servers"];

/// The canonical text of a request; `None` when its answer depends on something else, too.
#[must_use]
pub fn canonical(body: &str) -> Option<String> {
    write(body, None)
}

/// The same without the last thing a person said, and that thing: what a question is compared by meaning with.
/// `None` when the last thing said is not a person's text alone.
#[must_use]
pub fn question(body: &str) -> Option<(String, String)> {
    let members = members(body).ok()?;
    let turns = members.iter().find(|member| member.name == "messages" || member.name == "input")?;
    if let Some(text) = pointer::string(turns.value) {
        return Some((write(body, Some(&turns.value_at))?, text.into_owned()));
    }
    let list: Vec<&RawValue> = shared::json::read(turns.value.get()).ok()?;
    let last = list.last()?;
    if pointer::at(last.get(), "/role").and_then(pointer::string)? != "user" {
        return None;
    }
    let content = pointer::at(last.get(), "/content")?;
    let text = pointer::string(content)?;
    let from = content.get().as_ptr().addr() - body.as_ptr().addr();
    let rest = write(body, Some(&(from..from + content.get().len())))?;
    Some((rest, text.into_owned()))
}

/// The members that decide, by name, each in one line; what stands in `without` is left out.
fn write(body: &str, without: Option<&std::ops::Range<usize>>) -> Option<String> {
    let mut members: Vec<Member<'_>> = members(body).ok()?;
    if members.iter().any(|member| NOT_ALONE.contains(&&*member.name) && !is_nothing(member.value)) {
        return None;
    }
    members.retain(|member| !PASSED_OVER.contains(&&*member.name));
    members.sort_by(|a, b| a.name.cmp(&b.name));
    let mut out = String::with_capacity(body.len());
    for member in members {
        out.push_str(&member.name.replace('\n', "\\n"));
        out.push(':');
        let at = &member.value_at;
        match without.filter(|gap| gap.start >= at.start && gap.end <= at.end) {
            Some(gap) => {
                tight(body.get(at.start..gap.start)?, &mut out);
                tight(body.get(gap.end..at.end)?, &mut out);
            }
            None => tight(member.value.get(), &mut out),
        }
        out.push('\n');
    }
    Some(out)
}

fn is_nothing(value: &RawValue) -> bool {
    matches!(value.get(), "null" | "false" | "[]" | "\"\"")
}

/// JSON without the white space between its tokens. The text may be cut off between two tokens.
fn tight(json: &str, out: &mut String) {
    let (mut quoted, mut escaped, mut from) = (false, false, 0);
    for (at, byte) in json.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b' ' | b'\t' | b'\n' | b'\r' if !quoted => {
                out.push_str(json.get(from..at).unwrap_or_default());
                from = at + 1;
            }
            _ => {}
        }
    }
    out.push_str(json.get(from..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_space_and_what_decides_nothing_make_no_difference() {
        let one =
            r#"{"model":"a","messages":[{"role":"user","content":"a  b"}],"temperature":0,"stream":true,"user":"x"}"#;
        let two =
            "{ \"temperature\" : 0,\n\"messages\":[ {\"role\":\"user\", \"content\":\"a  b\"} ], \"model\":\"b\" }";
        assert_eq!(canonical(one), canonical(two));
        assert_eq!(canonical(one).unwrap(), "messages:[{\"role\":\"user\",\"content\":\"a  b\"}]\ntemperature:0\n");
    }

    #[test]
    fn what_decides_makes_a_difference() {
        let of = |body: &str| canonical(body).unwrap();
        let base = of(r#"{"messages":["a b"],"temperature":1}"#);
        for other in [
            r#"{"messages":["a  b"],"temperature":1}"#,
            r#"{"messages":["a b"],"temperature":1.0}"#,
            r#"{"messages":["a b"]}"#,
            r#"{"messages":["a b"],"temperature":1,"tools":[]}"#,
            r#"{"messages":["a\u0020b"],"temperature":1}"#,
        ] {
            assert_ne!(of(other), base, "{other}");
        }
        assert_ne!(of(r#"{"a":"\" b"}"#), of(r#"{"a":"\"b"}"#));
    }

    #[test]
    fn an_answer_that_hangs_on_more_than_its_request_has_no_key() {
        assert_eq!(canonical(r#"{"input":"x","previous_response_id":"r"}"#), None);
        assert!(canonical(r#"{"input":"x","previous_response_id":null,"background":false}"#).is_some());
        assert_eq!(canonical("no json"), None);
    }

    #[test]
    fn a_question_is_what_a_person_said_last() {
        let body =
            r#"{"messages":[{"role":"system","content":"s"},{"role":"user","content":"What is 2+2?"}],"top_p":1}"#;
        let (rest, said) = question(body).unwrap();
        assert_eq!(said, "What is 2+2?");
        assert_eq!(
            rest,
            "messages:[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":}]\ntop_p:1\n"
        );
        let (other, _) = question(&body.replace("What is 2+2?", "2+2=?")).unwrap();
        assert_eq!(rest, other);
        assert_eq!(question(r#"{"input":"hi","model":"m"}"#), Some(("input:\n".to_owned(), "hi".to_owned())));
        for none in [
            r#"{"messages":[{"role":"assistant","content":"x"}]}"#,
            r#"{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}"#,
            r#"{"messages":[]}"#,
            r#"{}"#,
        ] {
            assert_eq!(question(none), None);
        }
    }
}
