//! Bodies and rows of roles: names, and permissions as an organisation writes them down.

use serde::{Deserialize, Serialize};
use shared::permission::{Condition, Grant, Permission};

/// The name of a role: a letter, and up to 31 letters, digits, `_` or `-`, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct RoleWord(
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schemars(length(min = 1, max = 32), regex(pattern = "^[a-z][a-z0-9_-]*$"))
    )]
    String,
);

impl RoleWord {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for RoleWord {
    fn default() -> Self {
        Self("member".to_owned())
    }
}

impl TryFrom<String> for RoleWord {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if is_word(&text) { Ok(Self(text)) } else { Err("is no name of a role") }
    }
}

fn is_word(text: &str) -> bool {
    let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    text.len() <= 32 && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(rest)
}

/// Permissions of a role: 64 at most, each with words of that shape or `*`, and conditions four deep at most with
/// eight parts each.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<Permission>")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct Permissions(#[cfg_attr(not(target_arch = "wasm32"), schemars(length(max = 64)))] Vec<Permission>);

impl Permissions {
    /// The permissions.
    pub fn list(&self) -> &[Permission] {
        &self.0
    }
}

/// How deep conditions nest.
const DEEPEST: usize = 4;
/// Parts of a condition, and roles in one.
const MOST_PARTS: usize = 8;

impl TryFrom<Vec<Permission>> for Permissions {
    type Error = &'static str;

    fn try_from(list: Vec<Permission>) -> Result<Self, Self::Error> {
        let word = |text: &str| text == "*" || is_word(text);
        if list.len() > 64 {
            return Err("has more than 64 permissions");
        }
        if !list.iter().all(|one| word(&one.resource) && word(&one.action)) {
            return Err("has a resource or an action that is no word and not `*`");
        }
        if !list.iter().all(|one| fits(&one.condition, DEEPEST)) {
            return Err("has a condition with more than four levels or eight parts");
        }
        Ok(Self(list))
    }
}

fn fits(condition: &Condition, levels: usize) -> bool {
    match condition {
        _ if levels == 0 => false,
        Condition::Always | Condition::Owner => true,
        Condition::RoleIn(roles) => roles.len() <= MOST_PARTS && roles.iter().all(|role| is_word(role)),
        Condition::All(parts) | Condition::Any(parts) => {
            parts.len() <= MOST_PARTS && parts.iter().all(|part| fits(part, levels - 1))
        }
    }
}

/// `PUT /v1/organisations/{id}/roles/{role}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RoleWish {
    /// All that the role may from now on.
    pub permissions: Permissions,
}

/// A role of an organisation.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Role {
    /// Its name.
    pub name: String,
    /// What it may do.
    pub permissions: Vec<Permission>,
}

/// A role as stored.
#[derive(Debug, Deserialize)]
pub struct RoleRow {
    /// Its name.
    pub name: String,
    permissions: String,
}

impl From<RoleRow> for Role {
    fn from(row: RoleRow) -> Self {
        Self { permissions: shared::json::read(&row.permissions).unwrap_or_default(), name: row.name }
    }
}

/// Grants in one bound parameter: `[["admin", "member", "read", 0]]`.
pub fn grants_json(grants: &[(&str, Grant)]) -> String {
    let rows: Vec<(&str, &str, &str, u8)> = grants
        .iter()
        .map(|(role, grant)| (*role, grant.resource.as_str(), grant.action.as_str(), u8::from(grant.own)))
        .collect();
    // Texts and numbers always serialise; an empty list would grant less, never more.
    serde_json::to_string(&rows).unwrap_or_else(|_| "[]".to_owned())
}

#[cfg(test)]
mod tests {
    use super::Permissions;

    fn check(text: &str) -> bool {
        serde_json::from_str::<Permissions>(text).is_ok()
    }

    #[test]
    fn permissions_are_words_and_bounded() {
        let one = r#"{"resource":"order","action":"*","condition":{"any":["owner",{"role_in":["admin"]}]}}"#;
        assert!(check("[]") && check(&format!("[{one}]")));
        assert!(check(&format!("[{}]", vec![one; 64].join(","))) && !check(&format!("[{}]", vec![one; 65].join(","))));
        for bad in [
            r#"[{"resource":"","action":"*","condition":"always"}]"#,
            r#"[{"resource":"Order","action":"*","condition":"always"}]"#,
            r#"[{"resource":"order","action":"read","condition":"sometimes"}]"#,
            r#"[{"resource":"order","action":"read"}]"#,
            r#"[{"resource":"order","action":"read","condition":"owner","more":1}]"#,
            r#"[{"resource":"order","action":"read","condition":{"role_in":["' OR 1"]}}]"#,
            r#"[{"resource":"order","action":"read","condition":{"all":[{"all":[{"all":[{"all":["owner"]}]}]}]}}]"#,
        ] {
            assert!(!check(bad), "{bad}");
        }
    }
}
