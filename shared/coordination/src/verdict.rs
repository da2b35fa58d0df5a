//! The answer to a call that wants to be made, as it travels from the object to the front. Why a call is refused is in
//! `refusal`.

use catalogue::json::fields::{DataError, Fields, number, text};
use serde::Serialize;

use crate::refusal::{Rate, Refusal};
use crate::reservation::period;

/// The answer to `Reserve`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The reservation stands; what is left of the minute's limits, where there are some.
    Admitted(Option<Room>),
    /// It does not.
    Refused(Refusal),
}

/// What is left of the minute, in the scope that has least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Room {
    /// Of requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<Left>,
    /// Of tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Left>,
}

/// What is left of one limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Left {
    /// The limit.
    pub limit: u64,
    /// So much of it is left.
    pub remaining: u64,
    /// Milliseconds until all of it is.
    pub reset_ms: u64,
}

impl Room {
    /// Notes a limit, if it leaves less than the one noted.
    pub fn narrow(room: &mut Option<Left>, limit: Option<u64>, used: u64, reset_ms: u64) {
        let Some(limit) = limit else { return };
        let remaining = limit.saturating_sub(used);
        if room.is_none_or(|known| remaining < known.remaining) {
            *room = Some(Left { limit, remaining, reset_ms });
        }
    }

    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let read = Self { requests: fields.maybe("requests", left), tokens: fields.maybe("tokens", left) };
        fields.known(read)
    }
}

fn left(json: &str) -> Result<Left, DataError> {
    let mut fields = Fields::of(json);
    let read = Left {
        limit: fields.need("limit", number),
        remaining: fields.need("remaining", number),
        reset_ms: fields.need("reset_ms", number),
    };
    fields.known(read)
}

/// A verdict as it travels: what does not apply is left out.
#[derive(Default, Serialize)]
struct Written<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    admitted: Option<Room>,
    #[serde(skip_serializing_if = "Option::is_none")]
    budget: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resets_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    concurrency: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requests: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait_ms: Option<u64>,
}

impl Verdict {
    /// As it travels.
    #[must_use]
    pub fn text(&self) -> String {
        let mut told = Written::default();
        match self {
            Self::Admitted(None) => return r#""admitted""#.to_owned(),
            Self::Admitted(room) => told.admitted = *room,
            Self::Refused(Refusal::Budget { scope, period, resets_ms }) => {
                (told.budget, told.period, told.resets_ms) = (Some(scope.as_str()), Some(period.as_str()), *resets_ms);
            }
            Self::Refused(Refusal::Concurrency(scope)) => told.concurrency = Some(scope),
            Self::Refused(Refusal::Rate { scope, rate, limit, wait_ms }) => {
                match rate {
                    Rate::Requests => told.requests = Some(scope),
                    Rate::Tokens => told.tokens = Some(scope),
                }
                (told.limit, told.wait_ms) = (Some(*limit), *wait_ms);
            }
        }
        serde_json::to_string(&told).unwrap_or_default()
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`DataError`] when it is none of them.
    pub fn read(json: &str) -> Result<Self, DataError> {
        if json == r#""admitted""# {
            return Ok(Self::Admitted(None));
        }
        let mut fields = Fields::of(json);
        if let Some(room) = fields.maybe("admitted", Room::read) {
            return fields.known(Self::Admitted(Some(room)));
        }
        if let Some(scope) = fields.maybe("budget", text) {
            let period = fields.maybe("period", period).unwrap_or_default();
            let resets_ms = fields.maybe("resets_ms", number);
            return fields.known(Self::Refused(Refusal::Budget { scope, period, resets_ms }));
        }
        let (requests, tokens) = (fields.maybe("requests", text), fields.maybe("tokens", text));
        let rate = if requests.is_some() { Rate::Requests } else { Rate::Tokens };
        let refusal = match requests.or(tokens) {
            Some(scope) => {
                let limit = fields.maybe("limit", number).unwrap_or(0);
                Refusal::Rate { scope, rate, limit, wait_ms: fields.maybe("wait_ms", number) }
            }
            None => Refusal::Concurrency(fields.need("concurrency", text)),
        };
        fields.known(Self::Refused(refusal))
    }
}

#[cfg(test)]
mod tests {
    use shared::budget::Period;

    use super::*;

    #[test]
    fn what_the_object_writes_the_front_reads() {
        let scope = || "key:\"k\"".to_owned();
        let left = Left { limit: 5, remaining: 4, reset_ms: 61_000 };
        for verdict in [
            Verdict::Admitted(None),
            Verdict::Admitted(Some(Room { requests: Some(left), tokens: None })),
            Verdict::Admitted(Some(Room { requests: Some(left), tokens: Some(left) })),
            Verdict::Refused(Refusal::Budget { scope: scope(), period: Period::Day, resets_ms: Some(3) }),
            Verdict::Refused(Refusal::Budget { scope: scope(), period: Period::Total, resets_ms: None }),
            Verdict::Refused(Refusal::Concurrency(scope())),
            Verdict::Refused(Refusal::Rate { scope: scope(), rate: Rate::Tokens, limit: 9, wait_ms: None }),
            Verdict::Refused(Refusal::Rate { scope: scope(), rate: Rate::Requests, limit: 9, wait_ms: Some(7) }),
        ] {
            assert_eq!(Verdict::read(&verdict.text()), Ok(verdict));
        }
    }

    #[test]
    fn what_is_no_verdict_is_a_fault() {
        assert_eq!(Verdict::read("\"refused\"").unwrap_err().to_string(), ": an object was expected");
        assert_eq!(Verdict::read("{}").unwrap_err().to_string(), "/concurrency: is missing");
        assert!(Verdict::read(r#"{"budget":1}"#).is_err());
    }
}
