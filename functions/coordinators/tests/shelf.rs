//! The shelf of answers: one makes what many ask for, nothing is given past its time, and it never grows too large.

#![cfg(test)]

use std::collections::HashMap;

use coordinators::answers::shelf::{Claimed, MOST_ANSWERS, MOST_BYTES, Shelf};
use proptest::prelude::*;

const LATER: u64 = 1_000;

fn claim(shelf: &mut Shelf, key: &str, holder: &str, now_ms: u64) -> Claimed {
    shelf.claim(key, holder, now_ms + 100, true, now_ms)
}

#[test]
fn of_many_who_ask_one_makes_it_and_all_get_it() {
    let mut shelf = Shelf::default();
    assert_eq!(claim(&mut shelf, "k", "a", 0), Claimed::Lead);
    assert_eq!(claim(&mut shelf, "k", "b", 1), Claimed::Wait);
    assert_eq!(claim(&mut shelf, "other", "b", 1), Claimed::Lead);
    assert_eq!(shelf.put("k", LATER, 10, 2), Some(vec![]));
    assert_eq!(claim(&mut shelf, "k", "b", 3), Claimed::Hit);
}

#[test]
fn an_answer_past_its_time_is_not_given() {
    let mut shelf = Shelf::default();
    shelf.put("k", LATER, 10, 0);
    assert_eq!(claim(&mut shelf, "k", "a", LATER - 1), Claimed::Hit);
    assert_eq!(claim(&mut shelf, "k", "a", LATER), Claimed::Lead);
    assert_eq!(shelf.sweep(LATER), ["k"]);
    assert_eq!((shelf.bytes(), shelf.next_expiry_ms()), (0, None));
}

#[test]
fn who_gives_up_or_is_gone_frees_the_key() {
    let mut shelf = Shelf::default();
    claim(&mut shelf, "k", "a", 0);
    assert!(!shelf.give_up("k", "b"));
    assert!(shelf.give_up("k", "a"));
    assert_eq!(claim(&mut shelf, "k", "b", 1), Claimed::Lead);
    assert_eq!(shelf.lapse(100), [] as [&str; 0]);
    assert_eq!(shelf.lapse(101), ["k"]);
    assert_eq!(claim(&mut shelf, "k", "c", 102), Claimed::Lead);
    assert!(!shelf.give_up("k", "b"));
    assert_eq!(claim(&mut shelf, "k", "d", 202), Claimed::Lead);
}

#[test]
fn who_wants_a_new_answer_makes_it_though_there_is_one() {
    let mut shelf = Shelf::default();
    shelf.put("k", LATER, 10, 0);
    assert_eq!(shelf.claim("k", "a", 100, false, 1), Claimed::Lead);
    assert_eq!(shelf.claim("k", "b", 100, false, 1), Claimed::Lead);
    assert_eq!(claim(&mut shelf, "k", "c", 2), Claimed::Hit);
    shelf.put("k", LATER, 7, 3);
    assert_eq!(shelf.bytes(), 7);
}

#[test]
fn the_one_asked_for_longest_ago_goes_first() {
    let third = MOST_BYTES / 3;
    let mut shelf =
        Shelf::load(vec![("a".into(), LATER, third), ("b".into(), LATER, third), ("c".into(), LATER, third)]);
    claim(&mut shelf, "a", "x", 1);
    assert_eq!(shelf.put("d", LATER, third, 1), Some(vec!["b".to_owned()]));
    assert_eq!(shelf.put("e", LATER, MOST_BYTES + 1, 1), None);
    assert_eq!(claim(&mut shelf, "a", "x", 1), Claimed::Hit);
}

#[test]
fn there_is_room_for_so_many_answers() {
    let mut shelf = Shelf::default();
    for i in 0..=MOST_ANSWERS {
        let gone = shelf.put(&i.to_string(), LATER, 1, 0).unwrap();
        assert_eq!(gone.len(), usize::from(i == MOST_ANSWERS));
    }
    assert_eq!(shelf.bytes(), MOST_ANSWERS as u64);
}

proptest! {
    #[test]
    fn whatever_happens_one_makes_an_answer_and_sums_are_right(
        steps in prop::collection::vec((0..6_u8, 0..3_u8, 0..4_u8, 0..40_u64), 0..60),
    ) {
        let mut shelf = Shelf::default();
        // Who makes which answer until when; which answers are kept until when, of which size.
        let (mut makers, mut kept) = (HashMap::<u8, (u8, u64)>::new(), HashMap::<u8, (u64, u64)>::new());
        let mut now = 0;
        for (what, key, who, n) in steps {
            let (name, holder) = (key.to_string(), who.to_string());
            now += n;
            match what {
                0..=2 => {
                    let claimed = claim(&mut shelf, &name, &holder, now);
                    let is_kept = kept.get(&key).is_some_and(|(until, _)| *until > now);
                    let is_made = makers.get(&key).is_some_and(|(_, until)| *until > now);
                    let expected = if is_kept { Claimed::Hit } else if is_made { Claimed::Wait } else { Claimed::Lead };
                    prop_assert_eq!(claimed, expected);
                    if claimed == Claimed::Lead {
                        makers.insert(key, (who, now + 100));
                    }
                }
                3 => {
                    prop_assert!(shelf.put(&name, now + n * 3, n, now).is_some());
                    makers.remove(&key);
                    kept.retain(|_, (until, _)| *until > now);
                    if n > 0 {
                        kept.insert(key, (now + n * 3, n));
                    } else {
                        kept.remove(&key);
                    }
                }
                4 => {
                    let held = makers.get(&key).is_some_and(|(maker, _)| *maker == who);
                    prop_assert_eq!(shelf.give_up(&name, &holder), held);
                    if held {
                        makers.remove(&key);
                    }
                }
                _ => {
                    shelf.sweep(now);
                    kept.retain(|_, (until, _)| *until > now);
                    prop_assert_eq!(shelf.bytes(), kept.values().map(|(_, bytes)| bytes).sum::<u64>());
                }
            }
        }
    }
}
