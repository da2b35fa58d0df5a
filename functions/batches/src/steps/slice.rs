//! The step that asks some lines. A try is claimed, its answers are written as objects, and one transaction says that it was:
//! whoever comes second changes nothing.

use jobs::step::Step;
use serde::de::DeserializeOwned;
use shared::db::DbError;
use shared::platform::Platform;
use shared::problem::Problem;
use uploads::BUCKET;
use uploads::bytes::failed;
use uploads::lines::{Cutter, Line, Reader};

use super::asking::{self, Asked, Stopped};
use super::{conclude, error, go_on, of_slice, send};
use crate::line::LONGEST_LINE;
use crate::outcome::Pending;
use crate::row::BatchRow;
use crate::slice_store::{self, Due, Lines, Try};

/// Milliseconds after a batch's window in which what its tries brought is kept.
const GRACE_MS: u64 = 24 * 60 * 60_000;

/// Asks the lines of a slice.
pub(super) async fn run(platform: &Platform, batch: &BatchRow, step: &Step) -> Result<(), Problem> {
    let of = Try { batch: &batch.id, slice: step.part, r#try: step.round };
    let now = platform.now_ms();
    let objects = ["output", "error"].map(|kind| format!("batches/{}/{}-{}.{kind}", batch.id, of.slice, of.r#try));
    let due_at = batch.expires_at.saturating_add(GRACE_MS);
    let announced = objects.iter().map(|object| uploads::store::announce(object, due_at));
    let statements = announced.chain([slice_store::claim(of, now)]).collect();
    let mut rows = platform.db().batch(statements).await?;
    let Some(claimed) = rows.take::<Lines>(2)?.into_iter().next() else {
        // Somebody is at it, or was: the schedule wakes it if they died.
        return Ok(());
    };
    let tried = attempt(platform, batch, of, &objects, &claimed).await;
    if tried.is_err() {
        platform.db().run(slice_store::release(of)).await?;
    }
    tried
}

/// A try that is claimed.
async fn attempt(
    platform: &Platform,
    batch: &BatchRow,
    of: Try<'_>,
    objects: &[String; 2],
    claimed: &Lines,
) -> Result<(), Problem> {
    let lines = lines(platform, batch, claimed).await?;
    let due = due(&lines, claimed.pending.as_deref())?;
    let asked = asking::run(platform, batch, of, &lines, due).await?;
    keep(platform, objects, &asked).await?;
    if settle(platform, of, objects, &asked).await? {
        then(platform, batch, of, &asked).await?;
    }
    Ok(())
}

/// The slice's lines, read in one piece.
async fn lines(platform: &Platform, batch: &BatchRow, claimed: &Lines) -> Result<Vec<Line>, Problem> {
    let mut reader = Reader::new(platform, &batch.object, claimed.from_byte, claimed.to_byte);
    let mut cutter = Cutter::new(claimed.from_byte, claimed.first_line, LONGEST_LINE);
    let mut lines = Vec::new();
    while let Some(bytes) = reader.next().await? {
        lines.extend(cutter.push(&bytes).map_err(|_| Problem::internal("a line grew"))?);
    }
    lines.extend(cutter.end().map_err(|_| Problem::internal("a line grew"))?);
    lines.retain(|line| !line.text.iter().all(u8::is_ascii_whitespace));
    Ok(lines)
}

/// Which of them are still to be asked.
pub(super) fn due(lines: &[Line], pending: Option<&str>) -> Result<Vec<Pending>, Problem> {
    match pending {
        Some(pending) => read(pending),
        None => {
            Ok(lines.iter().map(|line| Pending { line: line.number, from: line.from, to: line.to, tries: 0 }).collect())
        }
    }
}

fn read<T: DeserializeOwned>(json: &str) -> Result<T, Problem> {
    serde_json::from_str(json).map_err(Problem::internal)
}

/// Writes what came back. A second time writes over the first.
async fn keep(platform: &Platform, objects: &[String; 2], asked: &Asked) -> Result<(), Problem> {
    for (object, text) in objects.iter().zip([&asked.output, &asked.error]) {
        if !text.is_empty() {
            let put = platform.bucket(BUCKET).put_bytes(object, text.as_bytes()).await;
            put.map_err(|cause| failed(&cause))?;
        }
    }
    Ok(())
}

/// Notes a try with all that it brought; whether nobody had.
async fn settle(platform: &Platform, of: Try<'_>, objects: &[String; 2], asked: &Asked) -> Result<bool, Problem> {
    let now = platform.now_ms();
    let pending = (!asked.pending.is_empty()).then(|| serde_json::to_string(&asked.pending));
    let pending = pending.transpose().map_err(Problem::internal)?;
    let [output, error] = objects;
    let statements = vec![
        slice_store::part(of, "output", output, asked.output.len() as u64),
        slice_store::part(of, "error", error, asked.error.len() as u64),
        slice_store::settle(of, pending.as_deref(), now),
        slice_store::count(of.batch, asked.completed, asked.failed, now),
    ];
    match platform.db().batch(statements).await {
        Ok(_) => Ok(true),
        Err(DbError::Constraint(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// What comes after a try.
async fn then(platform: &Platform, batch: &BatchRow, of: Try<'_>, asked: &Asked) -> Result<(), Problem> {
    match asked.stopped {
        Some(Stopped::Orphaned) => {
            let why = error("unauthorized", "The account or the key that made this batch may no longer call.");
            conclude(platform, &batch.id, "failed", Some(&why)).await
        }
        Some(Stopped::Ending) => Ok(()),
        _ if asked.pending.is_empty() => go_on(platform, &batch.id).await,
        _ => send(platform, of_slice(of.batch, Due { slice: of.slice, r#try: of.r#try + 1 }), asked.wait).await,
    }
}
