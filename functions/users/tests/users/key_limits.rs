//! Limits of API keys: kept in their row, told to the object that admits their calls.

use serde_json::{Value, json};

use crate::service::Service;

fn made(service: &Service, wish: &Value) -> (Value, String) {
    let (status, reply) = service.call("usr_1", "POST", "/v1/keys", wish);
    assert_eq!(status, 201, "{reply}");
    let path = format!("/v1/keys/{}", reply["id"].as_str().unwrap());
    (reply, path)
}

fn scope(key: &Value) -> String {
    format!("key:{}", key["id"].as_str().unwrap())
}

/// An organisation whose owner is `usr_1`, and its member `usr_2`.
fn organisation(service: &Service) {
    service.add_user("usr_2");
    service.bench.execute(
        "INSERT INTO organisations (id, slug, name, created_at) VALUES ('org_1', 'one', 'One', 0);
         INSERT INTO organisation_roles (organisation_id, name, permissions, changed_as)
         VALUES ('org_1', 'owner', '[]', 'x'), ('org_1', 'member', '[]', 'x');
         INSERT INTO role_grants (organisation_id, role, resource, action, own)
         VALUES ('org_1', 'owner', '*', '*', 0), ('org_1', 'member', 'organisation', 'read', 0);
         INSERT INTO members (organisation_id, user_id, role, joined_at)
         VALUES ('org_1', 'usr_1', 'owner', 0), ('org_1', 'usr_2', 'member', 0);",
    );
}

#[test]
fn a_key_is_made_with_limits_that_its_first_call_takes_along() {
    let service = Service::new();
    let limits = json!({"budget_nano_usd": 9_007_199_254_740_991_u64, "budget_period": "week", "rpm": 5, "tpm": 0, "concurrency": 2});
    let mut wish = limits.clone();
    (wish["name"], wish["models"]) = (json!("k"), json!(["gpt-4o-mini", "claude-*"]));
    let (key, path) = made(&service, &wish);
    for (name, value) in wish.as_object().unwrap() {
        assert_eq!(&key[name], value, "{name}");
    }
    assert_eq!((service.objects.borrow().asked, &key["spent_nano_usd"]), (0, &json!(0)));
    // The very text that travels with a call.
    let id = key["id"].as_str().unwrap();
    let state = shared::auth::KEY_STATE.replace("?1", &format!("'{id}'"));
    let told = service.values(Box::leak(format!("SELECT limits AS value FROM ({state})").into_boxed_str()));
    let told: Value = serde_json::from_str(told[0].as_str().unwrap()).unwrap();
    for (name, value) in limits.as_object().unwrap() {
        assert_eq!(&told[name], value, "{name}");
    }
    assert_eq!(told["version"], 1);
    service.call("usr_1", "GET", &path, &Value::Null);
    assert_eq!(service.learnt("usr_1", &scope(&key)), Some(told_without_nulls(told)));
}

fn told_without_nulls(mut told: Value) -> Value {
    told.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    told
}

#[test]
fn a_change_of_limits_is_told_at_once_and_one_of_the_name_is_not_one() {
    let service = Service::new();
    let (key, path) = made(&service, &json!({"name": "k", "rpm": 5, "budget_nano_usd": 7}));
    let (status, changed) = service.call("usr_1", "PATCH", &path, &json!({"rpm": 6}));
    assert_eq!((status, &changed["rpm"], &changed["budget_nano_usd"]), (200, &json!(6), &json!(7)));
    let told = service.learnt("usr_1", &scope(&key)).unwrap();
    assert_eq!((&told["version"], &told["rpm"], &told["budget_nano_usd"]), (&json!(2), &json!(6), &json!(7)));
    service.call("usr_1", "PATCH", &path, &json!({"name": "other"}));
    assert_eq!(service.learnt("usr_1", &scope(&key)).unwrap()["version"], 2);
    let (_, changed) =
        service.call("usr_1", "PATCH", &path, &json!({"rpm": null, "budget_nano_usd": null, "models": []}));
    assert_eq!((&changed["rpm"], &changed["models"]), (&Value::Null, &json!([])));
    assert_eq!(service.learnt("usr_1", &scope(&key)).unwrap(), json!({"version": 3}));
}

#[test]
fn a_key_without_limits_tells_none() {
    let service = Service::new();
    let (key, path) = made(&service, &json!({"name": "k"}));
    assert_eq!(service.call("usr_1", "GET", &path, &Value::Null).1["reserved_nano_usd"], 2);
    assert_eq!(service.learnt("usr_1", &scope(&key)), Some(json!({"version": 0})));
}

#[test]
fn an_object_that_cannot_be_asked_keeps_nobody_from_their_keys() {
    let service = Service::new();
    let (_, path) = made(&service, &json!({"name": "k", "rpm": 5}));
    service.objects.borrow_mut().down = true;
    let (status, read) = service.call("usr_1", "PATCH", &path, &json!({"rpm": 6}));
    assert_eq!((status, &read["rpm"], &read["spent_nano_usd"]), (200, &json!(6), &Value::Null));
    assert_eq!(service.call("usr_1", "GET", "/v1/keys", &Value::Null).0, 200);
}

#[test]
fn an_organisation_pays_for_keys_of_those_it_lets_and_one_object_is_asked_for_each() {
    let service = Service::new();
    organisation(&service);
    let wish = json!({"name": "k", "organisation_id": "org_1", "rpm": 1});
    let (key, _) = made(&service, &wish);
    assert_eq!(key["organisation_id"], "org_1");
    made(&service, &json!({"name": "own"}));
    made(&service, &json!({"name": "own, too"}));
    assert_eq!(service.objects.borrow().asked, 0);
    let (_, list) = service.call("usr_1", "GET", "/v1/keys", &Value::Null);
    assert!(list["data"].as_array().unwrap().iter().all(|key| key["spent_nano_usd"] == 5));
    assert_eq!(service.objects.borrow().asked, 2);
    assert!(service.learnt("org_1", &scope(&key)).is_some() && service.learnt("usr_1", &scope(&key)).is_none());
    let (status, reply) = service.call("usr_2", "POST", "/v1/keys", &wish);
    assert_eq!((status, &reply["errors"][0]["pointer"]), (422, &json!("/organisation_id")), "a member may not");
    assert_eq!(service.values("SELECT count(*) AS value FROM api_keys"), [json!(3)]);
}

#[test]
fn a_key_of_an_organisation_ends_when_its_maker_may_make_none_there() {
    let service = Service::new();
    organisation(&service);
    let (key, _) = made(&service, &json!({"name": "k", "organisation_id": "org_1"}));
    let id = key["id"].as_str().unwrap();
    let state = shared::auth::KEY_STATE.replace("?1", &format!("'{id}'"));
    let lives: &'static str = Box::leak(format!("SELECT count(*) AS value FROM ({state})").into_boxed_str());
    assert_eq!(service.values(lives), [json!(1)]);
    service.bench.execute("UPDATE role_grants SET resource = 'invitation' WHERE role = 'owner'");
    assert_eq!(service.values(lives), [json!(0)]);
}
