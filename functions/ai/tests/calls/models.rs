//! Which models there are, and whether the function is ready.

use ai::TABLE;
use shared::platform::testing::Bench;

use crate::service::{Service, answer};

fn service() -> Service {
    Service::new(|| answer(500, ""))
}

#[test]
fn the_list_begins_with_the_default_and_names_every_owner() {
    let (status, list) = service().get("/v1/models");
    assert_eq!((status, &list["object"]), (200, &"list".into()));
    let models = list["data"].as_array().unwrap();
    assert_eq!((&models[0]["id"], &models[0]["owned_by"]), (&"chat-default".into(), &"openai".into()));
    assert!(models.iter().all(|model| model["object"] == "model" && model["created"].is_u64()));
    assert!(models.iter().any(|model| model["id"] == "simulated-chat" && model["owned_by"] == "simulator"));
}

#[test]
fn a_listed_model_can_be_read_by_its_name() {
    let (status, model) = service().get("/v1/models/gpt-4o-mini");
    assert_eq!((status, &model["id"], &model["created"]), (200, &"gpt-4o-mini".into(), &1_721_260_800.into()));
}

#[test]
fn a_model_that_is_not_listed_is_404() {
    for name in ["gpt-9", "openai/gpt-9", "kimi-k3"] {
        let (status, body) = service().get(&format!("/v1/models/{name}"));
        assert_eq!((status, &body["error"]["code"]), (404, &"model_not_found".into()), "{name}");
    }
}

#[test]
fn without_a_token_no_model_is_named() {
    let bench = Bench::new(&TABLE, &[("OPENAI_API_KEY", "sk-test-key")]);
    for path in ["/v1/models", "/v1/models/gpt-4o-mini"] {
        assert_eq!(bench.json("GET", path, None, "").0, 401);
    }
}

#[test]
fn without_a_provider_the_function_lives_but_is_not_ready() {
    let bench = Bench::new(&TABLE, &[]);
    assert_eq!(bench.json("GET", "/healthz", None, "").0, 200);
    assert_eq!(bench.json("GET", "/readyz", None, "").0, 503);
    let provided = Bench::new(&TABLE, &[("SIMULATOR_URL", "http://simulator.test")]);
    assert_eq!(provided.json("GET", "/readyz", None, "").0, 200);
}
