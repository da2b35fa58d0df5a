//! The function under test, and hashes made without it.

use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64Unpadded, Encoding};
use hash::TABLE;
use hash::phc::{Cost, Phc, TODAY};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use shared::platform::testing::Bench;

pub(crate) const PASSWORD: &str = "correct horse battery";
/// Two peppers of 32 bytes: the newer one first.
pub(crate) const PEPPERS: &str = r#"[{"id":"p2","key":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"},
                                     {"id":"p1","key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU"}]"#;
const KEYS: [(&str, &[u8]); 3] = [
    ("p2", b"0123456789abcdef0123456789abcdef"),
    ("p1", b"abcdefghijklmnopqrstuvwxyz012345"),
    ("p0", b"this one was removed long ago ..."),
];

/// The least Argon2id accepts.
pub(crate) const CHEAP: Cost = Cost { memory: 8, passes: 1, lanes: 1 };

/// The function with these peppers.
pub(crate) fn service(peppers: &str) -> Bench {
    Bench::new(&TABLE, &[("PEPPERS", peppers)])
}

/// A question, and the status and JSON of the answer.
pub(crate) fn ask(bench: &Bench, path: &str, question: &Value) -> (u16, Value) {
    bench.json("POST", path, None, &question.to_string())
}

/// A new hash.
pub(crate) fn make(bench: &Bench, password: &str) -> String {
    let (status, answer) = ask(bench, "/make", &json!({ "password": password }));
    assert_eq!(status, 200, "{answer}");
    answer["phc"].as_str().unwrap().to_owned()
}

/// What the function says of the right or wrong password for a stored hash.
pub(crate) fn check(bench: &Bench, password: &str, phc: Option<&str>) -> (bool, Option<String>) {
    let (status, answer) = ask(bench, "/check", &json!({"password": password, "phc": phc}));
    assert_eq!((status, answer.as_object().unwrap().len()), (200, 2), "{answer}");
    (answer["matches"].as_bool().unwrap(), answer["rehashed"].as_str().map(str::to_owned))
}

/// A hash of `PASSWORD` by these parameters, made by the reference alone.
pub(crate) fn stored(cost: Cost, pepper: Option<&str>) -> String {
    let key = pepper.map(|id| KEYS.iter().find(|(name, _)| *name == id).unwrap().1);
    let input = match key {
        None => PASSWORD.as_bytes().to_vec(),
        Some(key) => {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
            mac.update(PASSWORD.as_bytes());
            mac.finalize().into_bytes().to_vec()
        }
    };
    let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(32)).unwrap();
    let mut hash = [0; 32];
    let salt = b"sixteen bytes ..";
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(&input, salt, &mut hash).unwrap();
    let keyid = pepper.map_or_else(String::new, |id| format!(",keyid={id}"));
    let Cost { memory, passes, lanes } = cost;
    let (salt, hash) = (Base64Unpadded::encode_string(salt), Base64Unpadded::encode_string(&hash));
    format!("$argon2id$v=19$m={memory},t={passes},p={lanes}{keyid}${salt}${hash}")
}

/// Asserts that a hash is one of today's standard.
pub(crate) fn is_todays(phc: &str) {
    let read = Phc::read(phc).unwrap();
    assert_eq!((read.cost, read.pepper.as_deref()), (TODAY, Some("p2")), "{phc}");
    assert_eq!((read.salt.len(), read.hash.len()), (16, 32), "{phc}");
}
