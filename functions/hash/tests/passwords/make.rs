//! `POST /make`, and readiness.

use serde_json::json;

use crate::service::{PASSWORD, PEPPERS, ask, check, is_todays, make, service};

#[test]
fn a_new_hash_is_of_todays_standard_and_fits_its_password_alone() {
    let bench = service(PEPPERS);
    let phc = make(&bench, PASSWORD);
    is_todays(&phc);
    assert_eq!(check(&bench, PASSWORD, Some(&phc)), (true, None));
    assert_eq!(check(&bench, "wrong", Some(&phc)), (false, None));
}

#[test]
fn the_same_password_gets_another_salt_each_time() {
    let bench = service(PEPPERS);
    assert_ne!(make(&bench, PASSWORD), make(&bench, PASSWORD));
}

#[test]
fn the_standard_is_owasps() {
    assert!(make(&service(PEPPERS), "密码").starts_with("$argon2id$v=19$m=19456,t=2,p=1,keyid=p2$"));
}

#[test]
fn without_a_usable_pepper_nothing_is_made_or_checked() {
    let short = r#"[{"id":"p1","key":"c2hvcnQ"}]"#;
    let padded = r#"[{"id":"p1","key":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}]"#;
    let unnamed = r#"[{"id":"","key":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}]"#;
    let breaking = r#"[{"id":"p$1","key":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}]"#;
    for peppers in ["", "[]", "{}", "junk", short, padded, unnamed, breaking] {
        let bench = service(peppers);
        assert_eq!(ask(&bench, "/make", &json!({"password": PASSWORD})).0, 503, "{peppers}");
        assert_eq!(ask(&bench, "/check", &json!({"password": PASSWORD})).0, 503, "{peppers}");
        assert_eq!(bench.request("GET", "/readyz", &[], "").status, 503, "{peppers}");
        assert_eq!(bench.request("GET", "/healthz", &[], "").status, 200, "{peppers}");
    }
}

#[test]
fn with_a_pepper_the_function_is_ready() {
    let out = service(PEPPERS).request("GET", "/readyz", &[], "");
    assert_eq!((out.status, out.body.as_slice()), (200, br#"{"status":"ok","service":"hash"}"#.as_slice()));
}

#[test]
fn a_question_that_cannot_be_read_is_refused() {
    let bench = service(PEPPERS);
    assert_eq!(ask(&bench, "/make", &json!({})).0, 422);
    assert_eq!(ask(&bench, "/make", &json!({"password": PASSWORD, "cost": 1})).0, 422);
    assert_eq!(ask(&bench, "/check", &json!({"password": 5})).0, 422);
}

#[test]
fn a_password_gets_into_no_log_line_and_no_answer() {
    let bench = service(PEPPERS);
    for (path, body) in [("/make", json!({"password": "hunter2"})), ("/check", json!({"password": "hunter2"}))] {
        let out = bench.request("POST", path, &[], &body.to_string());
        assert_eq!(out.status, 200);
        assert!(!out.line.contains("hunter2") && !String::from_utf8_lossy(&out.body).contains("hunter2"));
    }
}

#[test]
fn every_row_of_the_table_can_be_reached() {
    assert!(hash::TABLE.is_sound());
}
