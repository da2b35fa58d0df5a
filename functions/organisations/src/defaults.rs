//! What the roles of a new organisation may do, until it decides otherwise. Pure.

use shared::permission::{Condition, Permission};

/// The role that may everything, that only its holders give and take, and that never changes.
pub const OWNER: &str = "owner";

/// Roles that are always there.
pub const BUILT_IN: [&str; 3] = [OWNER, "admin", "member"];

/// The permissions of a built-in role at first; of another name, none.
pub fn permissions(role: &str) -> Vec<Permission> {
    let words: &[(&str, &str)] = match role {
        OWNER => &[("*", "*")],
        "admin" => &[
            ("organisation", "read"),
            ("organisation", "update"),
            ("member", "*"),
            ("invitation", "*"),
            ("role", "read"),
            ("prompt", "*"),
            ("usage", "read"),
            ("file", "*"),
        ],
        "member" => &[
            ("organisation", "read"),
            ("member", "read"),
            ("role", "read"),
            ("prompt", "read"),
            ("file", "read"),
            ("file", "create"),
        ],
        _ => &[],
    };
    let always = |(resource, action): &(&str, &str)| Permission {
        resource: (*resource).to_owned(),
        action: (*action).to_owned(),
        condition: Condition::Always,
    };
    words.iter().map(always).collect()
}
