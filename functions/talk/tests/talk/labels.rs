//! Labels that move, and rollouts between two versions.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::prompts::{prompt, version};
use crate::service::Service;

/// Which version is rendered for this body.
fn rendered(service: &Service, id: &str, body: &Value) -> u64 {
    service.done("POST", &format!("/v1/prompts/{id}/render"), body)["version"].as_u64().unwrap()
}

fn with_three_versions(service: &Service) -> String {
    let id = prompt(service);
    for n in 2..=3 {
        service.done("POST", &format!("/v1/prompts/{id}/versions"), &version(&format!("text {n}")));
    }
    id
}

fn label(service: &Service, id: &str, name: &str, body: &Value) -> (u16, Value) {
    service.call("usr_1", "PUT", &format!("/v1/prompts/{id}/labels/{name}"), body)
}

#[test]
fn without_a_label_the_newest_is_meant_and_production_once_there_is_one() {
    let service = Service::new();
    let id = with_three_versions(&service);
    assert_eq!(rendered(&service, &id, &json!({})), 3);
    assert_eq!(label(&service, &id, "production", &json!({"version": 1})).0, 200);
    assert_eq!(rendered(&service, &id, &json!({})), 1);
    assert_eq!(rendered(&service, &id, &json!({"version": 2})), 2);
    assert_eq!(label(&service, &id, "staging", &json!({"version": 2})).0, 200);
    assert_eq!(rendered(&service, &id, &json!({"label": "staging"})), 2);
    let (_, moved) = label(&service, &id, "production", &json!({"version": 3}));
    assert_eq!(moved["labels"][0], json!({"label": "production", "version": 3, "rollout": null}));
    assert_eq!(rendered(&service, &id, &json!({})), 3);
    service.done("DELETE", &format!("/v1/prompts/{id}/labels/staging"), &Value::Null);
    let (status, problem) =
        service.call("usr_1", "POST", &format!("/v1/prompts/{id}/render"), &json!({"label": "staging"}));
    assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/label")));
    assert_eq!(service.refused("POST", &format!("/v1/prompts/{id}/render"), &json!({"version": 9})).0, 422);
}

#[test]
fn a_label_leads_only_to_versions_that_exist() {
    let service = Service::new();
    let id = prompt(&service);
    assert_eq!(label(&service, &id, "production", &json!({"version": 2})).0, 422);
    let rollout = json!({"version": 1, "rollout": {"version": 2, "percent": 10}});
    assert_eq!(label(&service, &id, "production", &rollout).0, 422);
    assert_eq!(label(&service, &id, "Production", &json!({"version": 1})).0, 422);
    let rollout = json!({"version": 1, "rollout": {"version": 1, "percent": 101}});
    assert_eq!(label(&service, &id, "production", &rollout).0, 422);
}

#[test]
fn a_rollout_gives_each_key_the_same_version_every_time() {
    let service = Service::new();
    let id = with_three_versions(&service);
    let at = |percent: u32| json!({"version": 1, "rollout": {"version": 2, "percent": percent}});
    let keys: Vec<Value> = (0..60).map(|n| json!({"sticky": format!("customer {n}")})).collect();
    let all = |percent| {
        let (status, told) = label(&service, &id, "production", &at(percent));
        assert_eq!((status, &told["labels"][0]["rollout"]["percent"]), (200, &json!(percent)));
        keys.iter().map(|key| rendered(&service, &id, key)).collect::<Vec<u64>>()
    };
    assert_eq!(all(0), vec![1; 60]);
    let half = all(50);
    assert_eq!(half.iter().copied().collect::<BTreeSet<u64>>(), BTreeSet::from([1, 2]));
    assert_eq!(all(50), half);
    let most = all(90);
    assert!(half.iter().zip(&most).all(|(before, after)| before <= after), "nobody goes back as the share grows");
    assert_eq!(all(100), vec![2; 60]);
    let own = rendered(&service, &id, &json!({}));
    assert_eq!(rendered(&service, &id, &json!({"sticky": "usr_1"})), own, "the caller is the key unless one is given");
    assert_eq!(rendered(&service, &id, &json!({"version": 3})), 3, "a version that is named is that version");
}
