//! The work of a run, step by step. A step takes some rows, asks the model for each, has them scored, and writes down what
//! came of them with the number of the next step, in one batch. A message that comes twice finds its step taken or done;
//! one whose Worker died is made anew by the schedule, and what had been asked is answered by what was said before.

use jobs::json;
use jobs::step::{Step, Verdict};
use serde::de::DeserializeOwned;
use shared::auth::errand::Maker;
use shared::db::{One, Statement};
use shared::extract::from_json;
use shared::futures::join_all;
use shared::log;
use shared::platform::Platform;
use shared::problem::Problem;
use shared::time::DAY_MS;

use crate::answer::Asker;
use crate::item_store::{self as items, Queued};
use crate::run_model::RunError;
use crate::run_store::{self as store, Advanced, Silent, WorkRow};
use crate::run_wish::DataSource;
use crate::scoring::criterion::Criterion;
use crate::trying::{Tried, Waiting, try_row};

/// The kind of a step.
pub const SLICE: &str = "evaluation.slice";
/// Rows of a step, asked at once.
const AT_ONCE: u64 = 4;
/// Milliseconds that a step may take: longer than a model has for an answer and a judge for its word.
const LEASE_MS: u64 = 22 * 60_000;
/// Milliseconds without a sign of life before the schedule sends a step anew.
const SILENT_MS: u64 = 60_000;

/// Sends the step with this number. Where the queue takes nothing, the schedule does it later.
pub async fn send(platform: &Platform, run: &str, step: u64, seconds: u32) {
    let step = Step { round: step, ..Step::new(SLICE, run) };
    if let Err(cause) = Step::send(platform, &[step], seconds).await {
        log::event("evaluations", "warn", "evaluation::send", "a step was not sent", Some(&cause));
    }
}

/// Takes a step.
///
/// # Errors
/// 503 when the database fails; the step is tried again.
pub async fn take(platform: &Platform, step: &Step) -> Result<Verdict, Problem> {
    let (run, now) = (step.job.as_str(), platform.now_ms());
    let batch = vec![store::claim(run, step.round, now + LEASE_MS, now), store::work(run), items::next(run, AT_ONCE)];
    let mut rows = platform.db().batch(batch).await?;
    let (claimed, work) = (!rows.take::<One>(0)?.is_empty(), rows.take::<WorkRow>(1)?.into_iter().next());
    let Some(work) = work.filter(|_| claimed) else { return Ok(Verdict::Done) };
    if work.created_at + DAY_MS <= now {
        let error = RunError { code: "expired".to_owned(), message: "The run was not done in a day.".to_owned() };
        platform.db().run(store::fail(run, &json(&error)?, now)).await?;
        return Ok(Verdict::Done);
    }
    let scopes = shared::json::read(&work.scopes).map_err(Problem::internal)?;
    let maker = Maker { user_id: work.user_id, key_id: work.key_id, scopes };
    // Read as bodies are: a second way to read them would be some ten kilobytes of the Worker.
    let source: DataSource = stored(&work.source)?;
    let criteria: Vec<Criterion> = stored(&work.criteria)?;
    let asker = Asker { platform, maker: &maker, run };
    let queued: Vec<Queued> = rows.take(2)?;
    let tried = join_all(queued.iter().map(|row| try_row(&asker, &source, &criteria, row)).collect::<Vec<_>>()).await;
    write(platform, step, tried.into_iter().collect::<Result<Vec<_>, _>>()?).await?;
    Ok(Verdict::Done)
}

/// What was checked when it came.
fn stored<T: DeserializeOwned>(json: &str) -> Result<T, Problem> {
    from_json(json.as_bytes()).map_err(|problem| Problem::internal(problem.detail.unwrap_or_default()))
}

/// A step that was tried too often: the run ends, with what it has.
///
/// # Errors
/// 503 when the database fails.
pub async fn bury(platform: &Platform, step: &Step) -> Result<(), Problem> {
    let message = "The run could not go on.".to_owned();
    let error = json(&RunError { code: "internal_error".to_owned(), message })?;
    Ok(platform.db().run(store::fail(&step.job, &error, platform.now_ms())).await?)
}

/// Sends steps of runs that nobody works on.
///
/// # Errors
/// 503 when the database fails.
pub async fn wake(platform: &Platform) -> Result<(), Problem> {
    let before = platform.now_ms().saturating_sub(SILENT_MS);
    for Silent { id, step } in platform.db().all::<Silent>(store::silent(before)).await? {
        send(platform, &id, step, 0).await;
    }
    Ok(())
}

/// Writes down what a step brought, and sends the next one.
async fn write(platform: &Platform, step: &Step, tried: Vec<Tried>) -> Result<(), Problem> {
    let (run, now) = (step.job.as_str(), platform.now_ms());
    let (mut batch, mut wait, mut stop): (Vec<Statement>, u32, Option<RunError>) = (Vec::new(), 0, None);
    for one in tried {
        match one {
            Tried::Done(done) => batch.push(items::finish(run, *done, now)),
            Tried::Not(Waiting::Later(n, seconds, counts)) => {
                wait = wait.max(seconds);
                batch.extend(counts.then(|| items::tried(run, n)));
            }
            Tried::Not(Waiting::Stop(error)) => stop = Some(error),
        }
    }
    batch.push(store::sum_up(run));
    if let Some(error) = stop {
        batch.push(store::fail(run, &json(&error)?, now));
    }
    // A message that comes a little early must not find the run taken.
    let free_at = now + u64::from(wait.saturating_sub(1)) * 1000;
    batch.push(store::advance(run, step.round, free_at, now));
    let last = batch.len().saturating_sub(1);
    let advanced = platform.db().batch(batch).await?.take::<Advanced>(last)?.into_iter().next();
    if let Some(Advanced { step, .. }) = advanced.filter(|advanced| advanced.status == "in_progress") {
        send(platform, run, step, wait).await;
    }
    Ok(())
}
