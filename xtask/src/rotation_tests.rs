//! Replacing keys, step by step.

use super::*;
use crate::dev_vars::{fresh_secrets, parse};

fn fresh() -> Vars {
    parse(&fresh_secrets().unwrap())
}

/// The names, or the beginnings, of a variable's keys.
fn keys_of(which: Which, vars: &Vars) -> Vec<String> {
    let name = |key: &Value| {
        let named = ["kid", "id"].iter().find_map(|name| key.get(*name));
        named.unwrap_or(key).as_str().unwrap().to_owned()
    };
    read(which, vars).unwrap().iter().map(name).collect()
}

fn apply(vars: &Vars, step: fn(Which, &Vars) -> Result<Vars>, which: Which) -> Vars {
    let mut all = vars.clone();
    all.extend(step(which, vars).unwrap());
    all
}

#[test]
fn the_new_key_is_known_before_it_is_used_and_the_old_one_goes_last() {
    for which in [Which::Pepper, Which::Store, Which::Refresh, Which::Link] {
        let before = fresh();
        let old = keys_of(which, &before).remove(0);
        let known = apply(&before, known, which);
        let new = keys_of(which, &known).remove(1);
        assert_eq!(keys_of(which, &known), [old.clone(), new.clone()], "{which:?}");
        let used = apply(&known, used, which);
        assert_eq!(keys_of(which, &used), [new.clone(), old], "{which:?}");
        assert_eq!(keys_of(which, &apply(&used, retired, which)), [new], "{which:?}");
    }
}

#[test]
fn of_signing_keys_the_one_that_was_known_long_before_signs() {
    let before = fresh();
    let [first, second] = keys_of(Which::Signing, &before).try_into().unwrap();
    let known = apply(&before, known, Which::Signing);
    let third = keys_of(Which::Signing, &known).remove(2);
    let used = apply(&known, used, Which::Signing);
    assert_eq!(keys_of(Which::Signing, &used), [second.clone(), third.clone(), first.clone()]);
    let public = |vars: &Vars| vars["AUTH_JWKS"].clone();
    assert!([&first, &second, &third].iter().all(|kid| public(&used).contains(kid.as_str())));
    assert!(!public(&used).contains("\"d\""));
    assert!(super::known(Which::Signing, &used).is_err(), "the old one must be retired first");
    let retired = apply(&used, retired, Which::Signing);
    assert_eq!(keys_of(Which::Signing, &retired), [second, third]);
    assert!(!public(&retired).contains(&first));
}

#[test]
fn the_public_part_of_a_key_that_signed_heads_stays() {
    let used = apply(&apply(&fresh(), known, Which::Audit), used, Which::Audit);
    let retired = read(Which::Audit, &apply(&used, retired, Which::Audit)).unwrap();
    assert_eq!(retired.len(), 2);
    assert!(retired[0].get("d").is_some() && retired[1].get("d").is_none() && retired[1].get("x").is_some());
}

#[test]
fn a_new_pepper_has_a_new_name() {
    let twice = apply(&apply(&fresh(), known, Which::Pepper), known, Which::Pepper);
    assert_eq!(keys_of(Which::Pepper, &twice), ["p1", "p2", "p3"]);
    let count = Which::Pepper.still_needed(&twice).unwrap().unwrap();
    assert!(count.ends_with("WHERE password LIKE '%,keyid=p2$%' OR password LIKE '%,keyid=p3$%'"), "{count}");
}

#[test]
fn other_lines_of_the_file_stay_as_they_are() {
    let text = "# mine\nSTORE_KEY=a\nexport LINK_KEY='b'\n\nMAIL_FROM='A <a@b.c>' # why\n";
    let changes = Vars::from([("STORE_KEY".to_owned(), "n,a".to_owned()), ("NEW".to_owned(), "x".to_owned())]);
    let edited = edited(text, &changes);
    assert_eq!(edited, "# mine\nSTORE_KEY=n,a\nexport LINK_KEY='b'\n\nMAIL_FROM='A <a@b.c>' # why\nNEW=x\n");
}

#[test]
fn the_file_says_how_far_a_replacement_has_come() {
    let text = marked("A=1\n", Which::Store, Some((Step::Known, 7)));
    assert_eq!(mark(&text, Which::Store), Some((Step::Known, 7)));
    assert_eq!(mark(&text, Which::Link), None);
    let text = marked(&text, Which::Store, Some((Step::Used, 9)));
    assert_eq!((mark(&text, Which::Store), text.lines().count()), (Some((Step::Used, 9)), 2));
    assert_eq!(marked(&text, Which::Store, None), "A=1\n");
    assert_eq!(parse(&text), Vars::from([("A".to_owned(), "1".to_owned())]));
}

#[test]
fn access_tokens_that_live_longer_keep_their_key_longer() {
    let vars = parse("ACCESS_TOKEN_SECONDS=604800\n");
    assert_eq!((Which::Signing.life_s(&vars), Which::Signing.life_s(&Vars::new())), (604_860, 660));
}

#[test]
fn an_unknown_key_is_refused_with_the_known_ones() {
    let refusal = Which::of("salt").unwrap_err().to_string();
    assert!(refusal.contains("salt") && refusal.contains("signing, pepper, store, refresh, link, audit"));
}
