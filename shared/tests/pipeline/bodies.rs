//! What is said of a request body or a query that cannot be used.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::extract::JSON_LIMIT;
use shared::head::HeaderName;
use shared::secret::Secret;

use crate::probe::{call, json as body_of, probe};

/// A body with everything that can be wrong.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "reading it is the test")]
pub(crate) struct Note {
    title: Title,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    place: Option<Place>,
    #[serde(default)]
    kind: Kind,
    #[serde(default = "nothing")]
    password: Secret,
}

fn nothing() -> Secret {
    Secret::new(String::new())
}

#[derive(Deserialize, JsonSchema)]
#[serde(try_from = "String")]
struct Title(#[allow(dead_code, reason = "reading it is the test")] String);

impl TryFrom<String> for Title {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.is_empty() { Err("must not be empty") } else { Ok(Self(text)) }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "reading it is the test")]
struct Tag {
    name: String,
    #[serde(default)]
    weight: u8,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "reading it is the test")]
struct Place {
    #[serde(default)]
    name: String,
    place: i32,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Plain,
    Pinned,
}

/// The status, and the problem, of a body.
fn send(body: &str) -> (u16, Value) {
    let out = call(&probe(&[]), "POST", "/v1/notes", &[], body);
    (out.status, body_of(&out))
}

/// Asserts that a body is refused with 422 for this field alone.
fn check(body: &Value, pointer: &str, code: &str) {
    let (status, problem) = send(&body.to_string());
    assert_eq!((status, problem["code"].as_str()), (422, Some("validation_failed")), "{body}");
    let errors = problem["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{body}");
    assert_eq!((errors[0]["pointer"].as_str(), errors[0]["code"].as_str()), (Some(pointer), Some(code)), "{body}");
    let detail = errors[0]["detail"].as_str().unwrap();
    assert!(!detail.is_empty() && !detail.contains(" line "), "{detail}");
}

#[test]
fn a_good_body_is_read() {
    let good = json!({"title": "a", "tags": [{"name": "x", "weight": 255}], "place": {"place": -1}, "kind": "pinned"});
    assert_eq!(send(&good.to_string()).0, 201);
}

#[test]
fn a_missing_field_is_named() {
    check(&json!({}), "/title", "missing");
    check(&json!({"title": "a", "tags": [{"name": "x"}, {"weight": 1}]}), "/tags/1/name", "missing");
}

#[test]
fn an_unknown_field_is_named() {
    check(&json!({"title": "a", "titel": 1}), "/titel", "unknown");
    check(&json!({"title": "a", "tags": [{"name": "x", "colour": 1}]}), "/tags/0/colour", "unknown");
    check(&json!({"title": "a", "place": {"place": 1, "x": 1}}), "/place/x", "unknown");
}

#[test]
fn an_invalid_value_is_named() {
    check(&json!({"title": 5}), "/title", "invalid");
    check(&json!({"title": ""}), "/title", "invalid");
    check(&json!({"title": "a", "tags": [{"name": "x", "weight": 256}]}), "/tags/0/weight", "invalid");
    check(&json!({"title": "a", "tags": {"0": 1}}), "/tags", "invalid");
    check(&json!({"title": "a", "place": {"name": null, "place": 1}}), "/place/name", "invalid");
}

#[test]
fn a_body_of_another_shape_is_422_for_the_whole() {
    check(&json!("text"), "", "invalid");
    check(&json!(null), "", "invalid");
}

#[test]
fn an_unknown_choice_is_named() {
    check(&json!({"title": "a", "kind": "loud"}), "/kind", "unknown");
}

#[test]
fn a_field_that_is_missing_in_a_place_of_its_own_name_is_named_whole() {
    check(&json!({"title": "a", "place": {}}), "/place/place", "missing");
}

#[test]
fn names_with_dots_slashes_and_tildes_are_pointed_at_as_rfc_6901_says() {
    check(&json!({"title": "a", "a.b": 1}), "/a.b", "unknown");
    check(&json!({"title": "a", "a/b~c": 1}), "/a~1b~0c", "unknown");
    check(&json!({"title": "a", "a[0]": 1}), "/a[0]", "unknown");
}

#[test]
fn what_is_not_json_is_400() {
    for bad in
        ["", "{", "{\"title\":\"a\"} {}", "title=a", "{\"title\":\"a\",}", "\u{feff}{}", "{\"title\":\"\\ud800\"}"]
    {
        let (status, problem) = send(bad);
        assert_eq!((status, problem["code"].as_str()), (400, Some("malformed_request")), "{bad}");
        assert!(problem.get("errors").is_none(), "{bad}");
    }
}

#[test]
fn control_characters_in_a_text_are_400() {
    assert_eq!(send("{\"title\": \"a\u{0}\"}").0, 400, "they must be escaped");
}

#[test]
fn what_is_not_utf_8_is_400() {
    let problem = shared::extract::from_json::<Note>(b"{\"title\": \"\xff\"}").err().unwrap();
    assert_eq!(problem.status(), 400);
}

#[test]
fn deep_nesting_is_400_and_no_panic() {
    assert_eq!(send(&format!("{{\"title\":{}", "[".repeat(10_000))).0, 422, "the type is wrong before it is deep");
    assert_eq!(send(&format!("{{\"tags\":{}", "[".repeat(10_000))).0, 422);
}

#[test]
fn a_body_of_another_media_type_is_415() {
    let bench = probe(&[]);
    let status_of =
        |media: &str| call(&bench, "POST", "/v1/notes", &[(HeaderName::ContentType, media)], r#"{"title":"a"}"#).status;
    for good in ["application/json", "application/json; charset=utf-8", "Application/JSON ;x=y"] {
        assert_eq!(status_of(good), 201, "{good}");
    }
    for bad in [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "text/json",
        "application/problem+json",
    ] {
        assert_eq!(status_of(bad), 415, "{bad}");
    }
}

#[test]
fn a_body_above_the_limit_is_413_and_one_at_the_limit_is_read() {
    let sized = |size: usize| format!("{{\"title\":\"{}\"}}", "a".repeat(size - 12));
    assert_eq!(send(&sized(JSON_LIMIT)).0, 201);
    let (status, problem) = send(&sized(JSON_LIMIT + 1));
    assert_eq!((status, problem["code"].as_str()), (413, Some("payload_too_large")));
}

#[test]
fn query_parameters_are_read_or_refused() {
    let bench = probe(&[]);
    let out = call(&bench, "GET", "/v1/notes?from=1&to=2", &[], "");
    assert_eq!((out.status, body_of(&out)), (200, json!({"from": 1, "to": 2})));
    for bad in ["", "?from=1", "?from=1&to=x", "?from=1&to=-1"] {
        let out = call(&bench, "GET", &format!("/v1/notes{bad}"), &[], "");
        assert_eq!((out.status, body_of(&out)["errors"][0]["pointer"].as_str()), (422, Some("query")), "{bad}");
    }
}
