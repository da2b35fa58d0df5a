//! What follows from events: unusual sign-ins, and letters to owners.

use serde_json::Value;

use crate::service::{Service, at_once};

const LINUX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const PHONE: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1";

impl Service {
    fn watch(&self) {
        at_once(audit::watch::run(&self.platform())).unwrap();
    }

    fn sign_in(&self, agent: &str, country: &str) {
        let detail = format!(r#"{{"methods":["password"],"session_id":"ses_x","country":"{country}"}}"#);
        self.event("signed_in", "usr_1", "192.0.2.1", agent, &detail);
    }

    fn letters(&self) -> Vec<Value> {
        self.values("SELECT kind || ': ' || about AS value FROM letters ORDER BY id")
    }

    fn unusual(&self) -> Vec<Value> {
        self.values("SELECT detail AS value FROM security_events WHERE kind = 'unusual_sign_in' ORDER BY seq")
    }
}

#[test]
fn a_new_device_is_noted_and_its_owner_told_once() {
    let service = Service::new();
    service.sign_in(LINUX, "DE");
    service.watch();
    assert_eq!((service.unusual().len(), service.letters().len()), (0, 0), "the first one is like none");
    service.sign_in(PHONE, "DE");
    service.watch();
    let detail = r#"{"session_id":"ses_x","reasons":["new_device"],"device":"Safari on iPhone","country":"DE"}"#;
    assert_eq!(service.unusual(), [detail]);
    assert_eq!(service.letters(), ["unusual: Safari on iPhone · DE · 192.0.2.1 · 2026-11-20 10:30 UTC"]);
    assert_eq!(service.bench.queued().len(), 1, "it was handed over");
    service.sign_in(PHONE, "DE");
    service.sign_in(LINUX, "DE");
    service.watch();
    service.watch();
    assert_eq!((service.unusual().len(), service.letters().len()), (1, 1));
}

#[test]
fn a_new_country_is_noted_however_many_sign_ins_are_looked_at_together() {
    let service = Service::new();
    for _ in 0..25 {
        service.sign_in(LINUX, "DE");
    }
    service.bench.pass(7_200_000);
    service.sign_in(LINUX, "BR");
    service.sign_in(LINUX, "BR");
    service.watch();
    assert_eq!(service.unusual().len(), 1);
    assert_eq!(service.letters().len(), 1);
}

#[test]
fn a_device_of_which_the_owner_was_told_is_noted_again_and_not_mailed_again() {
    let service = Service::new();
    service.sign_in(LINUX, "DE");
    let failures = |service: &Service| {
        let slot = service.bench.now_ms() / 600_000;
        service.bench.execute(&format!(
            "INSERT INTO sign_in_failures VALUES ('usr_1', {slot}, 7) ON CONFLICT DO UPDATE SET failures = 7"
        ));
    };
    for _ in 0..2 {
        failures(&service);
        service.sign_in(LINUX, "DE");
        service.watch();
    }
    assert_eq!(service.letters().len(), 1);
    // The first sign-in of all comes after these failures, too.
    assert_eq!(service.unusual().len(), 3);
    assert!(service.unusual().iter().all(|detail| detail.as_str().unwrap().contains("after_failures")));
}

#[test]
fn a_session_that_moved_makes_its_place_known() {
    let service = Service::new();
    service.sign_in(LINUX, "DE");
    service.watch();
    let now = service.bench.now_ms();
    service.bench.execute(&format!(
        "INSERT INTO sessions (id, user_id, created_at, expires_at, last_used_at, user_agent, network, country) \
         VALUES ('ses_2', 'usr_1', 0, 9000000000000, {now}, '{LINUX}', '203.0.113.1', 'BR')"
    ));
    service.bench.pass(7_200_000);
    service.sign_in(LINUX, "BR");
    service.watch();
    assert_eq!(service.unusual().len(), 0);
}

#[test]
fn the_owner_is_told_that_a_refresh_token_was_used_twice() {
    let service = Service::new();
    service.event("refresh_reused", "usr_1", "203.0.113.9", "curl/8.5.0", "{}");
    service.watch();
    assert_eq!(service.letters(), ["reused: curl · 203.0.113.9 · 2026-11-20 10:30 UTC"]);
    service.watch();
    assert_eq!(service.letters().len(), 1);
}

#[test]
fn of_two_who_look_at_once_one_tells_the_owner() {
    let service = Service::new();
    service.event("refresh_reused", "usr_1", "n", "curl/8", "{}");
    service.watch();
    let late = at_once(service.platform().db().batch(vec![audit::watch_store::move_on(0, 1)]));
    assert!(late.err().unwrap().violates("audit_watch.seq"));
}

#[test]
fn what_nobody_looked_at_for_a_day_is_no_news() {
    let service = Service::new();
    service.event("refresh_reused", "usr_1", "n", "curl/8", "{}");
    service.bench.pass(86_400_001);
    service.watch();
    assert_eq!(service.letters().len(), 0);
}

#[test]
fn a_letter_that_cannot_be_handed_over_waits_for_the_schedule_of_mail() {
    let service = Service::new();
    service.bench.set_var("CLOSED_QUEUE", "MAIL");
    service.event("refresh_reused", "usr_1", "n", "curl/8", "{}");
    assert!(at_once(audit::watch::run(&service.platform())).is_err());
    assert_eq!(service.values("SELECT state AS value FROM letters"), ["waiting"]);
}
