//! The steps of a batch: `validate` looks at its lines, `slice` asks some of them, `finish` writes its files. Each may come
//! twice; what it changes it changes once.

mod asking;
mod files;
mod finish;
mod slice;
mod validate;
mod wake;

pub use wake::wake;

use jobs::step::{Step, Verdict};
use shared::platform::Platform;
use shared::problem::Problem;

use crate::model::BatchError;
use crate::row::BatchRow;
use crate::{slice_store, store};

/// Takes a step.
///
/// # Errors
/// When it is to be tried again.
pub async fn take(platform: &Platform, step: &Step) -> Result<Verdict, Problem> {
    let batch: Option<BatchRow> = platform.db().first(store::of_id(&step.job)).await?;
    // It went with its owner.
    let Some(batch) = batch.filter(|batch| batch.ended_at.is_none()) else { return Ok(Verdict::Done) };
    match step.kind.as_str() {
        "batch.validate" => validate::run(platform, &batch).await?,
        "batch.slice" => slice::run(platform, &batch, step).await?,
        "batch.finish" => finish::run(platform, &batch).await?,
        _ => return Err(Problem::internal("a step of no known kind")),
    }
    Ok(Verdict::Done)
}

/// Ends a batch one of whose steps failed too often, with what it has.
///
/// # Errors
/// When it is to be tried again.
pub async fn bury(platform: &Platform, step: &Step) -> Result<(), Problem> {
    let error = error("internal_error", "A step of this batch failed again and again.");
    if step.kind == "batch.finish" {
        let json = serde_json::to_string(&error).map_err(Problem::internal)?;
        return Ok(platform.db().run(store::give_up(&step.job, &json, platform.now_ms())).await?);
    }
    conclude(platform, &step.job, "failed", Some(&error)).await
}

/// Begins to end a batch so, unless it is ending already.
///
/// # Errors
/// 503 when the database or the queue fails.
async fn conclude(platform: &Platform, batch: &str, ending: &str, error: Option<&BatchError>) -> Result<(), Problem> {
    let json = error.map(serde_json::to_string).transpose().map_err(Problem::internal)?;
    let statement = store::conclude(batch, ending, platform.now_ms(), json.as_deref());
    let concluded: Option<Concluded> = platform.db().first(statement).await?;
    if concluded.is_some() { send(platform, Step::new("batch.finish", batch), 0).await } else { Ok(()) }
}

#[derive(serde::Deserialize)]
struct Concluded {
    #[allow(dead_code, reason = "its presence is the answer")]
    id: String,
}

/// Sends the next open slices off, or begins to end the batch when there is none.
///
/// # Errors
/// 503 when the database or the queue fails.
async fn go_on(platform: &Platform, batch: &str) -> Result<(), Problem> {
    let now = platform.now_ms();
    let statements = vec![slice_store::next(batch, now), store::conclude(batch, "completed", now, None)];
    let mut rows = platform.db().batch(statements).await?;
    let due: Vec<slice_store::Due> = rows.take(0)?;
    let concluded: Vec<Concluded> = rows.take(1)?;
    let mut steps: Vec<Step> = due.into_iter().map(|due| of_slice(batch, due)).collect();
    if !concluded.is_empty() {
        steps.push(Step::new("batch.finish", batch));
    }
    Step::send(platform, &steps, 0).await.map_err(Problem::internal)
}

fn of_slice(batch: &str, due: slice_store::Due) -> Step {
    Step { part: due.slice, round: due.r#try, ..Step::new("batch.slice", batch) }
}

async fn send(platform: &Platform, step: Step, seconds: u32) -> Result<(), Problem> {
    Step::send(platform, &[step], seconds).await.map_err(Problem::internal)
}

fn error(code: &str, message: &str) -> BatchError {
    BatchError { code: code.to_owned(), message: message.to_owned(), param: None, line: None }
}
