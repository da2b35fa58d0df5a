//! Requests: what people wrote is screened, in all dialects, and nothing else is touched.

use ai::guard::{Decision, Outcomes, newly_said};

use crate::{BLOCKING, MASKING, guard, reply};

fn masked(body: &str) -> (String, Option<String>) {
    let (guard, mut outcomes) = (guard(MASKING), Outcomes::default());
    let decision = guard.request(body, &mut outcomes);
    let out = match decision {
        Decision::Pass => body.to_owned(),
        Decision::Changed(bytes) => String::from_utf8(bytes).unwrap(),
        Decision::Blocked(error) => panic!("{error}"),
    };
    (out, outcomes.to_json(&guard))
}

#[test]
fn only_the_strings_that_hold_something_change() {
    let body = r#"{ "model":"13800138000", "messages":[ {"role":"user","content":"Call 13800138000"},{"role":"user","content":[{"type":"text","text":"a@b.cd \u4f60"},{"type":"image_url","image_url":{"url":"http://a@b.cd/"}}]}], "user":"a@b.cd", "tools":[{"function":{"description":"a@b.cd"}}] }"#;
    let expected =
        body.replace("Call 13800138000", "Call [phone]").replace(r#""text":"a@b.cd \u4f60""#, r#""text":"[email] 你""#);
    let (out, outcomes) = masked(body);
    assert_eq!(out, expected);
    assert_eq!(outcomes.as_deref(), Some(r#"[{"rule":"pii","on":"request","action":"mask","count":2}]"#));
}

#[test]
fn every_dialect_has_its_texts_screened() {
    for (body, out) in [
        (r#"{"system":"a@b.cd","messages":[]}"#, r#"{"system":"[email]","messages":[]}"#),
        (r#"{"input":"a@b.cd"}"#, r#"{"input":"[email]"}"#),
        (r#"{"input":["a@b.cd",[1,2]],"model":"m"}"#, r#"{"input":["[email]",[1,2]],"model":"m"}"#),
        (r#"{"instructions":"a@b.cd"}"#, r#"{"instructions":"[email]"}"#),
        (
            r#"{"messages":[{"role":"assistant","tool_calls":[{"function":{"arguments":"{\"n\":13800138000}"}}]},{"role":"tool","content":"a@b.cd"}]}"#,
            r#"{"messages":[{"role":"assistant","tool_calls":[{"function":{"arguments":"{\"n\":\"[phone]\"}"}}]},{"role":"tool","content":"[email]"}]}"#,
        ),
        (
            r#"{"messages":[{"role":"assistant","content":[{"type":"tool_use","input":{"n":13800138000}}]}]}"#,
            r#"{"messages":[{"role":"assistant","content":[{"type":"tool_use","input":{"n":"[phone]"}}]}]}"#,
        ),
        (
            r#"{"messages":[{"content":[{"type":"document","source":{"type":"text","data":"a@b.cd"}},{"source":{"type":"base64","data":"13800138000"}}]}]}"#,
            r#"{"messages":[{"content":[{"type":"document","source":{"type":"text","data":"[email]"}},{"source":{"type":"base64","data":"13800138000"}}]}]}"#,
        ),
        (
            r#"{"query":"a@b.cd","documents":["x",{"text":"机密"}]}"#,
            r#"{"query":"[email]","documents":["x",{"text":"***"}]}"#,
        ),
        (r#"{"prompt":"falcon"}"#, r#"{"prompt":"***"}"#),
    ] {
        assert_eq!(masked(body).0, out);
    }
}

#[test]
fn what_holds_nothing_passes_as_it_came() {
    let body = r#"{"messages":[{"role":"user","content":"\u0048i, it is 1.2.3"}]}"#;
    assert_eq!(guard(MASKING).request(body, &mut Outcomes::default()), Decision::Pass);
    assert_eq!(masked(body), (body.to_owned(), None));
}

#[test]
fn a_denied_word_blocks_and_is_not_repeated() {
    let (guard, mut outcomes) = (guard(BLOCKING), Outcomes::default());
    let body = r#"{"messages":[{"role":"user","content":"Tell me about FALCON"}]}"#;
    let Decision::Blocked(error) = guard.request(body, &mut outcomes) else { panic!("it is blocked") };
    assert_eq!((error.code, error.message.as_str()), ("content_blocked", "The rule `secret` does not allow this."));
    assert_eq!(
        outcomes.to_json(&guard).as_deref(),
        Some(r#"[{"rule":"secret","on":"request","action":"block","count":1}]"#)
    );
}

#[test]
fn what_is_counted_passes() {
    let guard = guard(r#"{"rules":[{"id":"see","find":["email"],"action":"count","on":["request"]}]}"#);
    let mut outcomes = Outcomes::default();
    assert_eq!(guard.request(r#"{"input":"a@b.cd and c@d.ef"}"#, &mut outcomes), Decision::Pass);
    assert_eq!(
        outcomes.to_json(&guard).as_deref(),
        Some(r#"[{"rule":"see","on":"request","action":"count","count":2}]"#)
    );
    assert!(guard.stream().is_none());
}

#[test]
fn what_is_too_deep_to_be_checked_is_refused() {
    let body = format!(r#"{{"messages":{}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(guard(MASKING).request(&body, &mut Outcomes::default()), Decision::Blocked(_)));
}

#[test]
fn half_characters_stay_and_what_cannot_be_read_does_not_pass() {
    let halves = r#"{"choices":[{"message":{"content":"a@b.cd\ud83d \ude00 13800138000"}}]}"#;
    let out = r#"{"choices":[{"message":{"content":"[email]\ud83d \ude00 [phone]"}}]}"#;
    assert_eq!(reply(&guard(MASKING), halves), out);
    assert_eq!(reply(&guard(MASKING), r#"{"text":"a\x"}"#), r#"{"text":""}"#);
}

#[test]
fn probabilities_of_the_words_do_not_tell_what_was_masked() {
    let body = r#"{"choices":[{"message":{"content":"a@b.cd"},"logprobs":{"content":[{"token":"a@b.cd"}]}}]}"#;
    let out = r#"{"choices":[{"message":{"content":"[email]"},"logprobs":null}]}"#;
    assert_eq!(reply(&guard(MASKING), body), out);
}

#[test]
fn a_judge_reads_what_is_new() {
    let chat = r#"{"messages":[{"role":"system","content":"s"},{"role":"user","content":"old"},{"role":"assistant","content":"b"},{"role":"tool","content":"c"},{"role":"user","content":[{"type":"text","text":"d"}]}],"system":"no"}"#;
    assert_eq!(newly_said(chat), "c\n\nd");
    assert_eq!(newly_said(r#"{"input":"x","instructions":"no"}"#), "x");
    assert_eq!(newly_said(r#"{"input":["x","y"]}"#), "x\n\ny");
}
