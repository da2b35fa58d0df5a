//! Listening to an answer: however its stream is torn, the same is heard, and how it ended decides how it is kept.

use proptest::prelude::{Strategy, any, prop_assert_eq, proptest};
use shared::stream::End;
use talk::turn::hearing::{Ear, Heard, State, of_plain};

const STREAM: &str = ": ping\r\n\r\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n\
event: x\ndata: {\"choices\":[{\"delta\":{\"content\":\"你\\u597d, \"}}]}\r\n\r\ndata: {\"choices\":\ndata: [{\"delta\":{\"content\":\"Ada\"}}]}\r\r\
data: {\"choices\":[{\"delta\":{\"content\":null},\"finish_reason\":\"length\"}]}\n\ndata: {\"choices\":[],\"usage\":{}}\n\ndata: [DONE]\n\n";

fn heard(chunks: &[&[u8]]) -> Heard {
    let mut ear = Ear::default();
    for chunk in chunks {
        ear.hear(chunk);
    }
    ear.heard
}

#[test]
fn text_reason_and_end_are_heard() {
    let all = heard(&[STREAM.as_bytes()]);
    assert_eq!((all.content.as_str(), all.finish_reason.as_deref(), all.done), ("你好, Ada", Some("length"), true));
    assert_eq!(all.error, None);
}

proptest! {
    #[test]
    fn however_a_stream_is_torn_the_same_is_heard(cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..12).prop_map(|mut cuts| {
        cuts.sort_by_key(|cut| cut.index(STREAM.len()));
        cuts
    })) {
        let mut ear = Ear::default();
        let mut from = 0;
        for cut in cuts {
            let to = cut.index(STREAM.len());
            ear.hear(&STREAM.as_bytes()[from..to]);
            from = to;
        }
        ear.hear(&STREAM.as_bytes()[from..]);
        prop_assert_eq!(ear.is_within(), false);
        prop_assert_eq!(ear.heard, heard(&[STREAM.as_bytes()]));
    }
}

#[test]
fn how_a_stream_ends_decides_how_its_answer_is_kept() {
    let check = |stream: &str, how: End, wanted: (State, Option<&str>)| {
        let heard = heard(&[stream.as_bytes()]);
        assert_eq!(heard.state(how), wanted, "{stream} {how:?}");
    };
    let word = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
    let done = format!("{word}data: [DONE]\n\n");
    let error = format!("{word}data: {{\"error\":{{\"code\":\"upstream_failed\"}}}}\n\n");
    let odd = format!("{word}data: {{\"error\":{{\"code\":5}}}}\n\n");
    check(&done, End::Finished, (State::Complete, None));
    check(&done, End::Left, (State::Complete, None));
    check(word, End::Left, (State::Partial, None));
    check(word, End::Finished, (State::Broken, Some("upstream_failed")));
    check(word, End::Broken, (State::Broken, Some("upstream_failed")));
    check(word, End::Stalled, (State::Broken, Some("upstream_timeout")));
    check(word, End::Expired, (State::Broken, Some("upstream_timeout")));
    check(&error, End::Finished, (State::Broken, Some("upstream_failed")));
    check(&error, End::Left, (State::Broken, Some("upstream_failed")));
    check(&odd, End::Finished, (State::Broken, Some("upstream_failed")));
}

#[test]
fn what_is_no_event_is_no_trouble() {
    for bytes in [
        &b"data: {\n\n"[..],
        b"data: 5\n\n",
        b"data: \xff\n\n",
        b"data\n\n",
        b"\0",
        b"data: {\"choices\":[{\"delta\":[]}]}\n\n",
    ] {
        assert_eq!(heard(&[bytes]), Heard::default());
    }
}

#[test]
fn an_endless_answer_is_kept_as_far_as_there_is_room() {
    let event = format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n", "你".repeat(50_000));
    let mut ear = Ear::default();
    for _ in 0..10 {
        ear.hear(event.as_bytes());
    }
    assert!((1_048_570..=1_048_576).contains(&ear.heard.content.len()), "{}", ear.heard.content.len());
}

#[test]
fn a_plain_answer_is_read_or_is_none() {
    let read = of_plain(br#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}"#).unwrap();
    assert_eq!((read.content.as_str(), read.finish_reason.as_deref()), ("hi", Some("stop")));
    assert_eq!(of_plain(br#"{"choices":[{"message":{"content":null}}]}"#).unwrap().content, "");
    for none in [&b""[..], b"{}", b"[]", b"<html>", br#"{"choices":[]}"#] {
        assert_eq!(of_plain(none), None);
    }
}
