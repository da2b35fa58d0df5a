//! What an API key can be allowed. A closed list: a row names one of these or opens to no key.

use serde::{Deserialize, Serialize};

/// One thing a key may do in its owner's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Scope {
    /// Call models, and spend on it; with the files that models read and write.
    #[serde(rename = "use:ai")]
    UseAi,
    /// Read what the owner's own calls cost.
    #[serde(rename = "read:usage")]
    ReadUsage,
    /// Read and write files, and make pictures of them. `use:ai` includes it.
    #[serde(rename = "use:files")]
    UseFiles,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::UseAi, Self::ReadUsage, Self::UseFiles];

    /// The scopes with these names; a name of a newer version is unknown here and opens nothing.
    pub fn named(names: &[String]) -> Vec<Self> {
        Self::ALL.into_iter().filter(|scope| names.iter().any(|name| name == scope.as_str())).collect()
    }

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UseAi => "use:ai",
            Self::ReadUsage => "read:usage",
            Self::UseFiles => "use:files",
        }
    }

    /// Whether a token's `permissions` have it; `*:*` stands for all.
    pub fn is_among(self, permissions: &[String]) -> bool {
        permissions.iter().any(|held| held == "*:*" || held == self.as_str() || self.is_part_of(held))
    }

    /// Whether a key that has these scopes may do it.
    pub fn is_held(self, scopes: &[Self]) -> bool {
        scopes.iter().any(|held| *held == self || self.is_part_of(held.as_str()))
    }

    /// Whoever calls models hands them files.
    fn is_part_of(self, held: &str) -> bool {
        matches!(self, Self::UseFiles) && held == Self::UseAi.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::Scope;

    #[test]
    fn who_calls_models_reaches_files_and_not_the_other_way_round() {
        let held = |names: &[&str]| -> Vec<String> { names.iter().map(|name| (*name).to_owned()).collect() };
        assert!(Scope::UseFiles.is_among(&held(&["use:ai"])) && Scope::UseFiles.is_held(&[Scope::UseAi]));
        assert!(Scope::UseFiles.is_among(&held(&["use:files"])) && Scope::UseFiles.is_held(&[Scope::UseFiles]));
        assert!(!Scope::UseAi.is_among(&held(&["use:files"])) && !Scope::UseAi.is_held(&[Scope::UseFiles]));
        assert!(!Scope::UseFiles.is_among(&held(&["read:usage"])) && !Scope::UseFiles.is_held(&[]));
    }

    #[test]
    fn a_scope_is_written_as_it_is_called() {
        for scope in Scope::ALL {
            assert_eq!(serde_json::to_string(&scope).unwrap(), format!("\"{}\"", scope.as_str()));
        }
    }
}
