//! What is tried again, what comes twice, and what is asked and charged once all the same.

use serde_json::{Value, json};
use shared::platform::SendError;
use shared::queue::Verdict;

use crate::service::{Service, completion, said};

#[test]
fn a_message_that_comes_twice_asks_once() {
    let service = Service::new();
    let id = service.analysis();
    service.collect();
    let message = service.waiting.borrow()[0].clone();
    for _ in 0..3 {
        assert_eq!(service.take(&message), Verdict::Done);
    }
    assert_eq!(service.asked().len(), 1);
    assert_eq!(service.state(&id)["status"], "succeeded");
}

#[test]
fn a_message_that_comes_while_somebody_is_at_it_does_nothing() {
    let service = Service::new();
    let id = service.analysis();
    let now = service.bench.now_ms();
    service.bench.execute(&format!("UPDATE analyses SET leased_until = {} WHERE id = '{id}'", now + 60_000));
    service.run();
    assert!(service.asked().is_empty());
    // They died: after the lease the schedule sends another.
    service.bench.pass(120_000);
    service.wake();
    service.run();
    assert_eq!(service.state(&id)["status"], "succeeded");
}

#[test]
fn what_may_pass_is_tried_again_under_the_same_key() {
    let service = Service::new();
    service.answering(|n| match n {
        1 => said(429, &json!({"error": {"message": "slow down"}})),
        2 => Err(SendError::Deadline),
        3 => said(503, &json!({})),
        _ => completion(r#"{"text":"","language":null}"#),
    });
    let id = service.analysis();
    service.run();
    let now = service.state(&id);
    assert_eq!((&now["status"], &now["retries"]), (&json!("succeeded"), &json!(3)));
    assert_eq!(now["call"]["request_id"], json!(format!("{id}-0")), "the call had one key all the time");
    let asked = service.asked();
    assert_eq!(asked.len(), 4);
    assert!(asked.iter().all(|body| *body == asked[0]), "and one body");
}

#[test]
fn what_never_passes_fails_after_eight_tries() {
    let service = Service::new();
    service.answering(|_| said(503, &json!({"error": {"message": "no room", "code": "unavailable"}})));
    let id = service.analysis();
    service.run();
    let error = service.state(&id)["error"].clone();
    assert_eq!((&error["code"], &error["status"]), (&json!("unavailable"), &json!(503)));
    assert_eq!(service.asked().len(), 8);
}

#[test]
fn an_answer_that_does_not_fit_is_asked_anew_twice() {
    let service = Service::new();
    service.answering(|n| completion(if n < 3 { "I see a sign." } else { r#"{"text":"STOP","language":"en"}"# }));
    let id = service.analysis();
    service.run();
    assert_eq!(service.state(&id)["call"]["request_id"], json!(format!("{id}-2")));
    service.answering(|_| completion("I see a sign."));
    let id = service.analysis();
    service.run();
    assert_eq!(service.state(&id)["error"]["code"], "unfit_answer");
    assert_eq!(service.asked().len(), 6);
}

#[test]
fn what_will_not_pass_fails_at_once_with_the_reason() {
    for (status, said_code, code) in [
        (402, "insufficient_quota", "budget_exhausted"),
        (404, "model_not_found", "model_not_found"),
        (422, "validation_failed", "validation_failed"),
    ] {
        let service = Service::new();
        service.answering(move |_| said(status, &json!({"error": {"message": "no", "code": said_code}})));
        let id = service.analysis();
        service.run();
        let now = service.state(&id);
        assert_eq!(now["error"], json!({"code": code, "detail": "no", "status": status}));
        assert_eq!((service.asked().len(), &now["status"]), (1, &json!("failed")));
    }
}

#[test]
fn a_message_that_is_lost_is_sent_again_by_the_schedule() {
    let service = Service::new();
    let id = service.analysis();
    service.bench.queued();
    service.wake();
    assert!(service.bench.queued().is_empty(), "one may be on its way");
    service.bench.pass(60_000);
    service.wake();
    service.run();
    assert_eq!(service.state(&id)["status"], "succeeded");
}

#[test]
fn what_cannot_be_worked_on_is_a_dead_letter_and_can_be_replayed() {
    let service = Service::new();
    let id = service.analysis();
    service.collect();
    let message = service.waiting.borrow_mut().pop_front().unwrap();
    let bytes = service.bench.stored(std::mem::take);
    for _ in 0..6 {
        assert_eq!(service.take(&message), Verdict::Again(10), "the bucket has lost the bytes");
    }
    let bury =
        || futures::executor::block_on(analyses::work::dispatch::bury(&service.bench.platform(), Some(&message)));
    assert_eq!((bury(), bury()), (Verdict::Done, Verdict::Done));
    assert_eq!(service.state(&id)["error"]["code"], "dead_letter");
    service.bench.stored(|stored| *stored = bytes);
    let (status, replayed) = service.call("usr_1", "POST", &format!("/v1/analyses/{id}/replay"), &Value::Null);
    assert_eq!((status, &replayed["status"], &replayed["error"]), (202, &json!("queued"), &Value::Null));
    // The old message knows nothing of the new try.
    assert_eq!((service.take(&message), bury()), (Verdict::Done, Verdict::Done));
    service.run();
    assert_eq!((service.state(&id)["status"].clone(), service.asked().len()), (json!("succeeded"), 1));
    let (status, problem) = service.call("usr_1", "POST", &format!("/v1/analyses/{id}/replay"), &Value::Null);
    assert_eq!((status, &problem["code"]), (409, &json!("not_failed")));
}
