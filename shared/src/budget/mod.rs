//! Limits of what calls to models may cost and how many there may be, as functions and the admission object say them
//! to each other, and how to tell the object. Not here: deciding by them (`functions/coordinators`), and keeping
//! them (`functions/users`).

pub mod period;

use serde::{Deserialize, Serialize};

use crate::platform::{Platform, Target};

/// The binding of the admission objects, one an organisation.
pub const ADMISSION: &str = "ADMISSION";
/// The object answers in a few milliseconds or it is not there.
const DEADLINE_MS: u32 = 5_000;

/// The time over which a budget holds; in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Period {
    /// A day.
    Day,
    /// From Monday on.
    Week,
    /// A calendar month.
    #[default]
    Month,
    /// For good: it never begins anew.
    Total,
}

impl Period {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Total];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Total => "total",
        }
    }

    /// The period with this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.as_str() == name)
    }
}

/// The limits of one scope. What is absent is not limited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Grows with every change: of two the one with the larger version holds. 0: defaults, which only fill up what
    /// the scope's own limits leave open.
    #[serde(default)]
    pub version: u64,
    /// Nano-dollars in a period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_nano_usd: Option<u64>,
    /// The period of the budget; a month unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_period: Option<Period>,
    /// Calls in any 60 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpm: Option<u64>,
    /// Tokens in any 60 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tpm: Option<u64>,
    /// Calls at the same time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
}

/// A scope that is asked about, with its limits where the asker knows them: a newer version is taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scope {
    /// `org`, `user:usr_…`, `key:key_…`, `model:…`.
    pub id: String,
    /// Its limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
}

/// What the object says of a scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The scope's id.
    pub id: String,
    /// The version of the limits that hold now.
    pub version: u64,
    /// Nano-dollars of settled calls in the running period of its budget.
    pub spent_nano_usd: u64,
    /// Nano-dollars of calls under way.
    pub reserved_nano_usd: u64,
    /// Calls under way.
    pub under_way: u32,
    /// When its budget begins anew, milliseconds since 1970; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resets_at_ms: Option<u64>,
}

/// A budget of which so much is spent, on its way through the queue to the mail for its owner. Once for each
/// threshold, period and version of the limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Whose object it is: `org_…`, or `usr_…` of a person alone.
    pub org_id: String,
    /// The scope's id there.
    pub scope: String,
    /// The version of its limits.
    pub version: u64,
    /// The threshold, in percent of the budget.
    pub percent: u64,
    /// The period's name.
    pub period: Period,
    /// Its first day, in days since 1970; 0 for `total`.
    pub begins_day: u64,
    /// Nano-dollars spent in it.
    pub spent_nano_usd: u64,
    /// The budget in nano-dollars.
    pub budget_nano_usd: u64,
    /// Milliseconds since 1970.
    pub at_ms: u64,
}

/// The message of the queue that holds a warning, beside the call records there.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warned {
    /// The warning.
    pub warning: Warning,
}

/// How the text of such a message begins.
pub const WARNED: &str = r#"{"warning":"#;

#[derive(Serialize)]
struct Question<'a> {
    org_id: &'a str,
    scopes: &'a [Scope],
}

/// Tells an organisation's object limits and asks what is spent and reserved: the answer is in the order of the
/// scopes. From this answer on calls are admitted by them; the object keeps them for good.
///
/// # Errors
/// When the object does not answer, in words.
pub async fn tell(platform: &Platform, org_id: &str, scopes: &[Scope]) -> Result<Vec<State>, String> {
    let body = serde_json::to_string(&Question { org_id, scopes }).map_err(|error| error.to_string())?;
    let object = Target::Object(ADMISSION, org_id);
    match platform.ask(object, "http://admission/scopes", &body, DEADLINE_MS).await {
        Ok((200, text)) => crate::json::read(&text).map_err(|error| error.to_string()),
        other => Err(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_survives_the_queue_and_is_known_by_its_beginning() {
        let warning = Warning {
            org_id: "org_1".into(),
            scope: "key:key_1".into(),
            version: 2,
            percent: 80,
            period: Period::Month,
            begins_day: 20_758,
            spent_nano_usd: 81,
            budget_nano_usd: 100,
            at_ms: 5,
        };
        let text = serde_json::to_string(&Warned { warning: warning.clone() }).unwrap();
        assert!(text.starts_with(WARNED));
        assert_eq!(serde_json::from_str::<Warned>(&text).unwrap().warning, warning);
    }

    #[test]
    fn limits_leave_out_what_is_not_limited() {
        let limits = Limits { version: 3, rpm: Some(2), ..Limits::default() };
        let text = serde_json::to_string(&limits).unwrap();
        assert_eq!(text, r#"{"version":3,"rpm":2}"#);
        assert_eq!(serde_json::from_str::<Limits>(&text).unwrap(), limits);
        assert!(Period::ALL.into_iter().all(|period| Period::of(period.as_str()) == Some(period)));
    }
}
