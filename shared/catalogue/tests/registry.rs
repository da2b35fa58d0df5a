//! What a registry may hold: every fault of an entry, and of entries together, is found and named by its place.

#![cfg(test)]

use catalogue::registry::documents::{Document, Documents};
use catalogue::registry::{Kind, Registry, Where, faults};
use serde_json::{Value, json};

fn provider() -> Value {
    json!({
        "id": "acme", "base_url": "https://api.acme.example/v1",
        "auth": {"header": "authorization", "prefix": "Bearer "},
        "paths": {"chat": "/chat/completions"},
        "usage": {"reply": "/usage", "prompt": ["/prompt_tokens"], "cached": [], "completion": ["/completion_tokens"], "reasoning": []},
        "models": [{"id": "big", "context": 1000, "max_output": 100}]
    })
}

fn model() -> Value {
    json!({"provider": "acme", "id": "small", "context": 1000, "max_output": 100, "capabilities": ["chat"],
        "versions": [{"version": "1", "id": "small-1"}, {"version": "2", "id": "small-2", "priced_as": "tiny"}], "current": "1"})
}

fn price() -> Value {
    json!({"version": "v1", "provider": "acme", "model": "big", "valid_from": "2026-01-01", "currency": "USD",
        "rates": {"input_pico_usd": 1, "cached_pico_usd": 1, "output_pico_usd": 1}, "source": "s"})
}

fn route(id: &str) -> Value {
    json!({"id": id, "variants": [{"name": "a", "weight": 1, "targets": [{"provider": "acme", "model": "big"}]}]})
}

fn whole() -> Value {
    json!({"providers": [provider()], "models": [model()], "prices": [price()], "routes": [route("fast")],
        "aliases": [{"id": "quick", "model": "fast"}, {"id": "huge", "model": "acme/big"}, {"id": "old", "model": "gpt-4o"}]})
}

/// `kind index pointer code` of each fault.
fn found(registry: &Value) -> Vec<String> {
    found_in(registry, Where::Deployed)
}

fn found_in(registry: &Value, place: Where) -> Vec<String> {
    let registry = Registry::from_json(&registry.to_string()).unwrap();
    let all = faults(&registry, place).into_iter();
    all.map(|fault| format!("{} {} {} {}", fault.kind.name(), fault.index, fault.pointer, fault.code)).collect()
}

/// The faults after `pointer` has another value; `null` removes it.
fn changed(pointer: &str, value: Value) -> Vec<String> {
    let mut registry = whole();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match registry.pointer_mut(parent).unwrap() {
        Value::Object(members) if value.is_null() => _ = members.remove(name),
        Value::Object(members) => _ = members.insert(name.to_owned(), value),
        Value::Array(elements) if name == "-" => elements.push(value),
        other => *other.get_mut(name.parse::<usize>().unwrap()).unwrap() = value,
    }
    found(&registry)
}

#[test]
fn a_sound_registry_has_no_fault() {
    assert_eq!(found(&whole()), [""; 0]);
    assert_eq!(found(&json!({})), [""; 0]);
}

#[test]
fn a_provider_may_say_where_it_is_published() {
    assert_eq!(changed("/providers/0/sources", json!(["https://acme.example/docs"])), [""; 0]);
}

#[test]
fn a_provider_is_checked_by_itself() {
    for (pointer, value, fault) in [
        ("id", json!("Acme"), "/id invalid"),
        ("base_url", json!("http://api.acme.example/v1"), "/base_url invalid"),
        ("base_url", json!("https://u:p@acme.example"), "/base_url invalid"),
        ("base_url", Value::Null, "/base_url missing"),
        ("base_url_env", json!("STORE_KEY"), "/base_url_env unknown"),
        ("key_env", json!("STORE_KEY"), "/key_env unknown"),
        ("models_env", json!("STORE_KEY"), "/models_env unknown"),
        ("auth", json!({"header": "Host", "prefix": ""}), "/auth/header invalid"),
        ("auth", json!({"header": "host", "prefix": ""}), "/auth/header invalid"),
        ("auth", json!({"header": "x-key", "prefix": "a\nb"}), "/auth/prefix invalid"),
        ("headers", json!({"host": "x"}), "/headers/host invalid"),
        ("headers", json!({"x-version": "a\nb"}), "/headers/x-version invalid"),
        ("paths", json!({}), "/paths missing"),
        ("paths", json!({"chat": "chat"}), "/paths/chat invalid"),
        (
            "errors",
            json!([{"status": [500, 400], "class": "retry", "show": "unavailable"}]),
            "/errors/0/status invalid",
        ),
        ("default_model", json!("none"), "/default_model unknown"),
        ("models", json!([{"id": "big", "context": 10, "max_output": 11}]), "/models/0/max_output invalid"),
    ] {
        let all = changed(&format!("/providers/0/{pointer}"), value.clone());
        assert!(all.contains(&format!("provider 0 {fault}")), "{pointer} {value}: {all:?}");
    }
    let mut local = whole();
    local["providers"][0]["base_url"] = json!("http://127.0.0.1:9/v1");
    assert_eq!(found_in(&local, Where::Local), [""; 0]);
}

#[test]
fn a_model_is_checked_by_itself_and_beside_others() {
    for (pointer, value, fault) in [
        ("provider", json!("nobody"), "/provider unknown"),
        ("context", json!(0), "/context invalid"),
        ("max_output", json!(1001), "/max_output invalid"),
        ("released", json!("yesterday"), "/released invalid"),
        ("capabilities", json!(["Chat"]), "/capabilities invalid"),
        ("current", json!("3"), "/current unknown"),
        ("aliases", json!(["big"]), "/id duplicate"),
        ("versions", json!([{"version": "1", "id": "big"}]), "/id duplicate"),
        (
            "versions",
            json!([{"version": "1", "id": "x"}, {"version": "1", "id": "y"}]),
            "/versions/1/version duplicate",
        ),
    ] {
        let all = changed(&format!("/models/0/{pointer}"), value);
        assert!(all.contains(&format!("model 0 {fault}")), "{pointer}: {all:?}");
    }
    assert_eq!(changed("/models/-", model()), ["model 1 /id duplicate"]);
    // In the place of a model of the provider's own document, or of a built-in provider.
    assert_eq!(changed("/models/0/id", json!("big")), [""; 0]);
    assert_eq!(changed("/models/0/provider", json!("openai")), [""; 0]);
}

#[test]
fn a_model_without_context_is_no_model() {
    let mut registry = whole();
    registry["models"][0].as_object_mut().unwrap().remove("context");
    let fault = Registry::from_json(&registry.to_string()).unwrap_err();
    assert_eq!(fault.to_string(), "/models/0/context: is missing");
}

#[test]
fn the_names_of_a_model_say_what_is_sent_and_paid_for() {
    let registry = Registry::from_json(&whole().to_string()).unwrap();
    let model = &registry.models[0].model;
    let sent = |name: &str| model.sent_as(name).map(|sent| format!("{} {}", sent.id, sent.priced_as));
    assert_eq!(sent("small").as_deref(), Some("small-1 small"));
    assert_eq!(sent("small@2").as_deref(), Some("small-2 tiny"));
    assert_eq!(sent("small-2").as_deref(), Some("small-2 tiny"));
    for unknown in ["small@", "small@3", "smal", "@2", ""] {
        assert_eq!(sent(unknown), None, "{unknown}");
    }
}

#[test]
fn an_alias_leads_somewhere_and_to_no_alias() {
    assert_eq!(changed("/aliases/0/model", json!("nothing")), ["alias 0 /model unknown"]);
    assert_eq!(changed("/aliases/0/model", json!("huge")), ["alias 0 /model unknown"]);
    assert_eq!(changed("/aliases/0/model", json!("acme/nothing")), ["alias 0 /model unknown"]);
    assert_eq!(changed("/aliases/0/model", json!("acme/small@2")), [""; 0]);
    // The environment may give a built-in provider models that are not known here.
    assert_eq!(changed("/aliases/0/model", json!("openai/tuned")), [""; 0]);
    assert_eq!(changed("/aliases/0/id", json!("fast")), ["alias 0 /id duplicate"]);
    assert_eq!(changed("/aliases/0/id", json!("a/b")), ["alias 0 /id invalid"]);
    assert_eq!(changed("/aliases/1/id", json!("quick")), ["alias 1 /id duplicate"]);
}

#[test]
fn prices_do_not_overlap() {
    let second = |version: &str, from: &str, until: Value| {
        let mut price = price();
        price["version"] = json!(version);
        price["valid_from"] = json!(from);
        price["valid_until"] = until;
        changed("/prices/-", price)
    };
    assert_eq!(second("v2", "2026-06-01", Value::Null), [""; 0]);
    assert_eq!(second("v2", "2025-06-01", json!("2026-01-01")), [""; 0]);
    assert_eq!(second("v2", "2025-06-01", json!("2026-01-02")).len(), 2);
    assert_eq!(
        second("v2", "2026-01-01", Value::Null),
        ["price 0 /valid_from overlaps", "price 1 /valid_from overlaps"]
    );
    assert_eq!(second("v1", "2026-06-01", Value::Null), ["price 0 /version duplicate", "price 1 /version duplicate"]);
    assert_eq!(changed("/prices/0/valid_until", json!("2026-01-01")), ["price 0 /valid_until invalid"]);
    assert_eq!(changed("/prices/0/valid_from", json!("2026-1-1")), ["price 0 /valid_from invalid"]);
    assert_eq!(changed("/prices/0/currency", json!("EUR")), ["price 0 /currency invalid"]);
}

#[test]
fn a_price_may_not_take_the_version_of_a_built_in_one() {
    let mut price = price();
    price["provider"] = json!("openai");
    price["model"] = json!("gpt-4o");
    let built_in = catalogue::builtin::prices().rows().iter().find(|row| row.model == "gpt-4o").unwrap();
    assert_eq!(changed("/prices/0", price.clone()), [""; 0]);
    price["version"] = json!(built_in.version);
    assert_eq!(changed("/prices/0", price), ["price 0 /version duplicate"]);
}

#[test]
fn a_route_has_somebody_to_ask() {
    for (pointer, value, fault) in [
        ("id", json!("a b"), "/id invalid"),
        ("variants", json!([]), "/variants missing"),
        ("variants/0/weight", json!(0), "/variants weights"),
        ("variants/0/weight", json!(101), "/variants/0/weight invalid"),
        ("variants/0/name", json!(""), "/variants/0/name invalid"),
        ("variants/0/targets", json!([]), "/variants/0/targets missing"),
        ("variants/0/targets/0/model", json!("none"), "/variants/0/targets/0/model unknown"),
        ("variants/0/targets/0/provider", json!("nobody"), "/variants/0/targets/0/model unknown"),
        ("variants/0/targets/0/timeout_ms", json!(1), "/variants/0/targets/0/timeout_ms invalid"),
        ("variants/0/targets/0", json!({"route": "none"}), "/variants/0/targets/0/route unknown"),
        ("shadow", json!({"provider": "acme", "model": "none", "percent": 0}), "/shadow/model unknown"),
        ("shadow", json!({"provider": "acme", "model": "big", "percent": 101}), "/shadow/percent invalid"),
        ("hedge_ms", json!(1), "/hedge_ms invalid"),
        ("degraded", json!({"text": ""}), "/degraded/text invalid"),
        ("cache", json!({"ttl": 5}), "/cache/ttl invalid"),
        ("cache", json!({"ttl_s": 604_801}), "/cache/ttl_s invalid"),
        ("cache", json!({"semantic": {"model": 3}}), "/cache/semantic/model invalid"),
        ("guard", json!({"mask": ["email"]}), "/guard/rules invalid"),
        ("guard", json!({"rules": [{"id": "a", "find": ["mail"]}]}), "/guard/rules/0/find/0 invalid"),
        ("guard", json!({"rules": [{"id": "a", "words": ["x"], "mask": true}]}), "/guard/rules/0/mask invalid"),
        ("guard", json!({"rules": [{"id": "a", "judge": {"model": "m"}}]}), "/guard/rules/0/judge/policy invalid"),
    ] {
        let all = changed(&format!("/routes/0/{pointer}"), value);
        assert!(all.contains(&format!("route 0 {fault}")), "{pointer}: {all:?}");
    }
    assert_eq!(changed("/routes/-", route("fast")), ["route 1 /id duplicate"]);
}

#[test]
fn fallbacks_lead_nowhere_back() {
    let to = |id: &str, next: &[&str]| {
        let targets: Vec<Value> = next.iter().map(|next| json!({"route": next})).collect();
        json!({"id": id, "variants": [{"name": "a", "weight": 1, "targets": targets}]})
    };
    let of = |routes: Value| found(&json!({"providers": [provider()], "routes": routes}));
    assert_eq!(of(json!([to("a", &["a"])])), ["route 0 /variants loop"]);
    let two = of(json!([to("a", &["b"]), to("b", &["a"]), route("c")]));
    assert_eq!(two, ["route 0 /variants loop", "route 1 /variants loop"]);
    assert_eq!(of(json!([to("a", &["b", "c"]), to("b", &["c"]), route("c")])), [""; 0]);
    // Each names the next one twice: counted naively this would never end.
    let mut doubling: Vec<Value> =
        (0..60).map(|i| to(&format!("r{i}"), &[format!("r{}", i + 1).as_str(); 2])).collect();
    doubling.push(route("r60"));
    assert!(of(json!(doubling)).contains(&"route 0 /variants invalid".to_owned()));
}

#[test]
fn documents_are_kept_as_they_were_written() {
    let text = format!(
        r#"{{"aliases":[{{"model" : "gpt-4o","id":"b"}}, {{"id":"a","model":"gpt-4o"}}],"routes":[{}]}}"#,
        route("r")
    );
    let documents = Documents::from_json(&text).unwrap();
    let ids: Vec<&str> = documents.of(Kind::Alias).map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(documents.find(Kind::Alias, "b").unwrap().text, r#"{"model" : "gpt-4o","id":"b"}"#);
    assert_eq!(Documents::from_json(&documents.to_json()).unwrap(), documents);
    let twice = r#"{"aliases":[{"id":"a","model":"x"},{"id":"a","model":"y"}]}"#;
    assert_eq!(Documents::from_json(twice).unwrap_err().to_string(), "/aliases/1/id: is there twice");
    assert_eq!(Documents::from_json(r#"{"more":[]}"#).unwrap_err().pointer, "/more");
}

#[test]
fn changes_lead_from_one_registry_to_the_next() {
    let alias = |id: &str, model: &str| Document {
        kind: Kind::Alias,
        id: id.to_owned(),
        text: json!({"id": id, "model": model}).to_string(),
    };
    let mut before = Documents::default();
    before.put(alias("a", "x"));
    before.put(alias("b", "x"));
    let mut after = before.clone();
    assert_eq!(before.changes_to(&after), []);
    after.put(alias("b", "y"));
    after.put(alias("c", "x"));
    assert!(after.remove(Kind::Alias, "a"));
    assert!(!after.remove(Kind::Route, "b"));
    let changes = before.changes_to(&after);
    let seen: Vec<_> = changes.iter().map(|c| (c.id.as_str(), c.before.is_some(), c.after.is_some())).collect();
    assert_eq!(seen, [("a", true, false), ("b", true, true), ("c", false, true)]);
}
