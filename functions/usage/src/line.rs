//! The log line of a finished call, in the words of OpenTelemetry's conventions for generative AI: what was asked of
//! whom, what it used, how it ended. Nothing of what was said. What those conventions have no word for is under
//! `selvage.`.

use serde::Serialize;
use serde_json::value::RawValue;
use shared::ledger::{CallRecord, Settlement, Status};
use shared::time;

/// A log line, with the members that every line has.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    timestamp: String,
    level: &'static str,
    service: &'static str,
    trace_id: &'a str,
    user_id: &'a str,
    action: &'static str,
    message: &'a str,
    metadata: Attributes<'a>,
}

/// Attributes by the names of OpenTelemetry's semantic conventions.
#[derive(Serialize)]
struct Attributes<'a> {
    #[serde(rename = "requestId")]
    request_id: &'a str,
    #[serde(rename = "durationMs")]
    duration_ms: u64,
    #[serde(rename = "gen_ai.operation.name")]
    operation: &'a str,
    #[serde(rename = "gen_ai.provider.name")]
    provider: &'a str,
    #[serde(rename = "gen_ai.request.model")]
    model: &'a str,
    #[serde(rename = "gen_ai.usage.input_tokens")]
    input_tokens: u64,
    #[serde(rename = "gen_ai.usage.output_tokens")]
    output_tokens: u64,
    #[serde(rename = "gen_ai.usage.cache_read.input_tokens", skip_serializing_if = "is_zero")]
    cached_tokens: u64,
    #[serde(rename = "gen_ai.usage.cache_creation.input_tokens", skip_serializing_if = "is_zero")]
    written_tokens: u64,
    #[serde(rename = "gen_ai.usage.reasoning.output_tokens", skip_serializing_if = "is_zero")]
    reasoning_tokens: u64,
    #[serde(rename = "gen_ai.response.time_to_first_chunk", skip_serializing_if = "Option::is_none")]
    first_chunk: Option<Box<RawValue>>,
    #[serde(rename = "error.type", skip_serializing_if = "Option::is_none")]
    error_type: Option<&'a str>,
    #[serde(rename = "selvage.call.id")]
    call_id: &'a str,
    #[serde(rename = "selvage.organisation.id")]
    org_id: &'a str,
    #[serde(rename = "selvage.key.id", skip_serializing_if = "Option::is_none")]
    key_id: Option<&'a str>,
    #[serde(rename = "selvage.endpoint", skip_serializing_if = "Option::is_none")]
    endpoint: Option<&'a str>,
    #[serde(rename = "gen_ai.request.stream")]
    stream: bool,
    #[serde(rename = "selvage.estimated")]
    estimated: bool,
    #[serde(rename = "selvage.cost_nano_usd", skip_serializing_if = "Option::is_none")]
    cost_nano_usd: Option<u64>,
    #[serde(rename = "selvage.price_version", skip_serializing_if = "Option::is_none")]
    price_version: Option<&'a str>,
    #[serde(rename = "selvage.attempts")]
    attempts: usize,
    #[serde(rename = "selvage.route", skip_serializing_if = "Option::is_none")]
    route: Option<&'a str>,
    #[serde(rename = "selvage.variant", skip_serializing_if = "Option::is_none")]
    variant: Option<&'a str>,
    #[serde(rename = "selvage.cache", skip_serializing_if = "Option::is_none")]
    cache: Option<&'a str>,
    #[serde(rename = "selvage.role", skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// The line of a finished call.
#[must_use]
pub fn of(record: &CallRecord) -> String {
    let line = Line {
        timestamp: time::rfc3339(record.finished_at_ms),
        level: match record.status {
            Status::Succeeded | Status::ClientLeft => "info",
            Status::Failed | Status::Truncated | Status::Killed => "warn",
        },
        service: "usage",
        trace_id: &record.trace_id,
        user_id: &record.user_id,
        action: "call",
        message: status(record.status),
        metadata: attributes(record),
    };
    serde_json::to_string(&line).unwrap_or_default()
}

fn attributes(record: &CallRecord) -> Attributes<'_> {
    let (usage, detail) = (record.usage.clamped(), &record.detail);
    Attributes {
        request_id: &record.request_id,
        duration_ms: record.finished_at_ms.saturating_sub(record.started_at_ms),
        operation: operation(record.endpoint.as_deref()),
        provider: provider(&record.provider),
        model: &record.model,
        input_tokens: usage.prompt_tokens,
        output_tokens: usage.completion_tokens,
        cached_tokens: usage.cached_tokens,
        written_tokens: usage.cache_write_tokens + usage.cache_write_long_tokens,
        reasoning_tokens: usage.reasoning_tokens,
        first_chunk: record.first_token_ms.and_then(|at| seconds(at.saturating_sub(record.started_at_ms))),
        error_type: error_type(record),
        call_id: &record.call_id,
        org_id: &record.org_id,
        key_id: record.key_id.as_deref(),
        endpoint: record.endpoint.as_deref(),
        stream: record.stream,
        estimated: record.settlement == Settlement::Estimated,
        cost_nano_usd: record.cost_nano_usd,
        price_version: record.price_version.as_deref(),
        attempts: detail.attempts.len(),
        route: detail.route.as_deref(),
        variant: detail.variant.as_deref(),
        cache: detail.cache.as_deref(),
        role: detail.role.as_deref(),
    }
}

/// Seconds with three decimals, without floating point.
fn seconds(ms: u64) -> Option<Box<RawValue>> {
    RawValue::from_string(format!("{}.{:03}", ms / 1_000, ms % 1_000)).ok()
}

const fn status(status: Status) -> &'static str {
    match status {
        Status::Succeeded => "ok",
        Status::Failed => "failed",
        Status::ClientLeft => "client_left",
        Status::Truncated => "truncated",
        Status::Killed => "killed",
    }
}

/// The operation, of those the conventions name where they name one.
fn operation(endpoint: Option<&str>) -> &str {
    match endpoint {
        None | Some("chat" | "messages" | "responses") => "chat",
        Some("embeddings") => "embeddings",
        Some("images") => "generate_content",
        Some(other) => other,
    }
}

/// The provider, by the conventions' name where they have one.
fn provider(id: &str) -> &str {
    match id {
        "gemini" => "gcp.gemini",
        "moonshot" | "moonshot-cn" => "moonshot_ai",
        other => other,
    }
}

/// How the last try failed, or else how the call ended; none for one that went well.
fn error_type(record: &CallRecord) -> Option<&str> {
    if matches!(record.status, Status::Succeeded) {
        return None;
    }
    let last = record.detail.attempts.last().map(|attempt| attempt.outcome.as_str());
    Some(last.filter(|outcome| *outcome != "ok").unwrap_or_else(|| status(record.status)))
}

#[cfg(test)]
mod tests {
    use shared::ledger::{Attempt, Detail, Usage};

    use super::*;

    fn record() -> CallRecord {
        let attempt = Attempt {
            provider: "moonshot-cn".into(),
            model: "kimi".into(),
            key: Some("key_1".into()),
            outcome: "engine_overloaded_error".into(),
            status: Some(429),
            after_ms: 1,
            took_ms: 2,
        };
        CallRecord {
            call_id: "call_1".into(),
            org_id: "org_1".into(),
            user_id: "usr_1".into(),
            key_id: None,
            request_id: "req_1".into(),
            trace_id: "4bf92f3577b34da6a3ce929d0e0e4736".into(),
            model: "kimi".into(),
            provider: "moonshot-cn".into(),
            endpoint: Some("messages".into()),
            stream: true,
            status: Status::Failed,
            settlement: Settlement::Reported,
            usage: Usage { prompt_tokens: 7, cached_tokens: 3, ..Usage::default() },
            units: None,
            raw_usage: Some("said".into()),
            priced_as: None,
            price_version: None,
            cost_nano_usd: None,
            started_at_ms: 1_000,
            first_token_ms: Some(2_045),
            finished_at_ms: 3_000,
            detail: Detail { attempts: vec![attempt], ..Detail::default() },
        }
    }

    #[test]
    fn a_call_is_told_in_the_words_of_the_conventions() {
        let line = of(&record());
        for part in [
            r#""level":"warn","service":"usage","traceId":"4bf92f3577b34da6a3ce929d0e0e4736","userId":"usr_1","action":"call","message":"failed""#,
            r#""gen_ai.operation.name":"chat","gen_ai.provider.name":"moonshot_ai","gen_ai.request.model":"kimi""#,
            r#""gen_ai.usage.input_tokens":7,"gen_ai.usage.output_tokens":0,"gen_ai.usage.cache_read.input_tokens":3"#,
            r#""gen_ai.response.time_to_first_chunk":1.045"#,
            r#""error.type":"engine_overloaded_error""#,
        ] {
            assert!(line.contains(part), "{line} has no {part}");
        }
        assert!(!line.contains("said"));
    }

    #[test]
    fn a_call_that_went_well_has_no_error_even_behind_a_try_that_had() {
        let line = of(&CallRecord { status: Status::Succeeded, ..record() });
        assert!(line.contains(r#""level":"info""#) && !line.contains("error.type"));
    }
}
