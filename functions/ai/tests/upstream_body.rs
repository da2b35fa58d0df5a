//! The body that goes upstream: what is changed, and that nothing else is.

#![cfg(test)]

use ai::endpoint::Endpoint;
use ai::provider::catalogue::Catalogue;
use ai::request::Request;
use ai::request::patch::UpstreamBody;
use proptest::prelude::*;

/// Three providers; the compatible one has the models `m` and `o`.
fn catalogue() -> Catalogue {
    Catalogue::from_env(|name| {
        let value = match name {
            "OPENAI_API_KEY" | "MOONSHOT_API_KEY" => "key",
            "COMPATIBLE_BASE_URL" => "http://127.0.0.1:1",
            "COMPATIBLE_MODELS" => "m,o",
            _ => return None,
        };
        Some(value.to_owned())
    })
}

/// The body that goes upstream for the model the body names; `None` if it is the client's own.
fn upstream(body: &str) -> Option<String> {
    let request = Request::read(Endpoint::Chat, body.as_bytes()).unwrap();
    let catalogue = catalogue();
    let target = catalogue.resolve(&request.model).unwrap();
    match request.upstream_body(&target).unwrap() {
        UpstreamBody::Unchanged => None,
        UpstreamBody::Changed(bytes) => Some(String::from_utf8(bytes).unwrap()),
    }
}

#[test]
fn a_request_that_fits_goes_on_untouched() {
    assert_eq!(upstream(r#"{"model":"gpt-4o","messages":[],"max_tokens":5,"stream":false,"stream_options":{}}"#), None);
    assert_eq!(upstream(r#"{"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true}}"#), None);
    assert_eq!(upstream(r#"{"model":"gpt\u002d4o"}"#), None);
}

#[test]
fn an_alias_changes_the_model_and_nothing_else() {
    let body = "{ \"messages\" : [ {\"reasoning_content\":\"é\\u00e9\"} ],\n\t\"model\":\"openai/gpt-4o\" , \"seed\":1.50e+1 }";
    assert_eq!(upstream(body).unwrap(), body.replace("openai/gpt-4o", "gpt-4o"));
    assert_eq!(upstream(r#"{"model":"chat-default"}"#).unwrap(), r#"{"model":"gpt-4o-mini"}"#);
}

#[test]
fn usage_is_asked_for_in_every_stream() {
    for (body, expected) in [
        (r#"{"model":"m","stream":true }"#, r#"{"model":"m","stream":true,"stream_options":{"include_usage":true} }"#),
        (
            r#"{"stream_options":null,"model":"m","stream":true}"#,
            r#"{"stream_options":{"include_usage":true},"model":"m","stream":true}"#,
        ),
        (
            r#"{"model":"m","stream_options":{ },"stream":true}"#,
            r#"{"model":"m","stream_options":{"include_usage":true },"stream":true}"#,
        ),
        (
            r#"{"model":"m","stream_options":{"x":[1] },"stream":true}"#,
            r#"{"model":"m","stream_options":{"x":[1],"include_usage":true },"stream":true}"#,
        ),
        (
            r#"{"model":"m","stream_options":{"include_usage": false},"stream":true}"#,
            r#"{"model":"m","stream_options":{"include_usage": true},"stream":true}"#,
        ),
    ] {
        assert_eq!(upstream(body).as_deref(), Some(expected));
    }
}

#[test]
fn renames_follow_the_model() {
    assert_eq!(
        upstream(r#"{"model":"gpt-5","max_tokens":5}"#).unwrap(),
        r#"{"model":"gpt-5","max_completion_tokens":5}"#
    );
    assert_eq!(upstream(r#"{"model":"m","max_completion_tokens":5}"#).unwrap(), r#"{"model":"m","max_tokens":5}"#);
    assert_eq!(upstream(r#"{"model":"m","max_completion_tokens":null}"#), None);
    assert_eq!(upstream(r#"{"model":"m","max_completion_tokens":5,"max_tokens":6}"#), None);
    assert_eq!(
        upstream(r#"{"model":"m","max_tokens":null,"max_completion_tokens":5}"#).unwrap(),
        r#"{"model":"m","max_tokens":5,"max_completion_tokens":null}"#
    );
}

#[test]
fn a_temperature_moonshot_cannot_take_is_clamped() {
    assert_eq!(upstream(r#"{"model":"kimi-k3","temperature":1.2}"#).unwrap(), r#"{"model":"kimi-k3","temperature":1}"#);
    assert_eq!(upstream(r#"{"model":"kimi-k3","temperature":1e0}"#), None);
    assert_eq!(upstream(r#"{"model":"kimi-k3","temperature":"hot"}"#), None);
    assert_eq!(upstream(r#"{"model":"gpt-4o","temperature":1.2}"#), None);
}

#[test]
fn what_a_provider_cannot_honour_is_refused_before_the_call() {
    let refused = |body: &str| {
        let request = Request::read(Endpoint::Chat, body.as_bytes()).unwrap();
        let catalogue = catalogue();
        let target = catalogue.resolve(&request.model).unwrap();
        request.upstream_body(&target).err().map(|error| (error.param().unwrap(), error.code))
    };
    let tool_choice = Some(("tool_choice".to_owned(), "unsupported_value"));
    assert_eq!(refused(r#"{"model":"kimi-k3","tool_choice":"required"}"#), tool_choice);
    assert_eq!(refused(r#"{"model":"kimi-k3","tool_choice":"req\u0075ired"}"#), tool_choice);
    assert_eq!(refused(r#"{"model":"kimi-k3","tool_choice":"auto"}"#), None);
    assert_eq!(refused(r#"{"model":"kimi-k3","tool_choice":{"type":"function"}}"#), None);
    assert_eq!(refused(r#"{"model":"gpt-4o","tool_choice":"required","service_tier":"auto"}"#), None);
    assert_eq!(
        refused(r#"{"model":"gpt-4o","service_tier":"priority"}"#),
        Some(("service_tier".to_owned(), "unsupported_value"))
    );
}

/// Any JSON value, as text with the spaces people write.
fn json_text() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|flag| flag.to_string()),
        any::<f64>().prop_filter("finite", |x| x.is_finite()).prop_map(|x| format!("{x:e}")),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[ {} ]", items.join(" ,"))),
            inner.prop_map(|value| format!("{{\"k\\n\" :{value}}}")),
        ]
    })
}

proptest! {
    #[test]
    fn unknown_members_pass_byte_for_byte(
        members in prop::collection::vec(("[a-z]{3,8}", json_text()), 0..6),
        at in any::<prop::sample::Index>(),
    ) {
        let mut texts: Vec<String> =
            members.iter().enumerate().map(|(i, (name, value))| format!("\"x_{name}{i}\" : {value}")).collect();
        texts.insert(at.index(texts.len() + 1), r#""model":"moonshot/kimi-k3""#.to_owned());
        texts.insert(at.index(texts.len() + 1), r#""stream": true"#.to_owned());
        let body = format!("{{{}}}", texts.join(" , "));
        let expected = body.replace("\"moonshot/kimi-k3\"", "\"kimi-k3\"");
        let expected = format!("{},\"stream_options\":{{\"include_usage\":true}}}}", &expected[..expected.len() - 1]);
        prop_assert_eq!(upstream(&body).unwrap(), expected);
    }
}
