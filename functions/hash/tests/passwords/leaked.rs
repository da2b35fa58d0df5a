//! New passwords that stand in lists of leaked ones.

use std::cell::RefCell;
use std::rc::Rc;

use hash::TABLE;
use hash::filter::{BLOCK, HEADER, Shape};
use serde_json::json;
use sha1::{Digest, Sha1};
use shared::platform::SendError;
use shared::platform::testing::Bench;

use crate::service::{PEPPERS, ask};

const FRESH: &str = "nobody has leaked this one";

/// The function, told where to ask for ranges.
fn service() -> Bench {
    let url = ("PASSWORD_RANGE_URL", "http://ranges.test/range/");
    Bench::new(&TABLE, &[("PEPPERS", PEPPERS), url])
}

/// Whether the password is refused; where not, it was hashed.
fn is_leaked(bench: &Bench, password: &str) -> bool {
    let (status, answer) = ask(bench, "/make", &json!({ "password": password }));
    assert_eq!((status, answer["phc"].is_null()), (200, answer["leaked"] == true), "{answer}");
    answer["leaked"] == true
}

/// A filter with these passwords, in this many blocks.
fn filter(passwords: &[&str], blocks: u32) -> Vec<u8> {
    let shape = Shape { blocks, probes: 14 };
    let mut bytes = shape.write();
    bytes.resize((HEADER + blocks * BLOCK) as usize, 0);
    for password in passwords {
        let sha1 = Sha1::digest(password).into();
        let from = shape.place(&sha1) as usize;
        shape.add(&mut bytes[from..], &sha1);
    }
    bytes
}

/// Answers questions for parts of a file, and notes them.
fn keep(bench: &Bench, file: Vec<u8>) -> Rc<RefCell<Vec<String>>> {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&asked);
    bench.script(move |name, url, body| {
        if name == "internet" {
            return Ok((200, vec![], Vec::new()));
        }
        assert_eq!((name, url), ("PASSWORDS", "leaked.filter"));
        let range = String::from_utf8_lossy(body).into_owned();
        let (from, length) = range.split_once('+').unwrap();
        let (from, length): (usize, usize) = (from.parse().unwrap(), length.parse().unwrap());
        log.borrow_mut().push(range);
        Ok((200, vec![], file.iter().skip(from).take(length).copied().collect()))
    });
    asked
}

#[test]
fn common_passwords_are_refused_without_asking_anybody() {
    let bench = service();
    for password in ["password", "Password1!", "12345678", "qwertyuiop", "P@$$w0rd123", "iloveyou", "Dragon2025"] {
        assert!(is_leaked(&bench, password), "{password}");
    }
    assert!(!is_leaked(&bench, FRESH), "where nothing answers nobody is refused");
}

#[test]
fn the_operators_list_is_asked_for_one_block() {
    let bench = service();
    let asked = keep(&bench, filter(&["ours, leaked", "ours, leaked, too"], 40));
    assert!(is_leaked(&bench, "ours, leaked") && is_leaked(&bench, "ours, leaked, too"));
    assert!(!is_leaked(&bench, FRESH) && !is_leaked(&bench, "ours, leaked "));
    let asked = asked.take();
    assert_eq!(asked.len(), 8, "the beginning and a block for each");
    assert!(asked.iter().all(|range| range == "0+16" || range.ends_with("+4096")), "{asked:?}");
}

#[test]
fn a_list_that_is_broken_refuses_nobody() {
    let good = filter(&["ours, leaked"], 3);
    let mut other = good.clone();
    other[0] ^= 1;
    let none = [&good[..8], &[0; 8]].concat();
    for bad in [vec![], other, none, good[..16].to_vec(), good[..100].to_vec(), vec![0xff; 40_000]] {
        let bench = service();
        keep(&bench, bad);
        assert!(!is_leaked(&bench, "ours, leaked"));
    }
}

/// Answers every range with this body.
fn ranged(status: u16, body: &str) -> (Bench, Rc<RefCell<Vec<String>>>) {
    let (bench, body) = (service(), body.to_owned());
    let asked = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&asked);
    bench.script(move |name, url, _| {
        if name != "internet" {
            return Err(SendError::Unreachable(String::new()));
        }
        log.borrow_mut().push(url.to_owned());
        Ok((status, vec![], body.clone().into_bytes()))
    });
    (bench, asked)
}

fn hex(password: &str) -> String {
    Sha1::digest(password).iter().map(|byte| format!("{byte:02X}")).collect()
}

#[test]
fn the_service_is_told_five_letters_and_padding_means_nothing() {
    let (prefix, suffix) = (hex(FRESH)[..5].to_owned(), hex(FRESH)[5..].to_owned());
    let (bench, asked) = ranged(200, &format!("AAAA:7\r\n{suffix}:3\r\nFFFF:0\r\n"));
    assert!(is_leaked(&bench, FRESH));
    assert_eq!(asked.take(), [format!("http://ranges.test/range/{prefix}")]);
    assert!(is_leaked(&ranged(200, &format!("{}:1", suffix.to_lowercase())).0, FRESH));
    for not in [format!("{suffix}:0"), suffix.clone(), format!("{suffix}0:1"), String::new(), "\u{fffd}:1".into()] {
        assert!(!is_leaked(&ranged(200, &not).0, FRESH), "{not}");
    }
}

#[test]
fn a_service_that_fails_refuses_nobody() {
    let suffix = hex(FRESH)[5..].to_owned();
    assert!(!is_leaked(&ranged(503, &format!("{suffix}:1")).0, FRESH));
    let bench = service();
    bench.script(|_, _, _| Err(SendError::Deadline));
    assert!(!is_leaked(&bench, FRESH));
    let long = format!("{}{suffix}:1", "A:1\n".repeat(200_000));
    assert!(!is_leaked(&ranged(200, &long).0, FRESH));
}

#[test]
fn outside_of_local_stacks_the_service_is_asked_by_https_alone() {
    let vars = [("PEPPERS", PEPPERS), ("ENVIRONMENT", "production"), ("PASSWORD_RANGE_URL", "http://ranges.test")];
    let bench = Bench::new(&TABLE, &vars);
    bench.script(|name, _, _| {
        assert_ne!(name, "internet");
        Err(SendError::Unreachable(String::new()))
    });
    assert!(!is_leaked(&bench, FRESH));
}

#[test]
fn a_password_that_is_only_checked_is_not_looked_up() {
    let bench = service();
    let (status, answer) = ask(&bench, "/check", &json!({"password": "password", "phc": null}));
    assert_eq!((status, &answer["matches"]), (200, &json!(false)));
    assert!(answer.get("leaked").is_none());
}
