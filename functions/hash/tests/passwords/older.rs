//! Hashes that other systems made. The samples come from the C library's `crypt` and from Python's `hashlib`.

use std::time::{Duration, Instant};

use crate::service::{PASSWORD, PEPPERS, check, is_todays, service};

const BCRYPT: &str = "$2b$06$abcdefghijklmnopqrstuu50eFBEC8vQwBnuFXMHE45jBnqvQ8xz.";
const SCRYPT: &str = "$scrypt$ln=14,r=8,p=1$c2l4dGVlbiBieXRlcyAuLg$Kofytx4OT5IV6h54R5m8I6SB6DfWJIfBUaacDHLLRtw";
/// As better-auth hashes.
const WIDER: &str = "$scrypt$ln=14,r=16,p=1$c2l4dGVlbiBieXRlcyAuLg$\
fepz9UAPMM3cf1V/APLiW+3K/7KeCkoc9/coMDnA28Wzlfb9oR+QSS2MMyLHmfxOK9NGvxuDs9LXks/OvRi+ig";

fn upgraded(password: &str, stored: &str) {
    let (matches, rehashed) = check(&service(PEPPERS), password, Some(stored));
    assert!(matches, "{stored}");
    is_todays(&rehashed.unwrap());
}

fn refused(password: &str, stored: &str) {
    assert_eq!(check(&service(PEPPERS), password, Some(stored)), (false, None), "{password:?} {stored}");
}

#[test]
fn a_right_password_is_hashed_anew() {
    for stored in [BCRYPT, SCRYPT, WIDER] {
        upgraded(PASSWORD, stored);
    }
    upgraded("密码密码密码密码", "$2a$06$abcdefghijklmnopqrstuud4mRx6jbCgVaqIXQtp6rKDIC0hcTmue");
}

#[test]
fn bcrypt_reads_72_bytes_as_it_does_elsewhere() {
    let of_a_hundred = "$2y$06$abcdefghijklmnopqrstuueHLWckpI7Ut91D6aWthlKy4VKsT9yUG";
    upgraded(&"x".repeat(100), of_a_hundred);
    upgraded(&"x".repeat(72), of_a_hundred);
    refused(&"x".repeat(71), of_a_hundred);
}

#[test]
fn a_wrong_password_fits_nothing() {
    for stored in [BCRYPT, SCRYPT] {
        for wrong in ["", "wrong", "Correct horse battery", "correct horse battery\0"] {
            refused(wrong, stored);
        }
    }
}

#[test]
fn parameters_out_of_bounds_fit_nothing_and_cost_no_more_than_a_hash() {
    let started = Instant::now();
    for (good, bad) in [("$06$", "$31$"), ("$06$", "$13$"), ("$06$", "$03$"), ("$06$", "$-1$"), ("$06$", "$$")] {
        refused(PASSWORD, &BCRYPT.replace(good, bad));
    }
    for bad in ["ln=63", "ln=255", "ln=18", "ln=0", "ln=-1", "ln=x"] {
        refused(PASSWORD, &SCRYPT.replace("ln=14", bad));
    }
    for (good, bad) in [("r=8", "r=4294967295"), ("r=8", "r=0"), ("p=1", "p=1073741823"), ("p=1", "p=0")] {
        refused(PASSWORD, &SCRYPT.replace(good, bad));
    }
    assert!(started.elapsed() < Duration::from_secs(60), "two billion rounds would take longer");
}

#[test]
fn cut_and_grown_strings_fit_nothing() {
    for good in [BCRYPT, SCRYPT] {
        for bad in [&good[..good.len() - 1], &good[1..], &format!("{good}A"), &format!("{good}$"), &good[..20]] {
            refused(PASSWORD, bad);
        }
        refused(PASSWORD, &good.replace("$", "$$"));
    }
    refused(PASSWORD, &BCRYPT.replace("$2b$", "$2x$"));
    refused(PASSWORD, &BCRYPT.replace("abcdef", "abc\u{e9}f"));
}
