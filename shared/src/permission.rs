//! Who may do what with which objects. A permission names a resource, an action and a condition, and a condition
//! compares the caller with the object. What a caller's permissions come to for one resource and action is a
//! `Reach`, which answers twice and in the same way: for one object in Rust, and for a list in SQL, where it is a
//! predicate of constant text with bound parameters. So a list shows exactly what can be read one by one.
//! Pure: no database, no clock. Not here: where a caller's permissions are kept.

use serde::{Deserialize, Serialize};

use crate::db::Param;

/// What must be true of the caller and the object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Condition {
    /// Nothing: every object.
    Always,
    /// `object.owner_id == caller.id`.
    Owner,
    /// `object.org_id in caller.orgs`: any organisation the caller is a member of.
    Member,
    /// As `Member`, with one of these roles in that organisation.
    MemberAs(Vec<String>),
    /// All of these; none is `Always`.
    All(Vec<Condition>),
    /// One of these; none is never.
    Any(Vec<Condition>),
}

/// What somebody may do. `*` stands for every resource or action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Permission {
    /// The kind of object: `order`.
    pub resource: String,
    /// What is done with it: `read`.
    pub action: String,
    /// With which of them.
    pub condition: Condition,
}

/// A caller, as conditions see one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The user's id.
    pub id: String,
    /// The organisations the user is a member of, each with the role there.
    pub orgs: Vec<(String, String)>,
}

/// An object, as conditions see one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Object<'a> {
    /// Whose it is; `None`: nobody's.
    pub owner_id: Option<&'a str>,
    /// Which organisation it belongs to; `None`: to none.
    pub org_id: Option<&'a str>,
}

/// The objects a caller reaches: a disjunction of clauses. A clause without tests is every object, no clause is
/// none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Every object.
    all: bool,
    /// The caller's own, wherever they belong.
    owner: Option<String>,
    /// Those of these organisations, whoever owns them.
    orgs: Vec<String>,
    /// The caller's own in these organisations.
    own_in: Option<(String, Vec<String>)>,
}

impl Reach {
    /// What `subject` reaches of `resource` with `action` by these permissions. What is not granted is refused.
    pub fn of(subject: &Subject, permissions: &[Permission], resource: &str, action: &str) -> Self {
        let fits = |pattern: &str, word: &str| pattern == "*" || pattern == word;
        let granted = permissions.iter().filter(|p| fits(&p.resource, resource) && fits(&p.action, action));
        let mut reach = Self::default();
        for clause in granted.flat_map(|permission| clauses(subject, &permission.condition)) {
            reach.add(subject, clause);
        }
        reach
    }

    fn add(&mut self, subject: &Subject, clause: Clause) {
        match (clause.own, clause.orgs) {
            (false, None) => self.all = true,
            (true, None) => self.owner = Some(subject.id.clone()),
            (false, Some(orgs)) => add_all(&mut self.orgs, orgs),
            (true, Some(orgs)) => {
                let (_, known) = self.own_in.get_or_insert_with(|| (subject.id.clone(), Vec::new()));
                add_all(known, orgs);
            }
        }
    }

    /// Whether nothing is reached: an answer without asking the database.
    pub fn is_nothing(&self) -> bool {
        let own_in = self.own_in.as_ref().is_some_and(|(_, orgs)| !orgs.is_empty());
        !self.all && self.owner.is_none() && self.orgs.is_empty() && !own_in
    }

    /// Whether this object is reached. `Some` and `None` never match, as NULL matches nothing in SQL.
    pub fn covers(&self, object: &Object<'_>) -> bool {
        let is_owner = |id: &str| object.owner_id == Some(id);
        let is_in = |orgs: &[String]| object.org_id.is_some_and(|id| orgs.iter().any(|org| org == id));
        self.all
            || self.owner.as_deref().is_some_and(is_owner)
            || is_in(&self.orgs)
            || self.own_in.as_ref().is_some_and(|(id, orgs)| is_owner(id) && is_in(orgs))
    }

    /// The parameters of `reach_sql!`, in its order.
    pub fn params(&self) -> [Param; 5] {
        let (own_in, own_orgs) = match &self.own_in {
            Some((id, orgs)) => (Param::from(id.as_str()), orgs.as_slice()),
            None => (Param::Null, [].as_slice()),
        };
        [
            Param::from(self.all),
            Param::from(self.owner.clone()),
            Param::from(json_list(&self.orgs)),
            own_in,
            Param::from(json_list(own_orgs)),
        ]
    }
}

/// A predicate that is true of the objects a `Reach` covers: `reach_sql!("owner_id", "org_id", 1)` takes the
/// parameters of `Reach::params` as `?1` to `?5`. Columns and number are literals, so the text is constant.
#[macro_export]
macro_rules! reach_sql {
    ($owner:literal, $org:literal, 1) => {
        $crate::reach_sql!($owner, $org, "?1", "?2", "?3", "?4", "?5")
    };
    ($owner:literal, $org:literal, 2) => {
        $crate::reach_sql!($owner, $org, "?2", "?3", "?4", "?5", "?6")
    };
    ($owner:literal, $org:literal, 3) => {
        $crate::reach_sql!($owner, $org, "?3", "?4", "?5", "?6", "?7")
    };
    ($owner:literal, $org:literal, $all:literal, $own:literal, $orgs:literal, $own_in:literal, $own_orgs:literal) => {
        concat!(
            "(",
            $all,
            " OR coalesce(",
            $owner,
            " = ",
            $own,
            ", 0) OR coalesce(",
            $org,
            " IN (SELECT value FROM json_each(",
            $orgs,
            ")), 0) OR coalesce(",
            $owner,
            " = ",
            $own_in,
            " AND ",
            $org,
            " IN (SELECT value FROM json_each(",
            $own_orgs,
            ")), 0))"
        )
    };
}

/// A conjunction: the caller's own or not, in these organisations or anywhere.
#[derive(Clone, Debug)]
struct Clause {
    own: bool,
    orgs: Option<Vec<String>>,
}

/// A condition as a disjunction of clauses, for this caller.
fn clauses(subject: &Subject, condition: &Condition) -> Vec<Clause> {
    let members = |fits: &dyn Fn(&str) -> bool| {
        let orgs = subject.orgs.iter().filter(|(_, role)| fits(role)).map(|(org, _)| org.clone());
        vec![Clause { own: false, orgs: Some(orgs.collect()) }]
    };
    match condition {
        Condition::Always => vec![Clause { own: false, orgs: None }],
        Condition::Owner => vec![Clause { own: true, orgs: None }],
        Condition::Member => members(&|_| true),
        Condition::MemberAs(roles) => members(&|role| roles.iter().any(|wanted| wanted == role)),
        Condition::Any(parts) => parts.iter().flat_map(|part| clauses(subject, part)).collect(),
        Condition::All(parts) => {
            let every = vec![Clause { own: false, orgs: None }];
            parts.iter().fold(every, |so_far, part| {
                let next = clauses(subject, part);
                so_far.iter().flat_map(|a| next.iter().map(|b| both(a, b))).collect()
            })
        }
    }
}

fn both(a: &Clause, b: &Clause) -> Clause {
    let orgs = match (&a.orgs, &b.orgs) {
        (Some(a), Some(b)) => Some(a.iter().filter(|org| b.contains(org)).cloned().collect()),
        (Some(orgs), None) | (None, Some(orgs)) => Some(orgs.clone()),
        (None, None) => None,
    };
    Clause { own: a.own || b.own, orgs }
}

fn add_all(known: &mut Vec<String>, more: Vec<String>) {
    for one in more {
        if !known.contains(&one) {
            known.push(one);
        }
    }
}

/// A list in one bound parameter.
fn json_list(items: &[String]) -> String {
    // Texts always serialise; an empty list would reach less, never more.
    serde_json::to_string(items).unwrap_or_else(|_| "[]".to_owned())
}
