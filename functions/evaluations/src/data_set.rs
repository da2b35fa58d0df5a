//! Data sets: rows as JSON Lines or in the request itself, each checked against the evaluation's schema before anything is
//! asked. They are kept with the run, so that what was asked stays known when the file is gone.

use serde_json::Value;
use shared::json_schema as schema;
use shared::problem::Problem;

/// Rows of a run at most.
pub const MOST_ROWS: usize = 1_000;
/// Bytes of a data set at most.
pub const LONGEST: usize = 2 * 1024 * 1024;
/// Bytes of a row at most.
pub const LONGEST_ROW: usize = 128 * 1024;
/// Bytes of rows that one statement writes.
const LONGEST_PART: usize = 512 * 1024;

/// A row, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The item, as compact JSON.
    pub item: String,
    /// By which rows of two runs are the same.
    pub digest: String,
}

/// Reads JSON Lines: each line an object with the member `item`. Empty lines are passed over.
///
/// # Errors
/// 422 with the number of the line.
pub fn from_lines(bytes: &[u8], item_schema: &Value) -> Result<Vec<Row>, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| refused("source", "is not UTF-8".to_owned()))?;
    let mut rows = Vec::new();
    for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let at = || format!("line {}", n + 1);
        let value: Value = shared::json::read(line).map_err(|error| refused(&at(), error.to_string()))?;
        let item = value.get("item").ok_or_else(|| refused(&at(), "has no `item`".to_owned()))?;
        rows.push(row(item, item_schema, &at())?);
    }
    bounded(rows)
}

/// Reads items that the request brought itself.
///
/// # Errors
/// 422 with the place of the item.
pub fn from_items<'v>(items: impl Iterator<Item = &'v Value>, item_schema: &Value) -> Result<Vec<Row>, Problem> {
    let rows = items.enumerate().map(|(n, item)| row(item, item_schema, &format!("/content/{n}/item")));
    bounded(rows.collect::<Result<Vec<_>, _>>()?)
}

fn row(item: &Value, item_schema: &Value, at: &str) -> Result<Row, Problem> {
    if !item.is_object() {
        return Err(refused(at, "must have an object as `item`".to_owned()));
    }
    if !schema::fits(item_schema, item) {
        return Err(refused(at, "does not fit the evaluation's `item_schema`".to_owned()));
    }
    let item = serde_json::to_string(item).map_err(Problem::internal)?;
    if item.len() > LONGEST_ROW {
        return Err(refused(at, format!("has more than {LONGEST_ROW} bytes")));
    }
    let digest = digest(&item);
    Ok(Row { item, digest })
}

fn bounded(rows: Vec<Row>) -> Result<Vec<Row>, Problem> {
    let bytes: usize = rows.iter().map(|row| row.item.len()).sum();
    if rows.is_empty() || rows.len() > MOST_ROWS || bytes > LONGEST {
        return Err(refused("rows", format!("must be 1 to {MOST_ROWS} rows of together {LONGEST} bytes")));
    }
    Ok(rows)
}

fn refused(at: &str, why: String) -> Problem {
    Problem::invalid(format!("/data_source/source: {at}"), "invalid", why)
}

/// FNV-1a, 64 bits: rows are told apart by it within two runs of the same person, nothing else hangs on it.
fn digest(text: &str) -> String {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, step);
    let mut hex = String::with_capacity(16);
    shared::trace::push_hex(&mut hex, &hash.to_be_bytes());
    hex
}

/// Rows in parts that fit a statement: the number of the first, and `[[item, digest], …]` as JSON.
///
/// # Errors
/// None that a row can cause.
pub fn parts(rows: &[Row]) -> Result<Vec<(u64, String)>, Problem> {
    let (mut parts, mut part, mut bytes, mut first) = (Vec::new(), Vec::new(), 0, 0_u64);
    for (n, row) in (0_u64..).zip(rows) {
        if bytes + row.item.len() > LONGEST_PART && !part.is_empty() {
            parts.push((first, jobs::json(&part)?));
            (part, bytes, first) = (Vec::new(), 0, n);
        }
        bytes += row.item.len();
        part.push([row.item.as_str(), row.digest.as_str()]);
    }
    if !part.is_empty() {
        parts.push((first, jobs::json(&part)?));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, prop, prop_assert_eq, proptest};
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({"type": "object", "required": ["q"]})
    }

    #[test]
    fn a_bad_line_is_named_by_its_number() {
        let refusal = |text: &str| from_lines(text.as_bytes(), &schema()).unwrap_err().errors[0].pointer.clone();
        let good = r#"{"item": {"q": 1}}"#;
        for (text, place) in [
            (format!("{good}\n\n{{"), "line 3"),
            (format!("{good}\n{{}}"), "line 2"),
            (r#"{"item": {}}"#.to_owned(), "line 1"),
            (r#"{"item": 3}"#.to_owned(), "line 1"),
            (String::new(), "rows"),
        ] {
            assert_eq!(refusal(&text), format!("/data_source/source: {place}"));
        }
        assert_eq!(from_lines(format!("{good}\r\n\n{good}").as_bytes(), &schema()).unwrap().len(), 2);
        assert!(from_lines(&[0xff], &schema()).is_err());
        assert!(from_lines(format!("{good}\n").repeat(MOST_ROWS + 1).as_bytes(), &schema()).is_err());
    }

    #[test]
    fn the_same_row_has_the_same_digest_however_it_was_written() {
        let rows = from_lines(b"{\"item\":{\"q\":1,\"a\":2}}\n{\"item\": {\"a\":2, \"q\":1}, \"more\": 1}", &schema());
        let rows = rows.unwrap();
        assert_eq!(rows[0], rows[1]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        #[test]
        fn parts_hold_every_row_once_in_order(lengths in prop::collection::vec(1_usize..200_000, 1..12)) {
            let rows: Vec<Row> = lengths.iter().enumerate()
                .map(|(n, length)| Row { item: format!("\"{}\"", "x".repeat(*length)), digest: n.to_string() }).collect();
            let mut seen = Vec::new();
            for (first, part) in parts(&rows).unwrap() {
                prop_assert_eq!(usize::try_from(first).unwrap(), seen.len());
                let part: Vec<(String, String)> = serde_json::from_str(&part).unwrap();
                seen.extend(part.into_iter().map(|(item, digest)| Row { item, digest }));
            }
            prop_assert_eq!(seen, rows);
        }
    }
}
