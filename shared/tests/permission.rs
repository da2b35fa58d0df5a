//! Permissions: what they grant, and that a list in SQL, a single read in SQL and the decision in Rust always agree,
//! and agree with the plain meaning of the conditions.

#![cfg(test)]

use proptest::prelude::{Just, Strategy, prop_oneof, proptest};
use proptest::{collection, option, prop_assert, prop_assert_eq, sample};
use rusqlite::{Connection, params};
use shared::permission::{Condition, Grant, Membership, Object, Permission, covers, grants, reaches};
use shared::platform::testing::migrated;
use shared::{covers_sql, reach_sql};

const LIST: &str = concat!(
    "SELECT t.id FROM things t WHERE ",
    reach_sql!("?1", "t.organisation_id", "t.owner_id", "thing", "read"),
    " ORDER BY t.id"
);
const ONE: &str = concat!(
    "SELECT t.id FROM things t WHERE t.id = ?2 AND ",
    reach_sql!("?1", "t.organisation_id", "t.owner_id", "thing", "read")
);
const SHOWN: &str = concat!(
    "SELECT ",
    reach_sql!("?1", "t.organisation_id", "t.owner_id", "thing", "read"),
    " FROM things t WHERE t.id = ?2"
);
const COVERS: &str = concat!("SELECT ", covers_sql!("?1", "?2", "?3"));

/// Ids, with some that would be trouble if they ever became SQL.
const IDS: &[&str] = &["a", "b", "c", "A", "", "NULL", "' OR 1=1 --", "[\"a\"]", "é\u{0}x", "\"", "\\"];
const ROLES: &[&str] = &["owner", "admin", "member"];

type Thing = (Option<&'static str>, Option<&'static str>);
/// An organisation, the caller's role there, and what that role may.
type Place = (&'static str, &'static str, Vec<Permission>);

fn id() -> impl Strategy<Value = &'static str> {
    sample::select(IDS)
}

fn condition() -> impl Strategy<Value = Condition> {
    let role = sample::select(ROLES).prop_map(str::to_owned);
    let leaf = prop_oneof![
        Just(Condition::Always),
        Just(Condition::Owner),
        collection::vec(role, 0..3).prop_map(Condition::RoleIn),
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

fn places() -> impl Strategy<Value = Vec<Place>> {
    let place = (id(), sample::select(ROLES), collection::vec(permission(), 0..4));
    collection::vec(place, 0..4).prop_map(|mut places| {
        places.sort_by_key(|(organisation, ..)| *organisation);
        places.dedup_by_key(|(organisation, ..)| *organisation);
        places
    })
}

/// The plain meaning of a condition, written down a second time.
fn means(condition: &Condition, caller: &str, role: &str, owner: Option<&str>) -> bool {
    match condition {
        Condition::Always => true,
        Condition::Owner => owner == Some(caller),
        Condition::RoleIn(roles) => roles.iter().any(|wanted| wanted == role),
        Condition::All(parts) => parts.iter().all(|part| means(part, caller, role, owner)),
        Condition::Any(parts) => parts.iter().any(|part| means(part, caller, role, owner)),
    }
}

fn database(caller: &str, places: &[Place], things: &[Thing]) -> Connection {
    let db = migrated();
    db.execute_batch("CREATE TABLE things (id INTEGER PRIMARY KEY, owner_id TEXT, organisation_id TEXT) STRICT")
        .unwrap();
    db.execute("INSERT INTO users (id, email, created_at) VALUES (?1, 'a@example.com', 0)", [caller]).unwrap();
    for (n, (organisation, role, permissions)) in places.iter().enumerate() {
        let add = "INSERT INTO organisations (id, slug, name, created_at) VALUES (?1, ?2, '', 0)";
        db.execute(add, params![organisation, n.to_string()]).unwrap();
        store_role(&db, organisation, role, permissions);
        db.execute("INSERT INTO members VALUES (?1, ?2, ?3, 0)", params![organisation, caller, role]).unwrap();
    }
    for (n, (owner, organisation)) in things.iter().enumerate() {
        db.execute("INSERT INTO things VALUES (?1, ?2, ?3)", params![number(n), owner, organisation]).unwrap();
    }
    db
}

fn store_role(db: &Connection, organisation: &str, role: &str, permissions: &[Permission]) {
    db.execute("INSERT INTO organisation_roles VALUES (?1, ?2, '[]', '')", params![organisation, role]).unwrap();
    for Grant { resource, action, own } in grants(role, permissions) {
        let add = "INSERT INTO role_grants VALUES (?1, ?2, ?3, ?4, ?5)";
        db.execute(add, params![organisation, role, resource, action, own]).unwrap();
    }
}

fn number(n: usize) -> i64 {
    i64::try_from(n).unwrap()
}

fn rows(db: &Connection, sql: &str, params: impl rusqlite::Params) -> Vec<i64> {
    let mut statement = db.prepare_cached(sql).unwrap();
    statement.query_map(params, |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

proptest! {
    #[test]
    fn lists_single_reads_rust_and_the_plain_meaning_agree(
        caller in id(),
        places in places(),
        things in collection::vec((option::of(id()), option::of(id())), 0..12),
    ) {
        let db = database(caller, &places, &things);
        let compiled = |(organisation, role, permissions): &Place| {
            Membership { organisation_id: (*organisation).to_owned(), grants: grants(role, permissions) }
        };
        let memberships: Vec<Membership> = places.iter().map(compiled).collect();
        let listed = rows(&db, LIST, [caller]);
        let granted = |p: &&Permission| ["thing", "*"].contains(&p.resource.as_str()) && ["read", "*"].contains(&p.action.as_str());
        for (n, (owner, organisation)) in things.iter().enumerate() {
            let object = Object { owner_id: *owner, organisation_id: *organisation };
            let reached = reaches(caller, &memberships, "thing", "read", &object);
            prop_assert_eq!(listed.contains(&number(n)), reached, "list and Rust differ: {:?}", object);
            prop_assert_eq!(rows(&db, ONE, params![caller, number(n)]).len(), usize::from(reached), "one row and Rust differ");
            prop_assert_eq!(rows(&db, SHOWN, params![caller, number(n)]), vec![i64::from(reached)], "column and Rust differ");
            let here = places.iter().filter(|(id, ..)| Some(*id) == *organisation);
            let meant = here.flat_map(|(_, role, all)| all.iter().filter(granted).map(move |p| (role, p)))
                .any(|(role, p)| means(&p.condition, caller, role, *owner));
            prop_assert_eq!(reached, meant, "{:?} {:?}", places, object);
        }
    }

    #[test]
    fn covering_a_role_means_the_same_in_sql_and_in_rust(
        mine in collection::vec(permission(), 0..4),
        theirs in collection::vec(permission(), 0..4),
    ) {
        let db = database("a", &[("o", "admin", mine.clone())], &[]);
        store_role(&db, "o", "member", &theirs);
        let covered = covers(&grants("admin", &mine), &grants("member", &theirs));
        prop_assert_eq!(rows(&db, COVERS, ["a", "o", "member"]), vec![i64::from(covered)]);
        prop_assert_eq!(rows(&db, COVERS, ["a", "o", "admin"]), vec![1], "what one has oneself");
    }

    #[test]
    fn who_covers_a_role_reaches_what_it_reaches(
        mine in collection::vec(permission(), 0..4),
        theirs in collection::vec(permission(), 0..4),
        owner in option::of(id()),
    ) {
        let (mine, theirs) = (grants("admin", &mine), grants("member", &theirs));
        let object = Object { owner_id: owner, organisation_id: Some("o") };
        let reached = |grants: &[Grant]| {
            let place = Membership { organisation_id: "o".to_owned(), grants: grants.to_vec() };
            reaches("a", &[place], "thing", "read", &object)
        };
        prop_assert!(!covers(&mine, &theirs) || !reached(&theirs) || reached(&mine));
    }

    #[test]
    fn a_permission_more_never_takes_anything_away(
        permissions in collection::vec(permission(), 0..3),
        more in permission(),
    ) {
        let before = grants("member", &permissions);
        let after = grants("member", &[permissions, vec![more]].concat());
        prop_assert!(covers(&after, &before));
    }

    #[test]
    fn a_permission_reads_back_as_it_was_written(permission in permission()) {
        let text = serde_json::to_string(&permission).unwrap();
        prop_assert_eq!(serde_json::from_str::<Permission>(&text).unwrap(), permission);
    }
}
