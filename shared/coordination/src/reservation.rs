//! What the front of the function and the admission object say to each other. What the object
//! makes of it is in `book`.
//!
//! Unknown members are passed over: the two may be of different releases for a while.

use catalogue::json::fields::{DataError, Fields, list, number, raw, small_number, text};
use serde::Serialize;
use serde_json::value::RawValue;
use shared::budget::{Limits, Period};
pub use shared::budget::{Scope, State};

/// A call that wants to be made. Records are carried as they are written: this book reads none of them.
#[derive(Clone, Debug, Serialize)]
pub struct Reserve {
    /// The call's id.
    pub call_id: String,
    /// Nano-dollars reserved; a call without a price reserves nothing.
    pub nano_usd: u64,
    /// Tokens reserved, of prompt and completion together.
    pub tokens: u64,
    /// The record it will be charged by if nobody ever settles it: the worst case, `killed`, `estimated`.
    pub record: Box<RawValue>,
    /// The scopes it counts in.
    pub scopes: Vec<Scope>,
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
    /// Tokens it used.
    pub tokens: u64,
    /// Its record for the ledger.
    pub record: Box<RawValue>,
    /// The model that answered, which need not be the one it was reserved for; empty: that one.
    pub model: String,
}

/// Limits, and what is asked of whom.
#[derive(Clone, Debug)]
pub struct Tell {
    /// Whose object it is.
    pub org_id: String,
    /// The scopes.
    pub scopes: Vec<Scope>,
}

/// Reads the name of a period.
pub(crate) fn period(json: &str) -> Result<Period, DataError> {
    Period::of(&text(json)?).ok_or(DataError::new("a period was expected"))
}

/// Reads limits from JSON.
///
/// # Errors
/// [`DataError`] with the place of the first fault.
pub fn limits(json: &str) -> Result<Limits, DataError> {
    let mut fields = Fields::of(json);
    let read = Limits {
        version: fields.maybe("version", number).unwrap_or(0),
        budget_nano_usd: fields.maybe("budget_nano_usd", number),
        budget_period: fields.maybe("budget_period", period),
        rpm: fields.maybe("rpm", number),
        tpm: fields.maybe("tpm", number),
        concurrency: fields.maybe("concurrency", small_number),
    };
    fields.known(read)
}

fn scope(json: &str) -> Result<Scope, DataError> {
    let mut fields = Fields::of(json);
    let read = Scope { id: fields.need("id", text), limits: fields.maybe("limits", limits) };
    fields.known(read)
}

/// Whose call a record is of; empty where it does not say so.
#[must_use]
pub fn org_of(record: &RawValue) -> String {
    Fields::of(record.get()).maybe("org_id", text).unwrap_or_default()
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
            tokens: fields.maybe("tokens", number).unwrap_or(0),
            record: fields.need("record", raw),
            scopes: fields.need("scopes", |json| list(json, scope)),
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
            tokens: fields.maybe("tokens", number).unwrap_or(0),
            record: fields.need("record", raw),
            model: fields.maybe("model", text).unwrap_or_default(),
        };
        fields.known(read)
    }
}

impl Tell {
    /// Reads one from JSON.
    ///
    /// # Errors
    /// [`DataError`] with the place of the first fault.
    pub fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let scopes = fields.need("scopes", |json| list(json, scope));
        let read = Self { org_id: fields.need("org_id", text), scopes };
        fields.known(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask() -> Reserve {
        let limits = Limits {
            version: 7,
            budget_nano_usd: Some(u64::MAX),
            budget_period: Some(Period::Week),
            rpm: Some(1),
            tpm: Some(2),
            concurrency: Some(3),
        };
        Reserve {
            call_id: "call_1".into(),
            nano_usd: 7,
            tokens: 8,
            record: RawValue::from_string(r#"{"a": 1.50, "org_id": "org_1"}"#.into()).unwrap(),
            scopes: vec![
                Scope { id: "key:\"x\"".into(), limits: Some(limits) },
                Scope { id: "x".into(), limits: None },
            ],
            expires_ms: 9,
        }
    }

    #[test]
    fn what_one_side_writes_the_other_reads() {
        let ask = ask();
        let written = serde_json::to_string(&ask).unwrap();
        let read = Reserve::read(&written).unwrap();
        assert_eq!((read.scopes.as_slice(), read.record.get()), (ask.scopes.as_slice(), ask.record.get()));
        assert_eq!(serde_json::to_string(&read).unwrap(), written);
        assert_eq!(org_of(&read.record), "org_1");
        let ended = Settle { call_id: "call_1".into(), nano_usd: 4, tokens: 5, record: ask.record, model: "m".into() };
        let written = serde_json::to_string(&ended).unwrap();
        assert_eq!(serde_json::to_string(&Settle::read(&written).unwrap()).unwrap(), written);
        let told = r#"{"org_id":"org_1","scopes":[{"id":"org","limits":{"version":1,"rpm":5}}]}"#;
        let told = Tell::read(told).unwrap();
        assert_eq!((told.org_id.as_str(), told.scopes[0].limits.as_ref().unwrap().rpm), ("org_1", Some(5)));
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
        assert_eq!(
            limits(r#"{"budget_period":"year"}"#).unwrap_err().to_string(),
            "/budget_period: a period was expected"
        );
    }
}
