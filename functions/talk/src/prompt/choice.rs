//! Which version of a prompt is meant, and what it comes to. Statements are made here and read here, so that a turn of a
//! conversation can put them into its own batch.

use shared::db::Statement;
use shared::platform::Rows;
use shared::problem::Problem;

use super::render::{Rendered, Source, render};
use super::rollout;
use super::store::Door;
use super::version_model::{Asked, VersionRow};
use super::version_store;

/// A rendered prompt, and where it came from.
#[derive(Debug)]
pub struct Chosen {
    /// The version; `None` for a preset.
    pub version: Option<u32>,
    /// The model it names.
    pub model: Option<String>,
    /// What it comes to.
    pub rendered: Rendered,
}

/// How many statements `statements` makes.
pub const STATEMENTS: usize = 2;
/// Bytes of a sticky key at most.
const LONGEST_KEY: usize = 200;

/// What has to be asked of the database.
///
/// # Errors
/// 422 for a sticky key that is too long.
pub fn statements(caller: &str, id: &str, asked: &Asked) -> Result<Vec<Statement>, Problem> {
    if asked.sticky.as_ref().is_some_and(|key| key.len() > LONGEST_KEY) {
        return Err(Problem::invalid("/sticky", "invalid", "must have at most 200 bytes"));
    }
    let label = asked.label.as_ref().map(|label| label.as_str());
    Ok(version_store::choose(caller, id, asked.version, label))
}

/// Chooses and renders, of what `statements` found; `first` is the number of the first of them in the batch.
///
/// # Errors
/// 404 for a prompt that the caller does not reach; 422 for a label or version that is not there, and for values that
/// do not fit.
pub fn choose(rows: &mut Rows, first: usize, caller: &str, id: &str, asked: &Asked) -> Result<Chosen, Problem> {
    Door::pass(rows.take::<Door>(first)?.into_iter().next())?;
    let mut candidates: Vec<VersionRow> = rows.take(first + 1)?;
    let label = asked.label.as_ref().map_or("production", |label| label.as_str());
    let key = asked.sticky.as_deref().unwrap_or(caller);
    let next = candidates.iter().position(|row| row.percent.is_some());
    let version = match next.map(|at| candidates.swap_remove(at)) {
        Some(next) if rollout::gets_next(id, label, key, next.percent.unwrap_or(0)) => Some(next),
        _ => candidates.pop(),
    };
    let row = version.ok_or_else(|| match asked.version {
        Some(_) => Problem::invalid("/version", "unknown", "is no version of this prompt"),
        None => Problem::invalid("/label", "unknown", "is no label of this prompt"),
    })?;
    let (source, model) = row.source()?;
    Ok(Chosen { version: Some(row.version), model, rendered: render(&source, &asked.variables)? })
}

/// A preset with these values.
///
/// # Errors
/// 422 for values that do not fit, and for what presets do not have.
pub fn of_preset(source: &Source, asked: &Asked) -> Result<Chosen, Problem> {
    if asked.version.is_some() || asked.label.is_some() {
        return Err(Problem::invalid("/version", "unknown", "is nothing that presets have"));
    }
    Ok(Chosen { version: None, model: None, rendered: render(source, &asked.variables)? })
}
