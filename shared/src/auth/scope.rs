//! What an API key can be allowed. A closed list: a row names one of these or opens to no key.

use serde::{Deserialize, Serialize};

/// One thing a key may do in its owner's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Scope {
    /// Call models, and spend on it.
    #[serde(rename = "use:ai")]
    UseAi,
    /// Read what the owner's own calls cost.
    #[serde(rename = "read:usage")]
    ReadUsage,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 2] = [Self::UseAi, Self::ReadUsage];

    /// The scopes with these names; a name of a newer version is unknown here and opens nothing.
    pub fn named(names: &[String]) -> Vec<Self> {
        Self::ALL.into_iter().filter(|scope| names.iter().any(|name| name == scope.as_str())).collect()
    }

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UseAi => "use:ai",
            Self::ReadUsage => "read:usage",
        }
    }

    /// Whether a token's `permissions` have it; `*:*` stands for all.
    pub fn is_among(self, permissions: &[String]) -> bool {
        permissions.iter().any(|held| held == "*:*" || held == self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Scope;

    #[test]
    fn a_scope_is_written_as_it_is_called() {
        for scope in Scope::ALL {
            assert_eq!(serde_json::to_string(&scope).unwrap(), format!("\"{}\"", scope.as_str()));
        }
    }
}
