//! Ends that nobody waits for: cancelled, deleted, in the name of somebody who is gone; and what is done again.

use serde_json::{Value, json};
use shared::queue::Verdict;

use crate::service::Service;

#[test]
fn a_cancelled_one_asks_nothing_and_stays_so() {
    let service = Service::new();
    let id = service.analysis();
    let cancel = || service.call("usr_1", "POST", &format!("/v1/analyses/{id}/cancel"), &Value::Null);
    assert_eq!(cancel().1["status"], "cancelled");
    assert_eq!(cancel().0, 200, "cancelling twice is cancelling once");
    service.run();
    assert_eq!(service.state(&id)["status"], "cancelled");
    assert!(service.asked().is_empty());
    let done = service.analysis();
    service.run();
    let (status, problem) = service.call("usr_1", "POST", &format!("/v1/analyses/{done}/cancel"), &Value::Null);
    assert_eq!((status, &problem["code"]), (409, &json!("job_ended")));
}

#[test]
fn what_comes_of_one_that_was_cancelled_meanwhile_is_dropped() {
    let service = Service::new();
    let id = service.analysis();
    service.collect();
    let message = service.waiting.borrow_mut().pop_front().unwrap();
    let platform = service.bench.platform();
    let cancel = format!("UPDATE analyses SET status = 'cancelled', step = step + 1, ended_at = 1 WHERE id = '{id}'");
    // The model is asked in between.
    let now = platform.now_ms();
    let claim = vec![analyses::work::store::claim(&id, 0, now + 1, now)];
    futures::executor::block_on(platform.db().batch(claim)).unwrap();
    service.bench.execute(&cancel);
    assert_eq!(service.take(&message), Verdict::Done);
    assert_eq!(service.state(&id)["result"], Value::Null);
}

#[test]
fn a_deleted_one_is_gone_and_with_its_file_all_that_is_known_of_it() {
    let service = Service::new();
    let [one, other] = [service.analysis(), service.analysis()];
    service.run();
    let delete = || service.call("usr_1", "DELETE", &format!("/v1/analyses/{one}"), &Value::Null).0;
    assert_eq!((delete(), delete()), (204, 404));
    let file = service.state(&other)["file_id"].as_str().unwrap().to_owned();
    service.bench.execute(&format!("UPDATE files SET deleted_at = 1 WHERE id = '{file}'"));
    assert_eq!(service.state(&other)["status"], "succeeded", "in the trash it is still known");
    assert_eq!(service.call("usr_1", "POST", &format!("/v1/analyses/{other}/rerun"), &Value::Null).0, 422);
    service.bench.execute(&format!("DELETE FROM files WHERE id = '{file}'"));
    assert_eq!(service.call("usr_1", "GET", &format!("/v1/analyses/{other}"), &Value::Null).0, 404);
}

#[test]
fn a_file_that_goes_into_the_trash_meanwhile_is_not_read() {
    let service = Service::new();
    let id = service.analysis();
    service.bench.execute("UPDATE files SET deleted_at = 1");
    service.run();
    assert_eq!(service.state(&id)["error"]["code"], "file_gone");
    assert!(service.asked().is_empty());
}

#[test]
fn nobody_calls_in_the_name_of_somebody_who_is_gone() {
    let service = Service::new();
    let id = service.analysis();
    service.bench.execute("UPDATE users SET status = 'suspended' WHERE id = 'usr_1'");
    service.run();
    service.bench.execute("UPDATE users SET status = 'active' WHERE id = 'usr_1'");
    assert_eq!(service.state(&id)["error"]["code"], "maker_gone");
    assert!(service.asked().is_empty());
}

#[test]
fn another_model_looks_at_the_same_picture_anew() {
    let service = Service::new();
    let wish = json!({"file_id": service.file("usr_1", crate::service::PICTURE), "task": "text", "prompt": "the sign"});
    let first = service.analysis_of(&wish);
    let (status, second) =
        service.call("usr_1", "POST", &format!("/v1/analyses/{first}/rerun"), &json!({"model": "other"}));
    assert_eq!((status, &second["rerun_of"], &second["model"]), (202, &json!(first), &json!("other")));
    assert_eq!(second["settings"], json!({"prompt": "the sign"}));
    service.run();
    let models: Vec<Value> = service.asked().iter().map(|body| body["model"].clone()).collect();
    assert_eq!(models, ["chat-default", "other"]);
}
