//! Permissions: what they grant, and that a list in SQL and a single object in Rust always agree, and agree with
//! the plain meaning of the conditions.

#![cfg(test)]

use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::{collection, option, prop_assert, prop_assert_eq, sample};
use rusqlite::types::Value;
use shared::db::Param;
use shared::permission::{Condition, Object, Permission, Reach, Subject};
use shared::reach_sql;

const LIST: &str = concat!("SELECT id FROM things WHERE ", reach_sql!("owner_id", "org_id", 1), " ORDER BY id");
const ONE: &str = concat!("SELECT id FROM things WHERE id = ?1 AND ", reach_sql!("owner_id", "org_id", 2));

/// Ids, with some that would be trouble if they ever became SQL.
const IDS: &[&str] = &["a", "b", "c", "A", "", "NULL", "' OR 1=1 --", "[\"a\"]", "é\u{0}x", "\"", "\\"];
const ROLES: &[&str] = &["owner", "admin", "member"];

type Thing = (Option<&'static str>, Option<&'static str>);

fn id() -> impl Strategy<Value = &'static str> {
    sample::select(IDS)
}

fn condition() -> impl Strategy<Value = Condition> {
    let role = sample::select(ROLES).prop_map(str::to_owned);
    let leaf = prop_oneof![
        Just(Condition::Always),
        Just(Condition::Owner),
        Just(Condition::Member),
        collection::vec(role, 0..3).prop_map(Condition::MemberAs),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..3).prop_map(Condition::All),
            collection::vec(inner, 0..3).prop_map(Condition::Any),
        ]
    })
}

fn permission() -> impl Strategy<Value = Permission> {
    let words = (sample::select(&["thing", "other", "*"]), sample::select(&["read", "write", "*"]), condition());
    words.prop_map(|(resource, action, condition)| Permission {
        resource: resource.to_owned(),
        action: action.to_owned(),
        condition,
    })
}

fn subject() -> impl Strategy<Value = Subject> {
    let org = (id(), sample::select(ROLES)).prop_map(|(org, role)| (org.to_owned(), role.to_owned()));
    (id(), collection::vec(org, 0..4)).prop_map(|(id, orgs)| Subject { id: id.to_owned(), orgs })
}

/// The plain meaning of a condition, written down a second time.
fn means(condition: &Condition, subject: &Subject, (owner, org): Thing) -> bool {
    let member = |fits: &dyn Fn(&String) -> bool| {
        org.is_some_and(|org| subject.orgs.iter().any(|(id, role)| id == org && fits(role)))
    };
    match condition {
        Condition::Always => true,
        Condition::Owner => owner == Some(subject.id.as_str()),
        Condition::Member => member(&|_| true),
        Condition::MemberAs(roles) => member(&|role| roles.contains(role)),
        Condition::All(parts) => parts.iter().all(|part| means(part, subject, (owner, org))),
        Condition::Any(parts) => parts.iter().any(|part| means(part, subject, (owner, org))),
    }
}

fn database(things: &[Thing]) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    connection
        .execute_batch("CREATE TABLE things (id INTEGER PRIMARY KEY, owner_id TEXT, org_id TEXT) STRICT")
        .unwrap();
    for (id, (owner, org)) in things.iter().enumerate() {
        connection.execute("INSERT INTO things VALUES (?1, ?2, ?3)", (i64::try_from(id).unwrap(), owner, org)).unwrap();
    }
    connection
}

fn bound(param: &Param) -> Value {
    match param {
        Param::Null => Value::Null,
        Param::Integer(n) => Value::Integer(*n),
        Param::Text(text) => Value::Text(text.clone()),
    }
}

fn rows(connection: &rusqlite::Connection, sql: &str, params: impl IntoIterator<Item = Value>) -> Vec<usize> {
    let mut statement = connection.prepare_cached(sql).unwrap();
    let rows = statement.query_map(rusqlite::params_from_iter(params), |row| row.get::<_, i64>(0)).unwrap();
    rows.map(|row| usize::try_from(row.unwrap()).unwrap()).collect()
}

proptest! {
    #[test]
    fn lists_single_reads_and_the_plain_meaning_agree(
        subject in subject(),
        permissions in collection::vec(permission(), 0..4),
        things in collection::vec((option::of(id()), option::of(id())), 0..12),
    ) {
        let reach = Reach::of(&subject, &permissions, "thing", "read");
        let connection = database(&things);
        let params: Vec<Value> = reach.params().iter().map(bound).collect();
        let listed = rows(&connection, LIST, params.clone());
        let granted = |p: &&Permission| ["thing", "*"].contains(&p.resource.as_str()) && ["read", "*"].contains(&p.action.as_str());
        for (id, thing) in things.iter().enumerate() {
            let covered = reach.covers(&Object { owner_id: thing.0, org_id: thing.1 });
            prop_assert_eq!(listed.contains(&id), covered, "list and Rust differ: {:?} {:?}", reach, thing);
            let key = Value::Integer(i64::try_from(id).unwrap());
            let read = rows(&connection, ONE, std::iter::once(key).chain(params.clone()));
            prop_assert_eq!(!read.is_empty(), covered, "one row and Rust differ");
            let meant = permissions.iter().filter(granted).any(|p| means(&p.condition, &subject, *thing));
            prop_assert_eq!(covered, meant, "{:?} {:?}", permissions, thing);
        }
        if reach.is_nothing() {
            prop_assert!(listed.is_empty());
        }
    }

    #[test]
    fn a_permission_more_never_takes_anything_away(
        subject in subject(),
        permissions in collection::vec(permission(), 0..3),
        more in permission(),
        owner in option::of(id()),
        org in option::of(id()),
    ) {
        let object = Object { owner_id: owner, org_id: org };
        let before = Reach::of(&subject, &permissions, "thing", "read").covers(&object);
        let after = Reach::of(&subject, &[permissions, vec![more]].concat(), "thing", "read").covers(&object);
        prop_assert!(after || !before);
    }

    #[test]
    fn a_permission_reads_back_as_it_was_written(permission in permission(), _more in any::<bool>()) {
        let text = serde_json::to_string(&permission).unwrap();
        prop_assert_eq!(serde_json::from_str::<Permission>(&text).unwrap(), permission);
    }
}

fn can(condition: Condition, owner_id: Option<&str>, org_id: Option<&str>) -> bool {
    let subject = Subject {
        id: "usr_1".to_owned(),
        orgs: vec![("org_1".to_owned(), "admin".to_owned()), ("org_2".to_owned(), "member".to_owned())],
    };
    let permission = Permission { resource: "order".to_owned(), action: "read".to_owned(), condition };
    Reach::of(&subject, &[permission], "order", "read").covers(&Object { owner_id, org_id })
}

#[test]
fn what_is_not_granted_is_refused() {
    let reach = Reach::of(&Subject::default(), &[], "order", "read");
    assert!(reach.is_nothing());
    assert!(!reach.covers(&Object::default()));
}

#[test]
fn owners_reach_their_own_and_members_what_is_their_organisations() {
    assert!(can(Condition::Owner, Some("usr_1"), None) && !can(Condition::Owner, Some("usr_2"), None));
    assert!(
        can(Condition::Member, Some("usr_2"), Some("org_2")) && !can(Condition::Member, Some("usr_1"), Some("org_3"))
    );
    let admins = Condition::MemberAs(vec!["admin".to_owned()]);
    assert!(can(admins.clone(), None, Some("org_1")) && !can(admins, None, Some("org_2")));
}

#[test]
fn a_thing_of_nobody_is_reached_by_nobody_who_needs_an_owner() {
    assert!(
        !can(Condition::Owner, None, None) && !can(Condition::Member, None, None) && can(Condition::Always, None, None)
    );
}

#[test]
fn all_of_several_is_stricter_than_each() {
    let both = Condition::All(vec![Condition::Owner, Condition::Member]);
    assert!(can(both.clone(), Some("usr_1"), Some("org_1")));
    assert!(!can(both.clone(), Some("usr_1"), Some("org_3")) && !can(both, Some("usr_2"), Some("org_1")));
}
