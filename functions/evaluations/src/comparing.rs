//! Two runs of an evaluation beside each other: which rows got better, which got worse.

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{PathPair, Query};
use shared::problem::{Code, Problem};
use uploads::Owner;

use crate::item_model::item_id;
use crate::item_store::{Pair, pairs};
use crate::run_model::{Run, RunRow};
use crate::run_store;

/// Rows that a comparison names of each kind; all are counted.
pub const MOST_NAMED: usize = 100;

/// The query of a comparison.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct CompareQuery {
    /// The run it is compared with, the later one in most cases. It must be there.
    pub with: Option<String>,
}

/// A row that went otherwise.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "EvalComparedItem"))]
pub struct Compared {
    /// The row.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    pub datasource_item: Box<RawValue>,
    /// What came of it.
    pub output_item_id: String,
    /// What came of it in the other run.
    pub with_output_item_id: String,
    /// `pass`, `fail` or `error`.
    pub status: String,
    /// The same in the other run.
    pub with_status: String,
}

/// How many rows are of which kind.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "EvalComparedCounts"))]
pub struct Counts {
    /// They passed in the other run alone.
    pub better: u64,
    /// They passed in this run alone.
    pub worse: u64,
    /// They passed in both.
    pub both_passed: u64,
    /// They passed in neither.
    pub neither_passed: u64,
    /// The other run has no such row, or one of both has not asked it.
    pub not_comparable: u64,
}

/// Two runs beside each other.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "EvalRunComparison"))]
pub struct Comparison {
    /// `eval.run.comparison`.
    pub object: &'static str,
    /// This run.
    pub run: Run,
    /// The other one.
    pub with: Run,
    /// How many rows are of which kind.
    pub counts: Counts,
    /// Rows that got better, the first hundred.
    pub better: Vec<Compared>,
    /// Rows that got worse, the first hundred.
    pub worse: Vec<Compared>,
}

/// `GET /v1/evals/{id}/runs/{run_id}/compare`: rows that are the same in both runs, by what they say.
///
/// # Errors
/// 404 when one of both is no run of this evaluation of the caller's, 422 without `with`.
pub async fn compare(
    cx: &Cx,
    caller: Rc<Caller>,
    PathPair(evaluation, run): PathPair,
    Query(query): Query<CompareQuery>,
) -> Result<Comparison, Problem> {
    let owner = Owner::of(&caller);
    let with_id = query.with.as_deref().unwrap_or_default();
    let batch = vec![
        run_store::read(owner, &evaluation, &run),
        run_store::read(owner, &evaluation, with_id),
        pairs(owner, &evaluation, &run, with_id),
    ];
    let mut rows = cx.platform.db().batch(batch).await?;
    let mut one =
        |n| -> Result<Run, Problem> { rows.take::<RunRow>(n)?.into_iter().next().ok_or(Code::NotFound)?.try_into() };
    let this = one(0)?;
    if query.with.is_none() {
        return Err(Problem::invalid("with", "missing", "must name the run it is compared with"));
    }
    let with = one(1)?;
    let (counts, better, worse) = decide(&run, with_id, rows.take(2)?)?;
    Ok(Comparison { object: "eval.run.comparison", run: this, with, counts, better, worse })
}

type Decided = (Counts, Vec<Compared>, Vec<Compared>);

fn decide(run: &str, with: &str, pairs: Vec<Pair>) -> Result<Decided, Problem> {
    let (mut counts, mut better, mut worse) = (Counts::default(), Vec::new(), Vec::new());
    for pair in pairs {
        let (Some(other_n), Some(other)) = (pair.other_n, pair.other_status.as_deref()) else {
            counts.not_comparable += 1;
            continue;
        };
        let (count, named) = match (pair.status.as_str(), other) {
            ("queued", _) | (_, "queued") => (&mut counts.not_comparable, None),
            ("pass", "pass") => (&mut counts.both_passed, None),
            ("pass", _) => (&mut counts.worse, Some(&mut worse)),
            (_, "pass") => (&mut counts.better, Some(&mut better)),
            _ => (&mut counts.neither_passed, None),
        };
        *count += 1;
        if let Some(named) = named.filter(|named| named.len() < MOST_NAMED) {
            named.push(Compared {
                datasource_item: RawValue::from_string(pair.item).map_err(Problem::internal)?,
                output_item_id: item_id(run, pair.n),
                with_output_item_id: item_id(with, other_n),
                status: pair.status.clone(),
                with_status: other.to_owned(),
            });
        }
    }
    Ok((counts, better, worse))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_counted_once_and_what_changed_is_named() {
        let pair = |n, status: &str, other: Option<&str>| Pair {
            n,
            item: "{}".to_owned(),
            status: status.to_owned(),
            other_n: other.map(|_| n + 10),
            other_status: other.map(str::to_owned),
        };
        let pairs = vec![
            pair(0, "pass", Some("pass")),
            pair(1, "pass", Some("error")),
            pair(2, "fail", Some("pass")),
            pair(3, "error", Some("fail")),
            pair(4, "queued", Some("pass")),
            pair(5, "pass", None),
        ];
        let (counts, better, worse) = decide("evalrun_a", "evalrun_b", pairs).unwrap();
        let expected = Counts { better: 1, worse: 1, both_passed: 1, neither_passed: 1, not_comparable: 2 };
        assert_eq!(counts, expected);
        assert_eq!((better[0].output_item_id.as_str(), better.len()), ("outputitem_a_2", 1));
        assert_eq!((worse[0].with_output_item_id.as_str(), worse.len()), ("outputitem_b_11", 1));
    }
}
