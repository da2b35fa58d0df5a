//! What is said of a body that does not fit, beside what a library says that follows the reader step by step: the same place.

#![cfg(test)]

use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use proptest::sample::{Index, select};
use proptest::{collection, prop_assert_eq};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use shared::extract::from_json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "reading it is the test")]
struct Order {
    name: Short,
    #[serde(default)]
    lines: Vec<Line>,
    #[serde(default)]
    first: Option<Box<Line>>,
    #[serde(default)]
    way: Option<Way>,
    #[serde(default)]
    ways: Vec<Way>,
    #[serde(default)]
    kind: Option<Kind>,
    #[serde(default)]
    few: Few,
    #[serde(default)]
    pair: Option<(u8, Short)>,
    #[serde(default)]
    either: Vec<Either>,
    #[serde(default)]
    inner: Option<Box<Order>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "reading it is the test")]
struct Line {
    name: Short,
    #[serde(default)]
    count: u8,
    #[serde(default)]
    few: Few,
}

/// At most three letters: refused by what is made of the text.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Short;

impl TryFrom<String> for Short {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.len() > 3 { Err("must be short") } else { Ok(Self) }
    }
}

/// At most two: refused by what is made of the list.
#[derive(Default, Deserialize)]
#[serde(try_from = "Vec<u8>")]
struct Few;

impl TryFrom<Vec<u8>> for Few {
    type Error = &'static str;

    fn try_from(list: Vec<u8>) -> Result<Self, Self::Error> {
        if list.len() > 2 { Err("must be few") } else { Ok(Self) }
    }
}

#[derive(Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
#[allow(dead_code, reason = "reading it is the test")]
enum Way {
    Ab { count: u8 },
    C { few: Few, name2: Option<Short> },
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Ab,
    C,
}

#[derive(Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "reading it is the test")]
enum Either {
    Count(u8),
    Line(Line),
}

/// Where the library stopped; nothing of what is no JSON, or has a number where a word is chosen.
fn followed(text: &[u8]) -> Option<String> {
    use serde_path_to_error::Segment;
    let error = serde_path_to_error::deserialize::<_, Order>(&mut serde_json::Deserializer::from_slice(text)).err()?;
    if !error.inner().is_data() {
        return None;
    }
    let mut pointer: String = error
        .path()
        .iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } | Segment::Enum { variant: key } => {
                format!("/{}", key.replace('~', "~0").replace('/', "~1"))
            }
            Segment::Unknown => String::new(),
        })
        .collect();
    let detail = error.inner().to_string();
    // Of a choice with content the library stops before its name.
    if detail.starts_with("unknown variant") {
        return said(text).filter(|said| said.starts_with(&pointer));
    }
    if let Some(field) = detail.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        pointer = format!("{pointer}/{field}");
    }
    Some(pointer)
}

/// Where we say that it stopped.
fn said(text: &[u8]) -> Option<String> {
    from_json::<Order>(text).err().and_then(|problem| problem.errors.first().map(|error| error.pointer.to_string()))
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        20 => select(vec![
            "name", "lines", "first", "way", "ways", "kind", "few", "pair", "either", "inner", "count",
        ]).prop_map(str::to_owned),
        1 => select(vec!["a/b~c", "x\"}\\", "é\n", "{[,:"]).prop_map(str::to_owned),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => select(vec!["ab", "c", "", "}\"]", "long enough"]).prop_map(Value::from),
        3 => (0_u16..300).prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            collection::btree_map(key(), inner, 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Bodies are objects.
fn object(value: Value) -> Value {
    if value.is_array() { json!({"name": "ab", "lines": value}) } else { value }
}

/// Bodies that are nearly good: one value of a good one is another.
fn body() -> impl Strategy<Value = Value> {
    let line = || json!({"name": "ab", "count": 2, "few": [1, 2]});
    let good = json!({
        "either": [1, line()], "few": [], "first": line(), "inner": {"name": "c", "lines": [line()]}, "kind": "ab",
        "lines": [line(), line()], "name": "ab", "pair": [1, "ab"], "way": {"name": "ab", "count": 1},
        "ways": [{"name": "c", "few": [1]}, {"name": "ab", "count": 1}],
    });
    (Just(good), any::<Index>(), value(), any::<bool>()).prop_map(|(mut good, place, value, adds)| {
        let mut places: Vec<String> = Vec::new();
        pointers(&good, String::new(), &mut places);
        let chosen = good.pointer_mut(place.get::<String>(&places)).unwrap();
        match (adds, chosen) {
            (true, Value::Object(fields)) => drop(fields.insert("zz".to_owned(), value)),
            (true, Value::Array(list)) => list.push(value),
            (_, chosen) => *chosen = value,
        }
        good
    })
}

fn pointers(value: &Value, at: String, all: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| pointers(value, format!("{at}/{key}"), all)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(place, value)| pointers(value, format!("{at}/{place}"), all));
        }
        _ => {}
    }
    all.push(at);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_fault_is_where_following_the_reader_finds_it(body in prop_oneof![body(), value()].prop_map(object), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&body) } else { serde_json::to_string(&body) }.unwrap();
        prop_assert_eq!(said(text.as_bytes()), followed(text.as_bytes()), "{}", text);
    }
}

#[test]
fn a_field_that_is_there_twice_is_named() {
    assert_eq!(said(br#"{"name": "a", "name": "b"}"#).as_deref(), Some("/name"));
    assert_eq!(said(br#"{"name": "a", "lines": [{"name": "a", "name": 1}]}"#).as_deref(), Some("/lines/0/name"));
}
