//! A job that its provider works on: looked at until it ends. Then the new model goes into the registry, and what it cost
//! into the ledger.

use jobs::json;
use serde::Serialize;
use shared::ledger::{CallRecord, Detail, Settlement, Status, Usage};
use shared::platform::Platform;
use shared::problem::Problem;

use crate::model::{JobError, TuningRow};
use crate::registering::register;
use crate::remote::{Remote, RemoteJob, Told};
use crate::store::{self, End, News};
use crate::working::{Done, ended, failed, not_said, on};

/// Looks how the job goes there.
pub(crate) async fn look(remote: &Remote<'_>, job: &TuningRow, id: &str) -> Result<Done, Problem> {
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
pub(crate) fn state(status: &str) -> Option<&'static str> {
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
