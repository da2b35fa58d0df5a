//! The stream scanner against every way of tearing a stream into pieces.

#![cfg(test)]

mod streams;

use ai::stream::scan::{MAX_EVENT_BYTES, Options};
use proptest::prelude::*;
use streams::{options, run};

/// Pieces of streams, sane and insane.
fn fragment() -> impl Strategy<Value = Vec<u8>> {
    let known: Vec<&'static [u8]> = vec![
        b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\xe4\xbd\xa0 \\\"usage\\\":\"},\"finish_reason\":null}],\"usage\":null}",
        b"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4,\"prompt_tokens_details\":{\"cached_tokens\":3}}}",
        b"data: {\"choices\":[{\"index\":1,\"finish_reason\":\"stop\",\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}]}",
        b"data: {\"error\":{\"message\":\"x\"}}",
        b"data: {\"choices\":[ ],\"usage\":{\"prompt_tokens\":1}",
        b"data: [DONE]",
        b"data: not json",
        b"data",
        b": ping",
        b"event: x",
        b"\xef\xbb\xbf",
        b"\xff",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"\r\n\r\n",
        b"\r\r",
    ];
    proptest::sample::select(known).prop_map(<[u8]>::to_vec)
}

/// Whole blocks of a stream by the grammar, found the slow and obvious way.
fn blocks(bytes: &[u8]) -> Vec<Vec<u8>> {
    let (mut found, mut block, mut line, mut i) = (Vec::new(), Vec::new(), 0, 0);
    while i < bytes.len() {
        let end = match (bytes[i], bytes.get(i + 1)) {
            (b'\r', Some(b'\n')) => 2,
            (b'\r' | b'\n', _) => 1,
            _ => 0,
        };
        block.extend_from_slice(&bytes[i..i + end.max(1)]);
        i += end.max(1);
        if end > 0 && line == 0 {
            found.push(std::mem::take(&mut block));
        }
        line = if end > 0 { 0 } else { line + 1 };
    }
    found
}

/// The usage chunk nobody asked for, recognised by a whole JSON parser.
fn withheld(block: &[u8], first: bool) -> bool {
    let text = String::from_utf8_lossy(block);
    let text = text.strip_prefix('\u{feff}').filter(|_| first).unwrap_or(&text);
    let lines = text.split(['\r', '\n']);
    let values = lines.filter_map(|line| match line {
        "data" => Some(""),
        line => line.strip_prefix("data:"),
    });
    let json = values.collect::<Vec<_>>().join("\n");
    serde_json::from_str::<serde_json::Value>(&json).is_ok_and(|value| {
        value["choices"] == serde_json::json!([]) && value["usage"].is_object() && value["error"].is_null()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_split_of_any_stream_gives_the_same_bytes_and_outcome(
        fragments in prop::collection::vec(fragment(), 0..14),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        withhold in any::<bool>(),
        bound in prop_oneof![Just(MAX_EVENT_BYTES), 1_usize..300],
    ) {
        let bytes = fragments.concat();
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        at.extend([0, bytes.len()]);
        at.sort_unstable();
        let pieces: Vec<&[u8]> = at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        let options = Options { max_event_bytes: bound, ..options("moonshot", withhold) };
        let whole = run(options.clone(), &[&bytes]);
        prop_assert_eq!(&run(options.clone(), &pieces), &whole);
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(&run(options, &single), &whole);
    }

    #[test]
    fn what_is_forwarded_are_the_whole_events_that_are_not_withheld(
        fragments in prop::collection::vec(fragment(), 0..14),
        withhold in any::<bool>(),
    ) {
        let bytes = fragments.concat();
        let (mut got, outcome) = run(options("openai", withhold), &[&bytes]);
        got.truncate(got.len() - outcome.last.map_or(0, |last| last.len()));
        let expected: Vec<u8> = blocks(&bytes)
            .into_iter()
            .enumerate()
            .filter(|(i, block)| !(withhold && withheld(block, *i == 0)))
            .flat_map(|(_, block)| block)
            .collect();
        prop_assert_eq!(got, expected);
    }

    #[test]
    fn no_bytes_whatever_make_it_panic(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..20)) {
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        let (got, _) = run(options("openai", true), &pieces);
        prop_assert!(got.len() <= pieces.iter().map(|piece| piece.len()).sum());
    }
}
