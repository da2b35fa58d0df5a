//! Bodies and rows of limits. A value that exists is valid: types refuse what does not fit when they are read.

use serde::{Deserialize, Serialize};
use shared::budget::{Limits, Period, Scope, State};
use shared::{id, time};

/// The largest integer that every JSON reader and D1 hold exactly: 2^53 − 1. In nano-dollars some nine million dollars.
pub const LARGEST: u64 = 9_007_199_254_740_991;

/// Nano-dollars, calls or tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct Amount(#[cfg_attr(not(target_arch = "wasm32"), schemars(range(max = 9_007_199_254_740_991_u64)))] u64);

impl Amount {
    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for Amount {
    type Error = &'static str;

    fn try_from(number: u64) -> Result<Self, Self::Error> {
        if number <= LARGEST { Ok(Self(number)) } else { Err("must be 9007199254740991 at most") }
    }
}

/// A model's name as clients ask for it, or the beginning of names and `*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct ModelName(
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(min = 1, max = 200), regex(pattern = "^[!-~]+$")))] String,
);

impl TryFrom<String> for ModelName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let fits = (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(text)) } else { Err("must have 1 to 200 characters of ASCII without spaces") }
    }
}

/// What is limited: an organisation, or a member or a model of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `org_…`, or `usr_…` of a person alone, who is an organisation of one.
    pub org_id: String,
    /// `org`, `user:usr_…` or `model:…`, as the object names it.
    pub scope: String,
}

impl Place {
    /// Reads `org:org_…`, `user:usr_…` (a person alone), `user:usr_…@org_…` or `model:…@org_…`, where the last may
    /// name a person alone, too.
    pub fn read(text: &str) -> Option<Self> {
        let place = |org_id: &str, scope: String| Some(Self { org_id: org_id.to_owned(), scope });
        match text.split_once(':')? {
            ("org", org) if id::is("org", org) => place(org, "org".to_owned()),
            ("user", user) if id::is("usr", user) => place(user, "org".to_owned()),
            (_, within) => {
                let (_, org) = within.rsplit_once('@')?;
                let scope = text.strip_suffix(org)?.strip_suffix('@')?;
                Self::within(org, scope).filter(|_| id::is("org", org) || (id::is("usr", org) && !is_user(scope)))
            }
        }
    }

    /// Reads `user:usr_…` or `model:…` of this organisation.
    pub fn within(org_id: &str, text: &str) -> Option<Self> {
        let fits = match text.split_once(':')? {
            ("user", user) => id::is("usr", user),
            ("model", model) => ModelName::try_from(model.to_owned()).is_ok(),
            _ => false,
        };
        fits.then(|| Self { org_id: org_id.to_owned(), scope: text.to_owned() })
    }

    /// The member that is limited.
    pub fn member(&self) -> Option<&str> {
        self.scope.strip_prefix("user:")
    }
}

fn is_user(scope: &str) -> bool {
    scope.starts_with("user:")
}

/// What is limited from now on. What is not named is not limited here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct LimitWish {
    /// What calls may cost in a period, in nano-dollars.
    pub budget_nano_usd: Option<Amount>,
    /// The period of the budget; a month unless said.
    pub budget_period: Option<Period>,
    /// Calls in any 60 seconds.
    pub rpm: Option<Amount>,
    /// Tokens in any 60 seconds.
    pub tpm: Option<Amount>,
    /// Calls at the same time.
    pub concurrency: Option<u32>,
}

impl LimitWish {
    /// Whether it limits nothing.
    pub const fn is_empty(&self) -> bool {
        self.budget_nano_usd.is_none() && self.rpm.is_none() && self.tpm.is_none() && self.concurrency.is_none()
    }
}

/// The limits of one scope.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Limit {
    /// `org_…`, or `usr_…` of a person alone.
    pub org_id: String,
    /// `org` for the whole of it, `user:usr_…` or `model:…`.
    pub scope: String,
    /// What calls may cost in a period, in nano-dollars; null: not limited here.
    pub budget_nano_usd: Option<u64>,
    /// The period of the budget; null: a month.
    pub budget_period: Option<Period>,
    /// Calls in any 60 seconds; null: not limited here.
    pub rpm: Option<u64>,
    /// Tokens in any 60 seconds; null: not limited here.
    pub tpm: Option<u64>,
    /// Calls at the same time; null: not limited here.
    pub concurrency: Option<u32>,
    /// Whether calls are admitted by it already; where not, they are within two minutes.
    pub in_force: bool,
    /// What settled calls have cost in the running period, in nano-dollars; null when that cannot be asked now.
    pub spent_nano_usd: Option<u64>,
    /// What calls under way can cost at most, in nano-dollars; null when that cannot be asked now.
    pub reserved_nano_usd: Option<u64>,
    /// RFC 3339: when the period ends; null when it does not, or that cannot be asked now.
    pub resets_at: Option<String>,
    /// Who changed it last.
    pub changed_by: String,
    /// RFC 3339.
    pub changed_at: String,
}

/// Limits as stored.
#[derive(Debug, Deserialize)]
pub struct LimitRow {
    /// `org_…` or `usr_…`.
    pub org_id: String,
    /// The scope there.
    pub scope: String,
    /// Nano-dollars.
    pub budget_nano_usd: Option<u64>,
    /// Of the budget.
    pub budget_period: Option<Period>,
    /// Calls a minute.
    pub rpm: Option<u64>,
    /// Tokens a minute.
    pub tpm: Option<u64>,
    /// Calls at the same time.
    pub concurrency: Option<u32>,
    /// Grows with every change.
    pub version: u64,
    /// The version the object has said it holds.
    pub told: u64,
    /// Who.
    pub changed_by: String,
    /// Milliseconds.
    pub changed_at: u64,
}

impl LimitRow {
    /// What the object is told, and asked.
    pub fn told_scope(&self) -> Scope {
        let limits = Limits {
            version: self.version,
            budget_nano_usd: self.budget_nano_usd,
            budget_period: self.budget_period,
            rpm: self.rpm,
            tpm: self.tpm,
            concurrency: self.concurrency,
        };
        Scope { id: self.scope.clone(), limits: Some(limits) }
    }

    /// As it is shown, with what the object said.
    pub fn shown(self, state: Option<&State>) -> Limit {
        Limit {
            in_force: state.map_or(self.told, |state| state.version) >= self.version,
            org_id: self.org_id,
            scope: self.scope,
            budget_nano_usd: self.budget_nano_usd,
            budget_period: self.budget_period,
            rpm: self.rpm,
            tpm: self.tpm,
            concurrency: self.concurrency,
            spent_nano_usd: state.map(|state| state.spent_nano_usd),
            reserved_nano_usd: state.map(|state| state.reserved_nano_usd),
            resets_at: state.and_then(|state| state.resets_at_ms).map(time::rfc3339),
            changed_by: self.changed_by,
            changed_at: time::rfc3339(self.changed_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORG: &str = "org_01KAHM9V8G0000000000000001";
    const USER: &str = "usr_01KAHM9V8G0000000000000001";

    #[test]
    fn a_place_is_an_organisation_or_something_in_it() {
        for (text, org, scope) in [
            (format!("org:{ORG}"), ORG, "org".to_owned()),
            (format!("user:{USER}"), USER, "org".to_owned()),
            (format!("user:{USER}@{ORG}"), ORG, format!("user:{USER}")),
            (format!("model:gpt-4o@{ORG}"), ORG, "model:gpt-4o".to_owned()),
            (format!("model:@cf/meta/llama@{USER}"), USER, "model:@cf/meta/llama".to_owned()),
        ] {
            assert_eq!(Place::read(&text), Some(Place { org_id: org.to_owned(), scope }), "{text}");
        }
        for text in [
            String::new(),
            "org".to_owned(),
            format!("org:{USER}"),
            format!("user:{ORG}"),
            format!("user:{USER}@{USER}"),
            format!("model:@{ORG}"),
            "model:gpt-4o".to_owned(),
            format!("key:key_1@{ORG}"),
            format!("model:a b@{ORG}"),
        ] {
            assert_eq!(Place::read(&text), None, "{text}");
        }
    }
}
