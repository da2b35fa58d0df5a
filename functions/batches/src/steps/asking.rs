//! Asking lines, a few at a time. Before each few the database is asked whether the batch goes on and whether whoever made it
//! may still call; so a cancelled batch and a revoked key stop within a few calls.

use jobs::upstream::{self, Question};
use shared::auth::errand::Living;
use shared::db::One;
use shared::platform::Platform;
use shared::problem::Problem;
use uploads::lines::Line;

use crate::line;
use crate::outcome::{Outcome, Pending, decide, failure};
use crate::row::BatchRow;
use crate::slice_store::{self, Try};

/// Lines that are asked at the same time.
const AT_ONCE: usize = 4;
/// Milliseconds for an answer.
const ANSWER_MS: u32 = 300_000;
/// Milliseconds after which a try asks nothing more: the platform ends a consumer after fifteen minutes.
const LONGEST_TRY_MS: u64 = 240_000;
/// Bytes of answers after which a try asks nothing more: they are held until it ends.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Why a try ended before all lines were asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    /// The batch is ending.
    Ending,
    /// Whoever made it may no more call.
    Orphaned,
    /// It took long enough.
    Long,
}

/// What a try brought.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) output: String,
    pub(super) error: String,
    pub(super) completed: u64,
    pub(super) failed: u64,
    pub(super) pending: Vec<Pending>,
    /// Seconds until the pending ones may be asked.
    pub(super) wait: u32,
    pub(super) stopped: Option<Stopped>,
}

impl Asked {
    fn note(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Output(text) => {
                self.output.push_str(&text);
                self.completed += 1;
            }
            Outcome::Error(text) => {
                self.error.push_str(&text);
                self.failed += 1;
            }
            Outcome::Again(pending, wait) => {
                self.pending.push(pending);
                self.wait = self.wait.max(wait);
            }
        }
    }

    fn is_full(&self) -> bool {
        self.output.len() + self.error.len() > MOST_BYTES
    }
}

/// Asks these lines.
pub(super) async fn run(
    platform: &Platform,
    batch: &BatchRow,
    of: Try<'_>,
    lines: &[Line],
    due: Vec<Pending>,
) -> Result<Asked, Problem> {
    let mut asked = Asked::default();
    let began = platform.now_ms();
    let mut waves = due.chunks(AT_ONCE);
    for wave in waves.by_ref() {
        let late = platform.now_ms().saturating_sub(began) > LONGEST_TRY_MS || asked.is_full();
        let token = if late { Err(Stopped::Long) } else { token(platform, batch, of).await? };
        match token {
            Ok(token) => {
                let answers = wave.iter().map(|pending| ask(platform, batch, lines, *pending, &token));
                for outcome in shared::futures::join_all(answers).await {
                    asked.note(outcome);
                }
            }
            Err(stopped) => {
                asked.stopped = Some(stopped);
                asked.pending.extend_from_slice(wave);
                break;
            }
        }
    }
    asked.pending.extend(waves.flatten());
    asked.pending.sort_by_key(|pending| pending.line);
    Ok(asked)
}

/// A token for the next few calls, or why there are none.
async fn token(platform: &Platform, batch: &BatchRow, of: Try<'_>) -> Result<Result<String, Stopped>, Problem> {
    let maker = batch.maker();
    let statements = vec![slice_store::hold(of, platform.now_ms()), maker.statement()];
    let mut rows = platform.db().batch(statements).await?;
    if rows.take::<One>(0)?.is_empty() {
        return Ok(Err(Stopped::Ending));
    }
    let living: Option<Living> = rows.take(1)?.into_iter().next();
    let token = upstream::token(platform, &maker, living, "batch", &batch.id)?;
    Ok(token.ok_or(Stopped::Orphaned))
}

/// Asks one line.
async fn ask(platform: &Platform, batch: &BatchRow, lines: &[Line], pending: Pending, token: &str) -> Outcome {
    let found = lines.iter().find(|line| line.from == pending.from);
    let Some(Ok(request)) = found.map(|found| line::read(&found.text, &batch.endpoint)) else {
        // They were looked at before, and the bytes of a file do not change.
        return Outcome::Error(failure("", "", "invalid_json_line", "This line could not be read."));
    };
    let key = format!("{}-{}", batch.id, pending.line);
    let question = Question {
        path: &batch.endpoint,
        key: &key,
        request_id: None,
        body: request.body.as_bytes(),
        deadline_ms: ANSWER_MS,
    };
    let answered = upstream::ask(platform, token, &question).await;
    decide(&batch.id, pending, &request.custom_id, &answered)
}
