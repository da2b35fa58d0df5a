//! Questions and answers of this function.

use serde::{Deserialize, Serialize};
use shared::secret::Secret;

/// `POST /make`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Make {
    /// The password to hash.
    pub password: Secret,
}

/// The answer to `Make`.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Made {
    /// PHC string; null for a leaked password.
    pub phc: Option<String>,
    /// Whether the password stands in a list of leaked ones: it is not hashed then.
    pub leaked: bool,
}

/// `POST /check`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Check {
    /// The password someone gave.
    pub password: Secret,
    /// The stored hash; without one the same work is done for nothing.
    #[serde(default)]
    pub phc: Option<String>,
}

/// The answer to `Check`.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Checked {
    /// Whether it is the right one.
    pub matches: bool,
    /// A hash by today's standard, when the stored one is older and the password was right.
    pub rehashed: Option<String>,
}
