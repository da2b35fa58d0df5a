//! What somebody who can write the database can not have sealed.

use crate::service::{Service, keys};

/// Seals two events, lets the intruder change the database, and seals another one.
fn refused(intruder: &str) -> String {
    let service = Service::new();
    service.events(2);
    service.seal().unwrap();
    service.bench.execute(
        "DROP TRIGGER security_events_stay; DROP TRIGGER security_events_are_final; \
         DROP TRIGGER security_events_are_sealed_once;",
    );
    service.bench.execute(intruder);
    service.events(1);
    let before = service.bench.objects(|objects| objects.clone());
    let cause = service.seal().unwrap_err();
    assert_eq!(service.bench.objects(|objects| objects.clone()), before, "nothing was signed");
    cause
}

#[test]
fn a_database_that_was_set_back_is_not_sealed_again() {
    let set_back = "UPDATE security_events SET sequence = NULL, hash = NULL; DELETE FROM audit_segments;";
    assert!(refused(set_back).contains("segments/000000000001.jsonl says something else"));
}

#[test]
fn a_past_that_was_made_anew_is_not_built_on() {
    let anew = "DELETE FROM security_events WHERE sequence = 2; UPDATE audit_segments SET last = 1, sealed = 1;";
    assert!(refused(anew).contains("heads/000000000001.json is not in the bucket"));
}

#[test]
fn events_changed_between_database_and_bucket_are_not_kept() {
    let changed =
        "UPDATE audit_segments SET published_at = NULL; UPDATE security_events SET kind = 'x' WHERE sequence = 1;";
    assert!(refused(changed).contains("the database was changed: event 1"));
}

#[test]
fn a_head_that_another_key_signed_is_not_built_on() {
    let service = Service::new();
    service.events(1);
    service.seal().unwrap();
    service.bench.set_var("AUDIT_KEYS", &keys(&[9]));
    service.events(1);
    assert!(service.seal().unwrap_err().contains("is not signed by a key of AUDIT_KEYS"));
}

#[test]
fn a_mistake_cannot_take_or_change_events() {
    let service = Service::new();
    service.events(1);
    service.seal().unwrap();
    for statement in [
        "DELETE FROM security_events",
        "UPDATE security_events SET kind = 'x'",
        "UPDATE security_events SET user_id = 'usr_2'",
        "UPDATE security_events SET hash = 'x'",
        "UPDATE security_events SET sequence = NULL",
    ] {
        let bench = std::panic::AssertUnwindSafe(&service.bench);
        assert!(std::panic::catch_unwind(|| bench.execute(statement)).is_err(), "{statement}");
    }
}
