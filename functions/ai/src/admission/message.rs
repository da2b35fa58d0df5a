//! What the front of the function and the admission object say to each other. What the object
//! makes of it is in `book`.
//!
//! Unknown members are passed over: the two may be of different releases for a while.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::json::fields::{DataError, Fields, list, number, raw, small_number, text};

/// One thing that has a budget: the organisation, a user, a key, a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scope {
    /// `org`, `user:usr_…`, `key:key_…`, `model:…`.
    pub id: String,
    /// Nano-dollars in the period; `None`: no limit.
    pub budget_nano_usd: Option<u64>,
    /// Calls at the same time; `None`: no limit.
    pub concurrency: Option<u32>,
}

/// A call that wants to be made. Records are carried as they are written: this book reads none of them.
#[derive(Clone, Debug, Serialize)]
pub struct Reserve {
    /// The call's id.
    pub call_id: String,
    /// Nano-dollars reserved; a call without a price reserves nothing.
    pub nano_usd: u64,
    /// The record it will be charged by if nobody ever settles it: the worst case, `killed`, `estimated`.
    pub record: Box<RawValue>,
    /// The scopes it counts in.
    pub scopes: Vec<Scope>,
    /// The period it counts in: `2026-11`.
    pub period: String,
    /// When the reservation ends, milliseconds since 1970.
    pub expires_ms: u64,
}

/// A call that has ended.
#[derive(Clone, Debug, Serialize)]
pub struct Settle {
    /// The call's id.
    pub call_id: String,
    /// What it cost; nothing when no price is known.
    pub nano_usd: u64,
    /// Its record for the ledger.
    pub record: Box<RawValue>,
}

/// The answer to `Reserve`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The reservation stands.
    Admitted,
    /// The budget of this scope does not cover the call.
    Budget(String),
    /// This scope has too many calls under way.
    Concurrency(String),
}

impl Scope {
    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let read = Self {
            id: fields.need("id", text),
            budget_nano_usd: fields.maybe("budget_nano_usd", number),
            concurrency: fields.maybe("concurrency", small_number),
        };
        fields.known(read)
    }
}

impl Reserve {
    /// Reads one from JSON.
    ///
    /// # Errors
    /// [`DataError`] with the place of the first fault.
    pub fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let read = Self {
            call_id: fields.need("call_id", text),
            nano_usd: fields.need("nano_usd", number),
            record: fields.need("record", raw),
            scopes: fields.need("scopes", |json| list(json, Scope::read)),
            period: fields.need("period", text),
            expires_ms: fields.need("expires_ms", number),
        };
        fields.known(read)
    }
}

impl Settle {
    /// Reads one from JSON.
    ///
    /// # Errors
    /// [`DataError`] with the place of the first fault.
    pub fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let read = Self {
            call_id: fields.need("call_id", text),
            nano_usd: fields.need("nano_usd", number),
            record: fields.need("record", raw),
        };
        fields.known(read)
    }
}

impl Verdict {
    /// Reads one from JSON.
    ///
    /// # Errors
    /// [`DataError`] when it is none of them.
    pub fn read(json: &str) -> Result<Self, DataError> {
        if json == r#""admitted""# {
            return Ok(Self::Admitted);
        }
        let mut fields = Fields::of(json);
        let verdict = match fields.maybe("budget", text) {
            Some(scope) => Self::Budget(scope),
            None => Self::Concurrency(fields.need("concurrency", text)),
        };
        fields.known(verdict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_side_writes_the_other_reads() {
        for verdict in [Verdict::Admitted, Verdict::Budget("org".into()), Verdict::Concurrency("user:usr_1".into())] {
            assert_eq!(Verdict::read(&serde_json::to_string(&verdict).unwrap()), Ok(verdict));
        }
        let scope = Scope { id: "org".into(), budget_nano_usd: Some(u64::MAX), concurrency: None };
        let record = RawValue::from_string(r#"{"a": 1.50}"#.into()).unwrap();
        let ask = Reserve {
            call_id: "call_1".into(),
            nano_usd: 7,
            record: record.clone(),
            scopes: vec![scope, Scope { id: "x".into(), budget_nano_usd: None, concurrency: Some(3) }],
            period: "2026-11".into(),
            expires_ms: 9,
        };
        let written = serde_json::to_string(&ask).unwrap();
        let read = Reserve::read(&written).unwrap();
        assert_eq!((read.scopes.as_slice(), read.record.get()), (ask.scopes.as_slice(), record.get()));
        assert_eq!(serde_json::to_string(&read).unwrap(), written);
        let ended = Settle { call_id: "call_1".into(), nano_usd: 4, record };
        let written = serde_json::to_string(&ended).unwrap();
        assert_eq!(serde_json::to_string(&Settle::read(&written).unwrap()).unwrap(), written);
    }

    #[test]
    fn members_of_another_release_are_passed_over_and_missing_ones_are_named() {
        let read = Settle::read(r#"{"call_id":"c","nano_usd":1,"record":null,"more":[]}"#).unwrap();
        assert_eq!((read.call_id.as_str(), read.record.get()), ("c", "null"));
        let fault = |json: &str| Reserve::read(json).unwrap_err().to_string();
        assert_eq!(fault(r#"{"call_id":"c"}"#), "/nano_usd: is missing");
        assert_eq!(
            fault(r#"{"call_id":"c","nano_usd":1,"record":{},"scopes":[{"id":1}]}"#),
            "/scopes/0/id: a string was expected"
        );
        assert_eq!(Verdict::read("\"refused\"").unwrap_err().to_string(), ": an object was expected");
        assert_eq!(Verdict::read("{}").unwrap_err().to_string(), "/concurrency: is missing");
    }
}
