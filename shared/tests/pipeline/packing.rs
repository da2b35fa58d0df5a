//! The JavaScript side packs a request's head as `Head` unpacks it.

use shared::head::PACKED;

#[test]
fn headers_are_packed_in_the_order_they_are_read() {
    let script = include_str!("../../src/platform/edge.js");
    let list = script.split_once("const NAMES = [").unwrap().1.split_once("];").unwrap().0;
    let names = list.split(',').map(|name| name.trim().trim_matches('"')).filter(|name| !name.is_empty());
    let names: Vec<&str> = names.collect();
    assert_eq!(names.join("\n"), PACKED);
}

#[test]
fn questions_between_functions_are_said_to_be_json() {
    let script = include_str!("../../src/platform/edge.js");
    let ask = script.split_once("export function ask(").unwrap().1.split_once("\n}\n").unwrap().0;
    assert!(ask.contains(r#""content-type": "application/json""#), "a row that reads JSON refuses everything else");
}
