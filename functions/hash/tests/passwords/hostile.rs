//! Stored hashes that nobody here made.

use std::time::{Duration, Instant};

use crate::service::{CHEAP, PASSWORD, PEPPERS, check, service, stored};

/// Asserts that `good`, with one part replaced, fits nothing.
fn refused(part: &str, by: &str) {
    let good = stored(CHEAP, Some("p2"));
    assert!(good.contains(part), "{part}");
    let bad = good.replacen(part, by, 1);
    assert_eq!(check(&service(PEPPERS), PASSWORD, Some(&bad)), (false, None), "{bad}");
}

#[test]
fn the_good_one_fits() {
    assert!(check(&service(PEPPERS), PASSWORD, Some(&stored(CHEAP, Some("p2")))).0);
}

#[test]
fn parameters_out_of_bounds_fit_nothing_and_cost_no_more_than_a_hash() {
    let started = Instant::now();
    refused("m=8", "m=4294967295");
    refused("m=8", "m=1048576");
    refused("t=1", "t=4294967295");
    refused("p=1", "p=16777215");
    assert!(started.elapsed() < Duration::from_secs(60), "a terabyte of memory would take longer");
}

#[test]
fn parameters_that_do_not_go_together_fit_nothing() {
    refused("p=1", "p=4");
    refused("m=8", "m=7");
    refused("t=1", "t=0");
    refused("p=1", "p=0");
}

#[test]
fn other_algorithms_and_versions_fit_nothing() {
    refused("argon2id", "argon2i");
    refused("argon2id", "argon2d");
    refused("v=19", "v=16");
    refused("argon2id$v=19$m=8,t=1,p=1,keyid=p2", "2b$10");
}

#[test]
fn cut_and_grown_strings_fit_nothing() {
    let good = stored(CHEAP, Some("p2"));
    let cut = good.rsplit_once('$').unwrap().0;
    for bad in
        [cut, &format!("{cut}$"), &format!("{good}$"), &format!("{good}AAAA"), &good[..good.len() - 4], &good[1..]]
    {
        assert_eq!(check(&service(PEPPERS), PASSWORD, Some(bad)), (false, None), "{bad}");
    }
}

#[test]
fn salts_and_hashes_out_of_bounds_fit_nothing() {
    refused("c2l4dGVlbiBieXRlcyAuLg", "c2FsdA");
    refused("c2l4dGVlbiBieXRlcyAuLg", &"A".repeat(88));
    refused("c2l4dGVlbiBieXRlcyAuLg", "????");
    refused("keyid=p2", "keyid=");
    refused("keyid=p2", "keyid=p2,x=1");
}
