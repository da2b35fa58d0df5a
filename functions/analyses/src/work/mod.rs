//! The work on an analysis, a try at a time. A try is a message with the number of the step it is for; whoever claims the step
//! does it, and one transaction writes what came of it. A message that comes twice finds another number, or a lease.

pub mod asking;
pub mod dispatch;
pub mod message;
pub mod outcome;
pub mod picture;
pub mod store;

use shared::auth::errand::Living;
use shared::db::Statement;
use shared::log;
use shared::platform::Platform;
use shared::problem::Problem;

use crate::columns::{self, Columns};
use crate::hooks;
use crate::model::Failure;
use crate::row::AnalysisRow;
use asking::Question;
use jobs::upstream;
use message::{Kind, Message};
use outcome::Outcome;
use picture::Picture;

/// Milliseconds that a try may take: the model's time and ours.
const LEASE_MS: u64 = 6 * 60_000;
/// Milliseconds by which a message may be late before the schedule sends another.
const LATE_MS: u64 = 30_000;

/// Does the step with this number.
///
/// # Errors
/// 503 when the database or the bucket fails: the message comes again.
pub async fn take(platform: &Platform, id: &str, step: u64) -> Result<(), Problem> {
    let now = platform.now_ms();
    let claim = store::claim(id, step, now.saturating_add(LEASE_MS), now);
    let (claimed, row) = columns::pair(platform, claim, store::work(id)).await?;
    // It is done, cancelled or gone; or somebody is at it: the schedule wakes it if they died.
    let Some(row) = row.filter(|_| claimed).map(AnalysisRow::from) else { return Ok(()) };
    match attempt(platform, &row).await {
        Ok(outcome) => settle(platform, &row, outcome).await,
        Err(problem) => {
            platform.db().run(store::release(id, step)).await?;
            Err(problem)
        }
    }
}

/// A try that is claimed.
async fn attempt(platform: &Platform, row: &AnalysisRow) -> Result<Outcome, Problem> {
    let asked = row.task().and_then(|task| row.settings.asked(task));
    let asked = asked.ok_or_else(|| Problem::internal("what is asked cannot be read"))?;
    let (maker, now) = (row.maker(), platform.now_ms());
    let looked = vec![uploads::store::readable(row.reader(), &row.file_id, now), maker.statement()];
    let mut rows = platform.db().batch(looked).await?;
    let file: Option<Columns> = rows.take(0)?.into_iter().next();
    let living: Option<Living> = rows.take(1)?.into_iter().next();
    let Some(token) = upstream::token(platform, &maker, living, "analysis", &row.id)? else {
        return Ok(Outcome::Failed(orphaned()));
    };
    let Some(file) = file.map(Picture::from) else {
        return Ok(Outcome::Failed(Failure::new("file_gone", "The picture is no more, or may no more be read.")));
    };
    if let Some(fault) = file.fault() {
        return Ok(Outcome::Failed(fault.into()));
    }
    let question = Question { model: &row.model, asked: &asked };
    let body = match picture::body(platform, &file, &question).await? {
        Ok(body) => body,
        Err(fault) => return Ok(Outcome::Failed(fault.into())),
    };
    let answered = asking::ask(platform, &token, &row.call_key(), &body).await;
    Ok(outcome::decide(row, &asked, &answered))
}

fn orphaned() -> Failure {
    Failure::new("maker_gone", "The account or the key that made this analysis may no more call models.")
}

/// Writes what came of a try, once; and tells the queue what is next.
async fn settle(platform: &Platform, row: &AnalysisRow, outcome: Outcome) -> Result<(), Problem> {
    let now = platform.now_ms();
    match outcome {
        Outcome::Again { seconds, anew } => {
            let next_at = now.saturating_add(u64::from(seconds) * 1_000);
            let again = vec![store::again(&row.id, row.step, next_at, anew)];
            if let Some(due) = columns::last(platform, again).await? {
                send(platform, &Message::due(Kind::Analysis, due), seconds).await;
            }
            Ok(())
        }
        Outcome::Succeeded(said) => {
            conclude(platform, row, store::succeed(&row.id, row.step, &said, &row.call_key(), now)).await
        }
        Outcome::Failed(failure) => fail(platform, row, &failure).await,
    }
}

async fn fail(platform: &Platform, row: &AnalysisRow, failure: &Failure) -> Result<(), Problem> {
    let error = serde_json::to_string(failure).map_err(Problem::internal)?;
    conclude(platform, row, store::fail(&row.id, row.step, &error, platform.now_ms())).await
}

/// Ends an analysis; where somebody is to be told, that is noted in the same transaction.
async fn conclude(platform: &Platform, row: &AnalysisRow, end: Statement) -> Result<(), Problem> {
    let now = platform.now_ms();
    let id = shared::id::new("msg", now, platform.random());
    let note = hooks::store::note(&id, &row.id, row.step.saturating_add(1), now);
    if let Some(due) = columns::last(platform, vec![end, note]).await? {
        send(platform, &Message::due(Kind::Delivery, due), 0).await;
    }
    Ok(())
}

/// What the queue does not take the schedule finds.
async fn send(platform: &Platform, message: &Message, seconds: u32) {
    if let Err(cause) = message.send(platform, seconds).await {
        log::event("analyses", "warn", "work::send", "a step waits for the schedule", Some(&cause));
    }
}

/// Fails an analysis whose message was tried too often.
///
/// # Errors
/// 503 when the database fails.
pub async fn bury(platform: &Platform, id: &str, step: u64) -> Result<(), Problem> {
    let row = columns::last(platform, vec![store::work(id)]).await?.map(AnalysisRow::from);
    // One that has ended meanwhile is at another step.
    let Some(row) = row.filter(|row| row.step == step) else { return Ok(()) };
    let detail = "It could not be worked on, again and again. Replay it when whatever was wrong is mended.";
    fail(platform, &row, &Failure::new("dead_letter", detail)).await
}

/// Sends steps that are due and of which nothing was heard.
///
/// # Errors
/// 503 when the database fails.
pub async fn wake(platform: &Platform) -> Result<(), Problem> {
    let now = platform.now_ms();
    let due = columns::batch(platform, vec![store::due(now.saturating_sub(LATE_MS), now)]).await?;
    for row in due.into_iter().flatten() {
        send(platform, &Message::due(Kind::Analysis, row), 0).await;
    }
    Ok(())
}
