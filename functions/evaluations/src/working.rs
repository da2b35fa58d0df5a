//! The work of a run, step by step. A step takes some rows, asks the model for each, has them scored, and writes down what
//! came of them with the number of the next step, in one batch. A message that comes twice finds its step taken or done;
//! one whose Worker died is made anew by the schedule, and what had been asked is answered by what was said before.

use jobs::json;
use jobs::step::{Step, Verdict};
use serde::de::DeserializeOwned;
use serde_json::Value;
use shared::auth::errand::Maker;
use shared::db::{One, Statement};
use shared::extract::from_json;
use shared::futures::join_all;
use shared::log;
use shared::platform::Platform;
use shared::problem::Problem;
use shared::time::DAY_MS;

use crate::answer::{Asker, MOST_TRIES, Outcome, Question, lines};
use crate::item_model::{Line, Sample};
use crate::item_store::{self as items, Finished, Queued};
use crate::run_model::{DataSource, RunError, Sampling};
use crate::run_store::{self as store, Advanced, Silent, WorkRow};
use crate::scoring::criterion::Criterion;
use crate::scoring::{Scored, judge, score};
use crate::template::Values;

/// The kind of a step.
pub const SLICE: &str = "evaluation.slice";
/// Rows of a step, asked at once.
const AT_ONCE: u64 = 4;
/// Milliseconds that a step may take: longer than a model has for an answer and a judge for its word.
const LEASE_MS: u64 = 22 * 60_000;
/// Milliseconds without a sign of life before the schedule sends a step anew.
const SILENT_MS: u64 = 60_000;
/// Bytes of an answer that are kept.
const LONGEST_KEPT: usize = 256 * 1024;

/// What came of trying a row.
enum Tried {
    Done(Box<Finished>),
    Not(Waiting),
}

/// Why nothing is known of a row yet.
enum Waiting {
    /// It is asked again: its number, after so many seconds, and whether that counts as a try.
    Later(u64, u32, bool),
    /// No row will have an answer.
    Stop(RunError),
}

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

/// Asks the model for a row, and scores what it answers.
async fn try_row(
    asker: &Asker<'_>,
    source: &DataSource,
    criteria: &[Criterion],
    row: &Queued,
) -> Result<Tried, Problem> {
    let item: Value = shared::json::read(&row.item).map_err(Problem::internal)?;
    let mut sample = sample_of(source);
    let said = judge::filled(&source.input_messages.template, Values { item: &item, sample: None });
    match said {
        Ok(said) => sample.input = lines(said),
        Err(fault) => {
            let error = RunError { code: "template".to_owned(), message: fault.0 };
            return finished(row, Sample { error: Some(error), ..sample }, Vec::new(), 0);
        }
    }
    let sampling = source.sampling_params.as_ref();
    let none = Sampling::default();
    let question = Question { model: &source.model, messages: &sample.input, sampling: sampling.unwrap_or(&none) };
    let began = asker.platform.now_ms();
    let outcome = asker.ask(row.n, &format!("{}-{}", asker.run, row.n), &question).await?;
    let latency = asker.platform.now_ms().saturating_sub(began);
    let answer = match decided(outcome, row) {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return finished(row, Sample { error: Some(error), ..sample }, Vec::new(), latency),
        Err(waiting) => return Ok(Tried::Not(waiting)),
    };
    let results = match all_scored(asker, criteria, Values { item: &item, sample: Some(&answer.text) }, row).await? {
        Ok(results) => results,
        Err(waiting) => return Ok(Tried::Not(waiting)),
    };
    sample.output = vec![Line { role: "assistant".to_owned(), content: kept(answer.text) }];
    sample.finish_reason = answer.finish_reason;
    sample.model = answer.model;
    sample.usage = answer.usage;
    finished(row, sample, results, latency)
}

/// What all scorers give.
async fn all_scored(
    asker: &Asker<'_>,
    criteria: &[Criterion],
    values: Values<'_>,
    row: &Queued,
) -> Result<Result<Vec<Scored>, Waiting>, Problem> {
    let mut results = Vec::with_capacity(criteria.len());
    for (place, criterion) in criteria.iter().enumerate() {
        match scored(asker, criterion, values, row, place).await? {
            Ok(scored) => results.push(scored),
            Err(waiting) => return Ok(Err(waiting)),
        }
    }
    Ok(Ok(results))
}

/// What a scorer gives; a judge is asked.
async fn scored(
    asker: &Asker<'_>,
    criterion: &Criterion,
    values: Values<'_>,
    row: &Queued,
    place: usize,
) -> Result<Result<Scored, Waiting>, Problem> {
    if let Some(scored) = score(criterion, values) {
        return Ok(Ok(scored));
    }
    let (model, said) = match judge::question(criterion, values) {
        Ok(Some(question)) => question,
        Ok(None) => return Err(Problem::internal("a scorer that neither scores nor asks")),
        Err(fault) => return Ok(Ok(Scored::failed(criterion, fault.0))),
    };
    let sampling = Sampling { max_completion_tokens: Some(judge::MOST_TOKENS), ..Sampling::default() };
    let question = Question { model, messages: &lines(said), sampling: &sampling };
    let outcome = asker.ask(row.n, &format!("{}-{}-{place}", asker.run, row.n), &question).await?;
    Ok(match decided(outcome, row) {
        Ok(Ok(answer)) => Ok(judge::verdict(criterion, &answer.text)
            .unwrap_or_else(|| Scored::failed(criterion, "is no judge".to_owned()))),
        Ok(Err(error)) => Ok(Scored::failed(criterion, format!("{}: {}", error.code, error.message))),
        Err(waiting) => Err(waiting),
    })
}

type Decided = Result<crate::answer::Answer, RunError>;

/// What is known now: an answer or that there is none; or that it is not known yet.
fn decided(outcome: Outcome, row: &Queued) -> Result<Decided, Waiting> {
    match outcome {
        Outcome::Said(answer) => Ok(Ok(answer)),
        Outcome::Error(error) => Ok(Err(error)),
        Outcome::Stop(error) => Err(Waiting::Stop(error)),
        Outcome::Later(_, true) if row.tries + 1 >= MOST_TRIES => {
            let message = format!("Nobody answered in {MOST_TRIES} tries.");
            Ok(Err(RunError { code: "unavailable".to_owned(), message }))
        }
        Outcome::Later(seconds, counts) => Err(Waiting::Later(row.n, seconds, counts)),
    }
}

fn sample_of(source: &DataSource) -> Sample {
    let sampling = source.sampling_params.as_ref();
    Sample {
        temperature: sampling.and_then(|sampling| sampling.temperature),
        max_completion_tokens: sampling.and_then(|sampling| sampling.max_completion_tokens),
        top_p: sampling.and_then(|sampling| sampling.top_p),
        seed: sampling.and_then(|sampling| sampling.seed),
        ..Sample::default()
    }
}

fn finished(row: &Queued, sample: Sample, results: Vec<Scored>, latency_ms: u64) -> Result<Tried, Problem> {
    let status = match (&sample.error, results.iter().all(|scored| scored.passed)) {
        (Some(_), _) => "error",
        (None, true) => "pass",
        (None, false) => "fail",
    };
    let usage = &sample.usage;
    Ok(Tried::Done(Box::new(Finished {
        n: row.n,
        status,
        model: (!sample.model.is_empty()).then(|| sample.model.clone()),
        tokens: [usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens],
        sample: json(&sample)?,
        results: json(&results)?,
        latency_ms,
    })))
}

/// The beginning of a text that is too long to be kept.
fn kept(mut text: String) -> String {
    if text.len() > LONGEST_KEPT {
        let end = (0..=LONGEST_KEPT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.truncate(end);
    }
    text
}
