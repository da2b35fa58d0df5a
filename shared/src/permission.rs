//! Who may do what with which objects of an organisation. A permission names a resource, an action and a condition
//! that compares the caller with the object. The permissions of a role are compiled once, when they are written
//! down, to grants; every query joins those, through one predicate of constant text. So a list shows exactly what can
//! be read one by one, and a right that is taken away is gone for the next statement.
//! Here are the language, the compiler, and the meaning in Rust, which tests hold against SQL. Not here: where roles
//! are kept (`functions/organisations`).

use serde::{Deserialize, Serialize};

/// What must be true of the caller and the object, which belongs to an organisation the caller is a member of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Condition {
    /// Nothing: every object of the organisation.
    Always,
    /// `object.owner_id == caller.id`.
    Owner,
    /// The caller has one of these roles there.
    RoleIn(
        #[cfg_attr(
            not(target_arch = "wasm32"),
            schemars(length(max = 8), inner(regex(pattern = "^[a-z][a-z0-9_-]{0,31}$")))
        )]
        Vec<String>,
    ),
    /// All of these; none is `Always`.
    All(#[cfg_attr(not(target_arch = "wasm32"), schemars(length(max = 8)))] Vec<Condition>),
    /// One of these; none is never.
    Any(#[cfg_attr(not(target_arch = "wasm32"), schemars(length(max = 8)))] Vec<Condition>),
}

/// What a role may do in its organisation. `*` stands for every resource or action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Permission {
    /// The kind of object: `invitation`.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(regex(pattern = r"^(\*|[a-z][a-z0-9_-]{0,31})$")))]
    pub resource: String,
    /// What is done with it: `read`.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(regex(pattern = r"^(\*|[a-z][a-z0-9_-]{0,31})$")))]
    pub action: String,
    /// With which of them.
    pub condition: Condition,
}

/// How far a permission reaches for one role; each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Nothing.
    Nothing,
    /// What the caller owns.
    Own,
    /// Everything of the organisation.
    All,
}

impl Reach {
    /// What a condition comes to for a caller with this role. The conditions are a lattice: "all of" is the least of
    /// its parts, "one of" the greatest.
    pub fn of(condition: &Condition, role: &str) -> Self {
        match condition {
            Condition::Always => Self::All,
            Condition::Owner => Self::Own,
            Condition::RoleIn(roles) if roles.iter().any(|wanted| wanted == role) => Self::All,
            Condition::RoleIn(_) => Self::Nothing,
            Condition::All(parts) => parts.iter().map(|part| Self::of(part, role)).min().unwrap_or(Self::All),
            Condition::Any(parts) => parts.iter().map(|part| Self::of(part, role)).max().unwrap_or(Self::Nothing),
        }
    }
}

/// A compiled permission, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The kind of object, or `*`.
    pub resource: String,
    /// What is done, or `*`.
    pub action: String,
    /// Whether only with objects of one's own.
    pub own: bool,
}

/// The grants of a role with these permissions: one for each resource and action, the widest.
pub fn grants(role: &str, permissions: &[Permission]) -> Vec<Grant> {
    let mut grants: Vec<Grant> = Vec::new();
    for Permission { resource, action, condition } in permissions {
        let reach = Reach::of(condition, role);
        if reach == Reach::Nothing {
            continue;
        }
        let own = reach == Reach::Own;
        match grants.iter_mut().find(|grant| grant.resource == *resource && grant.action == *action) {
            Some(grant) => grant.own &= own,
            None => grants.push(Grant { resource: resource.clone(), action: action.clone(), own }),
        }
    }
    grants
}

/// A caller's place in an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The organisation.
    pub organisation_id: String,
    /// What the role there comes to.
    pub grants: Vec<Grant>,
}

/// An object, as conditions see one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Object<'a> {
    /// Whose it is; `None`: nobody's.
    pub owner_id: Option<&'a str>,
    /// Which organisation it belongs to; `None`: to none.
    pub organisation_id: Option<&'a str>,
}

/// Whether a caller reaches an object: the meaning of `reach_sql!` in Rust. What no grant covers is refused.
pub fn reaches(caller: &str, memberships: &[Membership], resource: &str, action: &str, object: &Object<'_>) -> bool {
    let fits = |pattern: &str, word: &str| pattern == "*" || pattern == word;
    let here = memberships.iter().filter(|place| object.organisation_id == Some(place.organisation_id.as_str()));
    here.flat_map(|place| &place.grants).any(|grant| {
        fits(&grant.resource, resource)
            && fits(&grant.action, action)
            && (!grant.own || object.owner_id == Some(caller))
    })
}

/// Whether `mine` cover `theirs`: nobody gives a role, or takes one, that may more than they themselves.
pub fn covers(mine: &[Grant], theirs: &[Grant]) -> bool {
    let fits = |pattern: &str, word: &str| pattern == "*" || pattern == word;
    theirs.iter().all(|wanted| {
        mine.iter().any(|grant| {
            fits(&grant.resource, &wanted.resource) && fits(&grant.action, &wanted.action) && (!grant.own || wanted.own)
        })
    })
}

/// A predicate that is true of the objects a caller reaches:
/// `reach_sql!("?1", "i.organisation_id", "i.invited_by", "invitation", "read")` takes the caller's parameter, the
/// columns of the object's organisation and owner, resource and action, all literals, so the text is constant. Columns
/// name their table, or the inner query would take them for its own. It is
/// 0 or 1 and never NULL, so it can stand in a `WHERE` and among the columns alike.
#[macro_export]
macro_rules! reach_sql {
    ($caller:literal, $organisation:literal, $owner:literal, $resource:literal, $action:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM members rm JOIN role_grants rg ON rg.organisation_id = rm.organisation_id \
AND rg.role = rm.role WHERE rm.user_id = ",
            $caller,
            " AND rm.organisation_id = ",
            $organisation,
            " AND rg.resource IN ('*', '",
            $resource,
            "') AND rg.action IN ('*', '",
            $action,
            "') AND (rg.own = 0 OR ",
            $owner,
            " = ",
            $caller,
            "))"
        )
    };
}

/// A predicate that is true when the caller's grants cover those of a role of the organisation: `covers` in SQL.
/// `covers_sql!("?1", "m.organisation_id", "m.role")`. A role that does not exist is covered.
#[macro_export]
macro_rules! covers_sql {
    ($caller:literal, $organisation:literal, $role:literal) => {
        concat!(
            "NOT EXISTS (SELECT 1 FROM role_grants tg WHERE tg.organisation_id = ",
            $organisation,
            " AND tg.role = ",
            $role,
            " AND NOT EXISTS (SELECT 1 FROM members cm JOIN role_grants cg ON cg.organisation_id = cm.organisation_id \
AND cg.role = cm.role WHERE cm.user_id = ",
            $caller,
            " AND cm.organisation_id = tg.organisation_id AND cg.resource IN ('*', tg.resource) \
AND cg.action IN ('*', tg.action) AND cg.own <= tg.own))"
        )
    };
}
