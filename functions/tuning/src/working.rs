//! The work of a tuning job, step by step: what comes before it is there is in `preparing`, what comes after in `following`. Each step ends with one batch that holds its number, so a message that comes twice changes nothing.

use catalogue::registry::revision::{Head, head};
use jobs::step::{Step, Verdict};
use shared::db::{One, Statement};
use shared::log;
use shared::platform::Platform;
use shared::problem::Problem;

use crate::following::look;
use crate::model::{JobError, TuningRow};
use crate::preparing::prepare;
use crate::provider::{access, named};
use crate::remote::{Remote, Told};
use crate::store::{self, Due, End, News, Stepped};

/// The kind of a step.
pub const LOOK: &str = "tuning.look";
/// Milliseconds that a step may take.
const LEASE_MS: u64 = 12 * 60_000;
/// Steps in a row that do not get through before a job counts as failed: some eight hours.
const MOST_FAILURES: u64 = 100;
/// How often a job is not found before it counts as vanished.
const MOST_UNKNOWN: u64 = 3;

/// What a step comes to.
pub(crate) enum Done {
    /// It goes on after so many milliseconds.
    On(Vec<Statement>, u64),
    /// It did not get through.
    Again(Option<u64>),
    /// The provider does not know it.
    Unknown,
    /// It ended.
    Ended(End<'static>, Option<String>),
}

/// Sends the step with this number; where the queue takes nothing, the schedule does it later.
pub async fn send(platform: &Platform, job: &str, step: u64, seconds: u32) {
    let step = Step { round: step, ..Step::new(LOOK, job) };
    if let Err(cause) = Step::send(platform, &[step], seconds).await {
        log::event("tuning", "warn", "tuning::send", "a step was not sent", Some(&cause));
    }
}

/// Takes a step.
///
/// # Errors
/// 503 when the database or the bucket fails; the schedule sends it anew.
pub async fn take(platform: &Platform, step: &Step) -> Result<Verdict, Problem> {
    let (id, now) = (step.job.as_str(), platform.now_ms());
    let batch = vec![store::claim(id, step.round, now + LEASE_MS, now), store::work(id)];
    let mut rows = platform.db().batch(batch).await?;
    let (claimed, job) = (!rows.take::<One>(0)?.is_empty(), rows.take::<TuningRow>(1)?.into_iter().next());
    let Some(job) = job.filter(|_| claimed) else { return Ok(Verdict::Done) };
    match work(platform, &job).await {
        Ok(done) => write(platform, &job, done).await?,
        Err(problem) => {
            let cause = problem.cause.unwrap_or_default();
            log::event("tuning", "error", "tuning::step", &job.id, Some(&cause));
            write(platform, &job, Done::Again(None)).await?;
        }
    }
    Ok(Verdict::Done)
}

/// Sends steps of jobs that are due.
///
/// # Errors
/// 503 when the database fails.
pub async fn wake(platform: &Platform) -> Result<(), Problem> {
    // A message that is on its way comes first.
    let before = platform.now_ms().saturating_sub(30_000);
    for Due { id, step } in platform.db().all::<Due>(store::due(before)).await? {
        send(platform, &id, step, 0).await;
    }
    Ok(())
}

async fn work(platform: &Platform, job: &TuningRow) -> Result<Done, Problem> {
    let head: Head = platform.db().first(head()).await?.unwrap_or_default();
    let registry = head.registry().map_err(Problem::internal)?;
    let Some(provider) = named(&registry, &job.provider) else { return Ok(failed(gone())) };
    let access = match access(platform, provider, job.provider_key.as_deref()).await {
        Ok(access) => access,
        Err(problem) if problem.status() == 501 => return Ok(failed(gone())),
        Err(problem) => return Err(problem),
    };
    let remote = Remote { platform, access: &access };
    match job.remote_id.as_deref() {
        Some(id) => look(&remote, job, id).await,
        None if job.cancel_wanted == 1 && job.create_tried == 0 => Ok(ended("cancelled")),
        None => prepare(platform, &remote, job).await,
    }
}

fn gone() -> JobError {
    JobError::new("provider_gone", "The provider, or the key that the job was made with, is no more.")
}

/// The job has failed for this reason.
pub(crate) fn failed(error: JobError) -> Done {
    let error = serde_json::to_string(&error).ok();
    Done::Ended(End { status: "failed", error, ..End::default() }, None)
}

/// The job has ended so.
pub(crate) fn ended(status: &'static str) -> Done {
    Done::Ended(End { status, ..End::default() }, None)
}

/// Goes on after so many milliseconds, with what is new.
pub(crate) fn on(platform: &Platform, job: &TuningRow, news: &News<'_>, pause_ms: u64) -> Vec<Statement> {
    vec![store::update(&job.id, job.step, platform.now_ms() + pause_ms, news)]
}

/// What the provider's answer means when it is not what was asked for.
pub(crate) fn not_said<T>(told: Told<T>) -> Done {
    match told {
        Told::Refused(error) => failed(error),
        Told::Unknown => Done::Unknown,
        Told::Again(seconds) => Done::Again(seconds),
        Told::Said(_) => Done::Again(None),
    }
}

/// Ends a step, and sends the next one.
async fn write(platform: &Platform, job: &TuningRow, done: Done) -> Result<(), Problem> {
    let now = platform.now_ms();
    let done = match done {
        Done::Unknown if job.failures + 1 >= MOST_UNKNOWN => {
            failed(JobError::new("vanished", "The provider knows the job no more."))
        }
        Done::Again(_) if job.failures + 1 >= MOST_FAILURES => {
            failed(JobError::new("provider_unavailable", "The provider could not be asked for hours."))
        }
        done => done,
    };
    let (batch, pause) = match done {
        Done::On(batch, pause) => (batch, pause),
        Done::Unknown => (vec![store::again(&job.id, job.step, now + 1_000)], 1_000),
        Done::Again(seconds) => {
            let doubled = 1_000_u64 << job.failures.min(8);
            let pause = seconds.map_or(doubled, |seconds| seconds.clamp(1, 600) * 1_000);
            (vec![store::again(&job.id, job.step, now + pause)], pause)
        }
        Done::Ended(end, model) => {
            let end = End { fine_tuned_model: model.as_deref(), ..end };
            let message = format!("The job has ended: {}", end.status);
            let event = format!("ftevent_{}_end", job.id.strip_prefix("ftjob_").unwrap_or(&job.id));
            let level = if end.status == "failed" { "error" } else { "info" };
            let batch =
                vec![store::end(&job.id, job.step, &end, now), store::note(&job.id, &event, level, &message, now)];
            platform.db().batch(batch).await?;
            return Ok(());
        }
    };
    let stepped = platform.db().batch(batch).await?.take::<Stepped>(0)?.into_iter().next();
    if let Some(Stepped { step }) = stepped {
        send(platform, &job.id, step, u32::try_from(pause.div_ceil(1_000)).unwrap_or(60)).await;
    }
    Ok(())
}
