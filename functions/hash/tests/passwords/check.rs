//! `POST /check`: right, wrong, none, and older than today.

use std::time::{Duration, Instant};

use hash::phc::{Cost, TODAY};

use crate::service::{CHEAP, PASSWORD, PEPPERS, check, is_todays, service, stored};

#[test]
fn an_older_hash_is_made_anew_when_the_password_was_right() {
    let bench = service(PEPPERS);
    let cheaper = Cost { memory: 64, passes: 3, lanes: 2 };
    for (cost, pepper) in [(CHEAP, Some("p2")), (cheaper, Some("p1")), (CHEAP, None)] {
        let (matches, rehashed) = check(&bench, PASSWORD, Some(&stored(cost, pepper)));
        assert!(matches, "{cost:?} {pepper:?}");
        is_todays(&rehashed.unwrap());
    }
}

#[test]
fn a_hash_of_an_older_pepper_is_made_anew() {
    let (matches, rehashed) = check(&service(PEPPERS), PASSWORD, Some(&stored(TODAY, Some("p1"))));
    assert!(matches);
    let rehashed = rehashed.unwrap();
    is_todays(&rehashed);
    assert_eq!(check(&service(PEPPERS), PASSWORD, Some(&rehashed)), (true, None));
}

#[test]
fn todays_hash_is_left_as_it_is() {
    assert_eq!(check(&service(PEPPERS), PASSWORD, Some(&stored(TODAY, Some("p2")))), (true, None));
}

#[test]
fn a_wrong_password_is_never_hashed_anew() {
    let bench = service(PEPPERS);
    for pepper in [Some("p2"), Some("p1"), None] {
        for wrong in ["", "wrong", "correct horse batter", "Correct horse battery", "correct horse battery\0"] {
            assert_eq!(check(&bench, wrong, Some(&stored(CHEAP, pepper))), (false, None), "{pepper:?} {wrong:?}");
        }
    }
}

#[test]
fn a_hash_of_an_unknown_pepper_fits_nothing() {
    assert_eq!(check(&service(PEPPERS), PASSWORD, Some(&stored(CHEAP, Some("p0")))), (false, None));
}

#[test]
fn a_pepper_is_part_of_the_hash() {
    let swapped = stored(CHEAP, Some("p1")).replace("keyid=p1", "keyid=p2");
    assert_eq!(check(&service(PEPPERS), PASSWORD, Some(&swapped)), (false, None));
    let removed = stored(CHEAP, Some("p1")).replace(",keyid=p1", "");
    assert_eq!(check(&service(PEPPERS), PASSWORD, Some(&removed)), (false, None));
}

#[test]
fn without_a_stored_hash_the_answer_is_no_after_the_same_work() {
    let bench = service(PEPPERS);
    let time = |phc: Option<&str>| {
        let before = Instant::now();
        assert_eq!(check(&bench, "whoever asks", phc), (false, None));
        before.elapsed()
    };
    let cheap = stored(CHEAP, Some("p2"));
    let least = (0..3).map(|_| time(Some(&cheap))).min().unwrap_or(Duration::MAX);
    // A whole hash is some thousand times the cheap one: no noise hides whether it was made.
    for nothing in [None, Some(""), Some("junk"), Some("$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHQ$aGFzaA")] {
        assert!(time(nothing) > least * 10, "{nothing:?}");
    }
}
