//! Trying one row of a run: the model is asked, its answer is scored, judges are asked for their word.

use jobs::json;
use serde_json::Value;
use shared::problem::Problem;

use crate::answer::{Answer, Asker, MOST_TRIES, Outcome, Question, lines};
use crate::item_model::{Line, Sample};
use crate::item_store::{Finished, Queued};
use crate::run_model::RunError;
use crate::run_wish::{DataSource, Sampling};
use crate::scoring::criterion::Criterion;
use crate::scoring::{Scored, judge, score};
use crate::template::Values;

/// Bytes of an answer that are kept.
const LONGEST_KEPT: usize = 256 * 1024;

/// What came of trying a row.
pub(crate) enum Tried {
    Done(Box<Finished>),
    Not(Waiting),
}

/// Why nothing is known of a row yet.
pub(crate) enum Waiting {
    /// It is asked again: its number, after so many seconds, and whether that counts as a try.
    Later(u64, u32, bool),
    /// No row will have an answer.
    Stop(RunError),
}

/// Asks the model for a row, and scores what it answers.
pub(crate) async fn try_row(
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

type Decided = Result<Answer, RunError>;

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
