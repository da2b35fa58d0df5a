//! The work of a tuning job, step by step: its files are looked through and sent up, the job is made there, and looked at
//! until it ends. Each step ends with one batch that holds its number, so a message that comes twice changes nothing.

use catalogue::registry::revision::{Head, head};
use jobs::json;
use jobs::step::{Step, Verdict};
use serde::Serialize;
use shared::db::{One, Statement};
use shared::ledger::{CallRecord, Detail, Settlement, Status, Usage};
use shared::log;
use shared::platform::Platform;
use shared::problem::Problem;
use uploads::lines::{Cutter, Reader, TooLong};
use uploads::{File, Owner};

use crate::model::{JobError, Request, TuningRow};
use crate::provider::{access, named};
use crate::registering::register;
use crate::remote::{Remote, RemoteJob, Told};
use crate::store::{self, Due, End, News, Stepped};
use crate::training::{Checker, LONGEST_LINE};

/// The kind of a step.
pub const LOOK: &str = "tuning.look";
/// Milliseconds that a step may take.
const LEASE_MS: u64 = 12 * 60_000;
/// Steps in a row that do not get through before a job counts as failed: some eight hours.
const MOST_FAILURES: u64 = 100;
/// How often a job is not found before it counts as vanished.
const MOST_UNKNOWN: u64 = 3;

/// What a step comes to.
enum Done {
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

fn failed(error: JobError) -> Done {
    let error = serde_json::to_string(&error).ok();
    Done::Ended(End { status: "failed", error, ..End::default() }, None)
}

fn ended(status: &'static str) -> Done {
    Done::Ended(End { status, ..End::default() }, None)
}

/// What comes before the job is there: one thing a step, so that each is known when the next begins.
async fn prepare(platform: &Platform, remote: &Remote<'_>, job: &TuningRow) -> Result<Done, Problem> {
    if job.remote_training_file.is_none() {
        for (id, param) in
            [(Some(&job.training_file), "training_file"), (job.validation_file.as_ref(), "validation_file")]
        {
            let Some(id) = id else { continue };
            if let Err(why) = checked(platform, job, id).await? {
                let error =
                    JobError { param: Some(param.to_owned()), ..JobError::new(&format!("invalid_{param}"), why) };
                return Ok(failed(error));
            }
        }
        platform.db().run(store::keep_key(&job.id, &remote.access.key)).await?;
        return up(platform, remote, job, &job.training_file, true).await;
    }
    if let Some(file) = job.validation_file.as_ref().filter(|_| job.remote_validation_file.is_none()) {
        return up(platform, remote, job, file, false).await;
    }
    create(platform, remote, job).await
}

/// A file of the job's owner.
async fn file(platform: &Platform, job: &TuningRow, id: &str) -> Result<Option<File>, Problem> {
    let owner = Owner { user_id: &job.user_id, organisation_id: job.organisation_id.as_deref() };
    Ok(platform.db().first(uploads::store::read(owner, id, platform.now_ms())).await?)
}

/// Looks through a file, line by line; what is wrong with it.
async fn checked(platform: &Platform, job: &TuningRow, id: &str) -> Result<Result<u64, String>, Problem> {
    let Some(file) = file(platform, job, id).await? else { return Ok(Err("The file is no more.".to_owned())) };
    let (mut cutter, mut checker) = (Cutter::new(0, 1, LONGEST_LINE), Checker::default());
    let mut reader = Reader::new(platform, &file.object, 0, file.bytes);
    let too_long = |TooLong(line): TooLong| format!("Line {line} is longer than {LONGEST_LINE} bytes.");
    while let Some(part) = reader.next().await? {
        let lines = match cutter.push(&part) {
            Ok(lines) => lines,
            Err(long) => return Ok(Err(too_long(long))),
        };
        for line in lines {
            if let Err(why) = checker.push(&line.text) {
                return Ok(Err(format!("Line {} {why}.", line.number)));
            }
        }
    }
    match cutter.end() {
        Ok(Some(line)) => {
            if let Err(why) = checker.push(&line.text) {
                return Ok(Err(format!("Line {} {why}.", line.number)));
            }
        }
        Ok(None) => {}
        Err(long) => return Ok(Err(too_long(long))),
    }
    Ok(checker.end().map_err(|why| format!("The file {why}.")))
}

async fn up(
    platform: &Platform,
    remote: &Remote<'_>,
    job: &TuningRow,
    id: &str,
    training: bool,
) -> Result<Done, Problem> {
    let Some(file) = file(platform, job, id).await? else {
        return Ok(failed(JobError::new("file_gone", "A file is no more.")));
    };
    let (mut bytes, mut reader) = (Vec::new(), Reader::new(platform, &file.object, 0, file.bytes));
    while let Some(part) = reader.next().await? {
        bytes.extend_from_slice(&part);
    }
    Ok(match remote.upload(&job.id, &bytes).await {
        Told::Said(id) => {
            let news = if training {
                News { remote_training_file: Some(&id), ..News::default() }
            } else {
                News { remote_validation_file: Some(&id), ..News::default() }
            };
            Done::On(on(platform, job, &news, 0), 0)
        }
        told => not_said(told),
    })
}

/// Makes the job there. If it was tried before, it is looked for first: a job costs money.
async fn create(platform: &Platform, remote: &Remote<'_>, job: &TuningRow) -> Result<Done, Problem> {
    let training = job.remote_training_file.as_deref().unwrap_or_default();
    let found = if job.create_tried == 1 {
        match remote.made_of(training).await {
            Told::Said(found) => found,
            told => return Ok(not_said(told)),
        }
    } else {
        None
    };
    let made = match found {
        Some(job) => job,
        None if job.cancel_wanted == 1 => return Ok(ended("cancelled")),
        None => {
            platform.db().run(store::creating(&job.id)).await?;
            let request: Request = shared::json::read(&job.request).map_err(Problem::internal)?;
            let files = (training, job.remote_validation_file.as_deref());
            match remote.create(&job.model, files, &request).await {
                Told::Said(made) => made,
                told => return Ok(not_said(told)),
            }
        }
    };
    let news = News { remote_id: Some(&made.id), status: state(&made.status), ..News::default() };
    Ok(Done::On(on(platform, job, &news, 1_000), 1_000))
}

/// Looks how the job goes there.
async fn look(remote: &Remote<'_>, job: &TuningRow, id: &str) -> Result<Done, Problem> {
    if job.cancel_wanted == 1 {
        // One that has ended meanwhile refuses; what it came to is read next.
        match remote.cancel(id).await {
            Told::Again(seconds) => return Ok(Done::Again(seconds)),
            Told::Said(_) | Told::Refused(_) | Told::Unknown => {}
        }
    }
    let now = match remote.read(id).await {
        Told::Said(now) => now,
        told => return Ok(not_said(told)),
    };
    let mut events = remote.events(id).await;
    let tail = job.id.strip_prefix("ftjob_").unwrap_or(&job.id);
    events.iter_mut().for_each(|event| event.id = format!("ftevent_{tail}_{}", event.id));
    remote.platform.db().run(store::note_theirs(&job.id, &events)).await?;
    match now.status.as_str() {
        "succeeded" => succeeded(remote.platform, job, now).await,
        "failed" => Ok(failed(now.error.unwrap_or_default().told("failed"))),
        "cancelled" => Ok(ended("cancelled")),
        _ => {
            let pause = pause_ms(job.step);
            let news = News { status: state(&now.status), estimated_finish: now.estimated_finish, ..News::default() };
            Ok(Done::On(on(remote.platform, job, &news, pause), pause))
        }
    }
}

/// A state of the provider's that we have, too.
fn state(status: &str) -> Option<&'static str> {
    ["validating_files", "queued", "running"].into_iter().find(|known| *known == status)
}

/// Often at first, once a minute later.
const fn pause_ms(step: u64) -> u64 {
    match step {
        0..=12 => 1_000,
        13..=30 => 10_000,
        _ => 60_000,
    }
}

/// The model into the registry and what it cost into the ledger; both are there once however often this is done.
async fn succeeded(platform: &Platform, job: &TuningRow, now: RemoteJob) -> Result<Done, Problem> {
    let Some(model) = now.fine_tuned_model else { return Ok(Done::Again(None)) };
    match register(platform, job, &model).await {
        Ok(()) => {}
        Err(problem) if problem.status() >= 500 => return Err(problem),
        Err(problem) => {
            let why = problem.errors.first().map(|error| error.detail.clone()).unwrap_or_default();
            let message = format!("The provider made `{model}`, and it could not be registered: {why}.");
            return Ok(failed(JobError::new("not_registered", message)));
        }
    }
    if let Some(tokens) = now.trained_tokens {
        let record = json(&record(platform, job, tokens)?)?;
        platform.enqueue("USAGE", &[record]).await.map_err(Problem::internal)?;
    }
    let end = End { status: "succeeded", trained_tokens: now.trained_tokens, ..End::default() };
    Ok(Done::Ended(end, Some(model)))
}

/// What the training cost, as the ledger has it: a call of the model `training:…`, whose prompt is what was trained.
fn record(platform: &Platform, job: &TuningRow, tokens: u64) -> Result<impl Serialize, Problem> {
    let (model, now) = (format!("training:{}", job.model), platform.now_ms());
    let usage = Usage { prompt_tokens: tokens, ..Usage::default() }.clamped();
    let cost = catalogue::builtin::prices().cost(&job.provider, &model, now, &usage);
    Ok(CallRecord {
        call_id: job.id.clone(),
        org_id: job.payer().to_owned(),
        user_id: job.user_id.clone(),
        key_id: job.key_id.clone(),
        request_id: job.id.clone(),
        trace_id: String::new(),
        provider: job.provider.clone(),
        endpoint: Some("tuning".to_owned()),
        stream: false,
        status: Status::Succeeded,
        settlement: Settlement::Reported,
        usage,
        units: None,
        raw_usage: Some(format!("{{\"trained_tokens\":{tokens}}}")),
        priced_as: None,
        price_version: cost.version().map(str::to_owned),
        cost_nano_usd: cost.nano_usd(),
        started_at_ms: job.created_at,
        first_token_ms: None,
        finished_at_ms: now,
        detail: Detail::default(),
        model,
    })
}

fn on(platform: &Platform, job: &TuningRow, news: &News<'_>, pause_ms: u64) -> Vec<Statement> {
    vec![store::update(&job.id, job.step, platform.now_ms() + pause_ms, news)]
}

fn not_said<T>(told: Told<T>) -> Done {
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
