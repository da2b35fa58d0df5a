//! Events get their places, and the chain's end is kept outside.

use serde_json::Value;

use crate::service::{Service, at_once, keys};

fn sequences(service: &Service) -> Vec<Value> {
    service.values("SELECT sequence AS value FROM security_events ORDER BY seq")
}

#[test]
fn nothing_is_sealed_where_nothing_happened() {
    assert_eq!(Service::new().seal(), Ok(None));
}

#[test]
fn events_are_numbered_in_the_order_of_their_rows_and_the_head_names_the_last() {
    let service = Service::new();
    service.events(3);
    let head = service.seal().unwrap().unwrap();
    assert_eq!(sequences(&service), [1, 2, 3]);
    assert_eq!((head.sequence, head.chain.as_str(), head.kid.as_str()), (3, "selvage", "a1"));
    let last = service.values("SELECT hash AS value FROM security_events WHERE sequence = 3");
    assert_eq!(last, [head.hash.as_str()]);
    service.events(2);
    assert_eq!(service.seal().unwrap().unwrap().sequence, 5);
    assert_eq!(service.seal().unwrap().unwrap().sequence, 5, "again: nothing is new");
    let names = service.bench.objects(|objects| {
        let mut names: Vec<_> = objects.keys().cloned().collect();
        names.sort();
        names
    });
    let kept = [
        "head.json",
        "heads/000000000003.json",
        "heads/000000000005.json",
        "segments/000000000001.jsonl",
        "segments/000000000004.jsonl",
    ];
    assert_eq!(names, kept);
}

#[test]
fn more_events_than_one_round_takes_are_sealed_in_several() {
    let service = Service::new();
    service.events(450);
    assert_eq!(service.seal().unwrap().unwrap().sequence, 450);
    let rounds = service.values("SELECT last AS value FROM audit_segments ORDER BY first");
    assert_eq!(rounds, [200, 400, 450]);
}

#[test]
fn what_is_kept_outside_names_nobodys_place() {
    let service = Service::new();
    service.event("signed_in", "usr_1", "192.0.2.77", "SecretBrowser/1", r#"{"from":"old@example.com"}"#);
    service.seal().unwrap();
    service.bench.objects(|objects| {
        for text in objects.values() {
            assert!(
                !text.contains("192.0.2.77") && !text.contains("SecretBrowser") && !text.contains("old@"),
                "{text}"
            );
        }
    });
}

#[test]
fn a_sealer_that_died_before_the_bucket_is_finished_by_the_next() {
    let service = Service::new();
    service.events(2);
    service.bench.objects(|objects| objects.insert("closed".to_owned(), String::new()));
    assert!(service.seal().is_err());
    service.bench.objects(|objects| objects.remove("closed"));
    service.events(1);
    assert_eq!(service.seal().unwrap().unwrap().sequence, 3);
    assert_eq!(sequences(&service), [1, 2, 3]);
}

#[test]
fn a_sealer_that_died_between_database_and_bucket_is_finished_by_the_next() {
    let service = Service::new();
    service.events(2);
    service.seal().unwrap();
    // As if the note that it was kept had been lost, and before it the head, and before it everything.
    for lost in [&[][..], &["heads/000000000002.json"], &["heads/000000000002.json", "segments/000000000001.jsonl"]] {
        service.bench.objects(|objects| lost.iter().for_each(|name| drop(objects.remove(*name))));
        service.bench.execute("UPDATE audit_segments SET published_at = NULL");
        assert_eq!(service.seal().unwrap().unwrap().sequence, 2);
        assert!(service.bench.objects(|objects| objects.contains_key("heads/000000000002.json")));
    }
}

#[test]
fn of_two_sealers_at_once_one_numbers_the_events() {
    let service = Service::new();
    service.events(2);
    // The second one has read the same state.
    let rows = [(1, 1, "00", "00", "00"), (2, 2, "00", "00", "00")];
    let sealed = serde_json::to_string(&rows).unwrap();
    service.seal().unwrap();
    let segment = audit::store::SegmentRow { first: 1, last: 2, hash: "00".to_owned(), sealed_at: 0 };
    let late = at_once(service.platform().db().batch(audit::store::seal(&sealed, &segment)));
    assert!(late.err().unwrap().violates("audit_segments.first"));
    assert_eq!(sequences(&service), [1, 2]);
}

#[test]
fn a_new_key_signs_and_the_heads_of_the_old_one_are_built_on() {
    let service = Service::new();
    service.events(1);
    service.seal().unwrap();
    service.bench.set_var("AUDIT_KEYS", &keys(&[2, 1]));
    service.events(1);
    let head = service.seal().unwrap().unwrap();
    assert_eq!((head.sequence, head.kid.as_str()), (2, "a2"));
}
