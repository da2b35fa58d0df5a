//! Webhooks: a signed request to a person's own program when an analysis ends, as Standard Webhooks
//! (github.com/standard-webhooks/standard-webhooks) has it, so that its libraries verify them.

pub mod address;
pub mod deliveries;
pub mod delivering;
pub mod model;
pub mod settings;
pub mod signing;
pub mod store;

use serde::Serialize;
use shared::problem::Problem;
use shared::time::rfc3339;

use crate::model::Analysis;
use crate::row::AnalysisRow;

#[derive(Serialize)]
struct Payload<'a> {
    #[serde(rename = "type")]
    event: &'a str,
    timestamp: String,
    data: Analysis,
}

/// What somebody is told of an analysis that has ended: the event's name, and the body, JSON.
///
/// # Errors
/// None that a request can cause.
pub fn payload(row: AnalysisRow, now: u64) -> Result<(String, String), Problem> {
    let event = format!("analysis.{}", row.status.as_str());
    let payload = Payload { event: &event, timestamp: rfc3339(now), data: row.show() };
    let text = serde_json::to_string(&payload).map_err(Problem::internal)?;
    Ok((event, text))
}
