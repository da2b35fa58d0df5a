//! Batches that end before they are done: cancelled, expired, orphaned, buried.

use batches::dispatch;
use futures::executor::block_on;
use serde_json::{Value, json};

use crate::service::{Service, lines, said};

const DAY_MS: u64 = 24 * 60 * 60_000;

/// A batch of sixty lines, of which the first slices were asked.
fn begun(service: &Service) -> String {
    let id = service.batch(&lines(60));
    service.step();
    service.step();
    assert_eq!(service.asked().len(), 24);
    id
}

#[test]
fn a_cancelled_batch_keeps_what_it_has_and_asks_nothing_more() {
    let service = Service::new();
    let id = begun(&service);
    let cancel = format!("/v1/batches/{id}/cancel");
    let (status, batch) = service.call("usr_1", "POST", &cancel, &Value::Null);
    assert_eq!((status, &batch["status"]), (200, &json!("cancelling")));
    assert_eq!(service.call("usr_1", "POST", &cancel, &Value::Null).0, 200, "twice is once");
    service.run();
    let batch = service.state(&id);
    assert_eq!((&batch["status"], batch["cancelled_at"].is_u64()), (&json!("cancelled"), true));
    assert_eq!(batch["request_counts"], json!({"total": 60, "completed": 24, "failed": 0}));
    assert_eq!((service.ids_of(&batch, "output_file_id").len(), service.asked().len()), (24, 24));
}

#[test]
fn what_has_ended_cannot_be_cancelled() {
    let service = Service::new();
    let id = service.batch(&lines(1));
    service.run();
    let (status, reply) = service.call("usr_1", "POST", &format!("/v1/batches/{id}/cancel"), &Value::Null);
    assert_eq!((status, &reply["error"]["code"]), (409, &json!("job_ended")));
}

#[test]
fn an_expired_batch_keeps_what_it_has_and_names_what_it_has_not() {
    let service = Service::new();
    let id = begun(&service);
    service.collect();
    service.waiting.borrow_mut().clear();
    service.bench.pass(DAY_MS);
    service.wake();
    service.run();
    let batch = service.state(&id);
    assert_eq!((&batch["status"], batch["expired_at"].is_u64()), (&json!("expired"), true));
    assert_eq!(batch["request_counts"], json!({"total": 60, "completed": 24, "failed": 36}));
    let errors = service.lines_of(&batch, "error_file_id");
    assert_eq!((errors.len(), &errors[0]["custom_id"]), (36, &json!("c25")));
    assert_eq!((&errors[0]["response"], &errors[0]["error"]["code"]), (&Value::Null, &json!("batch_expired")));
}

#[test]
fn an_account_that_is_suspended_ends_its_batch() {
    let service = Service::new();
    let id = begun(&service);
    service.bench.execute("UPDATE users SET status = 'suspended' WHERE id = 'usr_1'");
    service.run();
    let batch = service.state(&id);
    assert_eq!((&batch["status"], &batch["errors"]["data"][0]["code"]), (&json!("failed"), &json!("unauthorized")));
    assert_eq!((service.ids_of(&batch, "output_file_id").len(), service.asked().len()), (24, 24));
    assert_eq!(service.ids_of(&batch, "error_file_id").len(), 36);
}

#[test]
fn a_batch_whose_owner_is_gone_stops_and_leaves_no_step() {
    let service = Service::new();
    begun(&service);
    service.bench.execute("DELETE FROM users WHERE id = 'usr_1'");
    service.run();
    assert_eq!(service.asked().len(), 24);
}

#[test]
fn a_step_that_fails_again_and_again_ends_its_batch_with_what_it_has() {
    let service = Service::new();
    let id = begun(&service);
    service.collect();
    let text = service.waiting.borrow_mut().pop_front().unwrap();
    block_on(dispatch::bury(&service.bench.platform(), Some(&text)));
    service.run();
    let batch = service.state(&id);
    assert_eq!((&batch["status"], &batch["errors"]["data"][0]["code"]), (&json!("failed"), &json!("internal_error")));
    assert_eq!(service.ids_of(&batch, "output_file_id").len(), 24);
}

#[test]
fn steps_that_are_lost_are_found_by_the_schedule() {
    let service = Service::new();
    let id = begun(&service);
    for _ in 0..20 {
        service.collect();
        service.waiting.borrow_mut().clear();
        service.bench.pass(20 * 60_000);
        service.wake();
        service.step();
    }
    service.run();
    assert_eq!(service.state(&id)["status"], "completed");
    assert_eq!(service.asked().len(), 60);
}

#[test]
fn a_model_that_never_answers_ends_lines_as_errors() {
    let service = Service::new();
    service.answering(|_, _| said(503, &json!({})));
    let id = service.batch(&lines(2));
    service.run();
    let batch = service.state(&id);
    assert_eq!(batch["request_counts"], json!({"total": 2, "completed": 0, "failed": 2}));
    assert_eq!((service.asked().len(), &batch["output_file_id"]), (12, &Value::Null));
    assert_eq!(service.lines_of(&batch, "error_file_id")[0]["response"]["status_code"], 503);
}

#[test]
fn nothing_but_its_files_is_left_of_a_batch() {
    let service = Service::new();
    let id = service.batch(&lines(30));
    service.run();
    assert_eq!(service.state(&id)["status"], "completed");
    let left = service.bench.platform();
    let names: Vec<Name> = block_on(async {
        let rows = left.db().batch(vec![uploads::store::take(service.bench.now_ms())]).await;
        rows.unwrap().take(0).unwrap()
    });
    let parts = service.bench.stored(|objects| objects.keys().filter(|name| name.starts_with("batches/")).count());
    assert_eq!((names.iter().filter(|name| name.object.starts_with("batches/")).count(), parts), (2, 2));
}

#[derive(serde::Deserialize)]
struct Name {
    object: String,
}
