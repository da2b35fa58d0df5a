//! What names mean when something was registered, and who is asked by routes.

use std::rc::Rc;

use ai::endpoint::Endpoint;
use ai::money::price::date_ms;
use ai::provider::catalogue::{Catalogue, Key};
use ai::registry::snapshot::{PoolKey, Snapshot};
use ai::registry::way::Draw;
use ai::route::plan::Plan;
use catalogue::registry::Registry;
use serde_json::{Value, json};

fn provider(id: &str) -> Value {
    json!({
        "id": id, "base_url": format!("https://{id}.example/v1"),
        "auth": {"header": "authorization", "prefix": "Bearer "}, "paths": {"chat": "/chat/completions"},
        "usage": {"reply": "/usage", "prompt": [], "cached": [], "completion": [], "reasoning": []},
        "models": [{"id": format!("{id}-big"), "context": 1000, "max_output": 100, "capabilities": ["chat", "tools"]},
            {"id": format!("{id}-small"), "context": 500, "max_output": 100, "capabilities": ["chat"]}]
    })
}

fn hop(provider: &str, size: &str) -> Value {
    json!({"provider": provider, "model": format!("{provider}-{size}")})
}

fn variant(name: &str, weight: u32, targets: Value) -> Value {
    json!({"name": name, "weight": weight, "targets": targets})
}

fn catalogue_with(registry: &Value, keys: Vec<PoolKey>, vars: &[(&str, &str)]) -> Catalogue {
    let registry = Rc::new(Registry::from_json(&registry.to_string()).unwrap());
    let snapshot = Snapshot { registry, keys: Rc::new(keys), ..Snapshot::default() };
    let lookup = |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    Catalogue::build(lookup, &snapshot)
}

fn catalogue(registry: &Value) -> Catalogue {
    catalogue_with(registry, Vec::new(), &[("OPENAI_API_KEY", "sk-test"), ("SIMULATOR_URL", "http://simulator.test")])
}

fn draw(user: &str, random: u64) -> Draw<'_> {
    Draw { user, key: None, body: "{}", header: &|_| None, random }
}

fn asked(plan: &Plan) -> Vec<&str> {
    plan.targets.iter().map(|target| target.model.as_str()).collect()
}

fn pool(provider: &str, origin: &str) -> PoolKey {
    let key = Key::new("pk_1".to_owned(), "sk-pooled".to_owned());
    PoolKey { provider: provider.to_owned(), origin: origin.to_owned(), key }
}

#[test]
fn a_registered_provider_can_be_called() {
    let found = catalogue(&json!({"providers": [provider("acme")]}));
    let plan = found.plan("acme-big", &draw("u", 0)).unwrap();
    assert_eq!((asked(&plan), &plan.route), (vec!["acme-big"], &None));
    assert_eq!(plan.targets[0].upstream.url(Endpoint::Chat).unwrap(), "https://acme.example/v1/chat/completions");
    assert_eq!(asked(&found.plan("acme/acme-small", &draw("u", 0)).unwrap()), ["acme-small"]);
    assert!(found.plan("acme/other", &draw("u", 0)).is_err());
}

#[test]
fn a_provider_that_wants_a_key_waits_for_one() {
    let mut wanting = provider("acme");
    wanting["key_required"] = json!(true);
    let registry = json!({"providers": [wanting]});
    assert!(catalogue(&registry).plan("acme-big", &draw("u", 0)).is_err());
    let with = catalogue_with(&registry, vec![pool("acme", "https://acme.example")], &[]);
    let plan = with.plan("acme-big", &draw("u", 0)).unwrap();
    assert_eq!(plan.targets[0].upstream.keys[0].expose(), "sk-pooled");
}

#[test]
fn a_key_goes_to_no_other_origin_and_no_other_provider() {
    let registry = json!({"providers": [provider("acme"), provider("other")]});
    let keys = vec![pool("acme", "https://acme.example"), pool("other", "https://elsewhere.example")];
    let found = catalogue_with(&registry, keys, &[]);
    let keys = |model: &str| found.resolve(model).unwrap().upstream.keys.len();
    assert_eq!((keys("acme-big"), keys("other-big")), (1, 0));
}

#[test]
fn pooled_keys_stand_beside_those_of_the_environment() {
    let vars = [("OPENAI_API_KEY", "sk-a, sk-b")];
    let pooled = |origin: &str| catalogue_with(&json!({}), vec![pool("openai", origin)], &vars);
    let keys = |found: &Catalogue| found.resolve("gpt-4o").unwrap().upstream.keys.len();
    assert_eq!(keys(&pooled("https://api.openai.com")), 3);
    // With another base URL the key that was given for OpenAI's stays where it is.
    let moved = [("OPENAI_API_KEY", "sk-a"), ("OPENAI_BASE_URL", "https://proxy.example/v1")];
    let moved = catalogue_with(&json!({}), vec![pool("openai", "https://api.openai.com")], &moved);
    assert_eq!(keys(&moved), 1);
    // And without one in the environment the pool is enough.
    let alone = catalogue_with(&json!({}), vec![pool("openai", "https://api.openai.com")], &[]);
    assert_eq!(keys(&alone), 1);
}

#[test]
fn what_is_registered_stands_in_the_place_of_what_is_built_in() {
    let mut own = provider("simulator");
    own["models"] = json!([{"id": "simulated-chat", "context": 7, "max_output": 7}]);
    let registry = json!({"providers": [own], "models": [
        {"provider": "openai", "id": "gpt-4o", "context": 9, "max_output": 9},
        {"provider": "openai", "id": "ft:gpt-4o:acme", "context": 9, "max_output": 9}]});
    let found = catalogue(&registry);
    let context = |name: &str| found.resolve(name).unwrap().limits.unwrap().context;
    assert_eq!((context("simulated-chat"), context("gpt-4o"), context("openai/ft:gpt-4o:acme")), (7, 9, 9));
    assert!(found.resolve("simulated-reasoning").is_err());
    assert_eq!(context("gpt-4o-mini"), 128_000);
    assert_eq!(
        found.resolve("simulated-chat").unwrap().upstream.url(Endpoint::Chat).unwrap(),
        "https://simulator.example/v1/chat/completions"
    );
}

#[test]
fn versions_have_names_and_one_is_the_models_own() {
    let registry = json!({"models": [{"provider": "openai", "id": "house", "context": 9, "max_output": 9, "current": "2",
        "versions": [{"version": "1", "id": "ft:one", "priced_as": "gpt-4o"}, {"version": "2", "id": "ft:two"}]}]});
    let found = catalogue(&registry);
    let sent = |name: &str| found.resolve(name).map(|target| format!("{} {}", target.model, target.priced_as)).ok();
    assert_eq!(sent("house").as_deref(), Some("ft:two house"));
    assert_eq!(sent("house@1").as_deref(), Some("ft:one gpt-4o"));
    assert_eq!(sent("openai/ft:one").as_deref(), Some("ft:one gpt-4o"));
    assert_eq!(sent("house@3"), None);
}

#[test]
fn a_registered_price_counts_before_a_built_in_one() {
    let rates = json!({"input_pico_usd": 5, "cached_pico_usd": 5, "output_pico_usd": 5});
    let registry = json!({"prices": [{"version": "house", "provider": "openai", "model": "gpt-4o",
        "valid_from": "2026-06-01", "valid_until": "2026-07-01", "currency": "USD", "rates": rates, "source": "s"}]});
    let target = catalogue(&registry).resolve("gpt-4o").unwrap();
    let version = |day: &str| target.price(date_ms(day).unwrap()).unwrap().version.clone();
    assert_eq!(version("2026-06-15"), "house");
    assert_ne!(version("2026-07-01"), "house");
    assert_ne!(version("2026-05-31"), "house");
}

#[test]
fn an_alias_means_a_model_or_a_route() {
    let route = json!({"id": "chat-default", "variants": [variant("a", 1, json!([hop("acme", "big")]))]});
    let aliases = json!([{"id": "quick", "model": "chat-default"}, {"id": "gpt-4o", "model": "acme/acme-small"}]);
    let found = catalogue(&json!({"providers": [provider("acme")], "routes": [route], "aliases": aliases}));
    let plan = |name: &str| found.plan(name, &draw("u", 0)).unwrap();
    assert_eq!((asked(&plan("quick")), plan("quick").route.as_deref()), (vec!["acme-big"], Some("chat-default")));
    // A registered name comes first, also before the default and a model's own.
    assert_eq!(asked(&plan("chat-default")), ["acme-big"]);
    assert_eq!(asked(&plan("gpt-4o")), ["acme-small"]);
    assert_eq!(asked(&plan("openai/gpt-4o")), ["gpt-4o"]);
}

#[test]
fn the_default_is_as_ever_where_nobody_registered_it() {
    let vars = [("SIMULATOR_URL", "http://simulator.test"), ("CHAT_DEFAULT_MODEL", "acme/acme-small")];
    let found = catalogue_with(&json!({"providers": [provider("acme")]}), Vec::new(), &vars);
    assert_eq!(asked(&found.plan("chat-default", &draw("u", 0)).unwrap()), ["acme-small"]);
    assert_eq!(asked(&catalogue(&json!({})).plan("chat-default", &draw("u", 0)).unwrap()), ["gpt-4o-mini"]);
}

#[test]
fn fallbacks_keep_their_order_and_who_is_not_configured_is_left_out() {
    let targets = json!([{"provider": "acme", "model": "acme-big", "timeout_ms": 900}, {"route": "spare"}, hop("moonshot", "x"), hop("acme", "small")]);
    let spare =
        json!({"id": "spare", "variants": [variant("a", 1, json!([{"provider": "openai", "model": "gpt-4o"}]))]});
    let route = json!({"id": "main", "variants": [variant("a", 1, targets)], "hedge_ms": 300, "degraded": {"text": "Later."},
        "cache": {"ttl": 5}, "guard": {"mask": ["email"]}, "shadow": {"provider": "acme", "model": "acme-small", "percent": 100}});
    let found = catalogue(&json!({"providers": [provider("acme")], "routes": [route, spare]}));
    let plan = found.plan("main", &draw("u", 0)).unwrap();
    assert_eq!(asked(&plan), ["acme-big", "gpt-4o", "acme-small"]);
    assert_eq!(plan.targets.iter().map(|target| target.timeout_ms).collect::<Vec<_>>(), [Some(900), None, None]);
    assert_eq!((plan.hedge_ms, plan.degraded.as_deref()), (Some(300), Some("Later.")));
    assert_eq!((plan.cache.as_deref(), plan.guard.as_deref()), (Some(r#"{"ttl":5}"#), Some(r#"{"mask":["email"]}"#)));
    assert_eq!(plan.shadow.unwrap().model, "acme-small");
}

#[test]
fn a_shadow_is_asked_for_its_share_of_calls() {
    let route = json!({"id": "main", "variants": [variant("a", 1, json!([hop("acme", "big")]))],
        "shadow": {"provider": "acme", "model": "acme-small", "percent": 25}});
    let found = catalogue(&json!({"providers": [provider("acme")], "routes": [route]}));
    let shadowed = |i: u64| found.plan("main", &draw("u", ai::registry::choose::mix(i))).unwrap().shadow.is_some();
    let share = (0..4_000).filter(|i| shadowed(*i)).count();
    assert!((850..1_150).contains(&share), "{share}");
}

#[test]
fn a_caller_stays_with_a_variant_by_what_the_route_says() {
    let of = |sticky: Value| {
        let variants =
            json!([variant("a", 1, json!([hop("acme", "big")])), variant("b", 1, json!([hop("acme", "small")]))]);
        catalogue(
            &json!({"providers": [provider("acme")], "routes": [{"id": "r", "variants": variants, "sticky": sticky}]}),
        )
    };
    let models = |found: &Catalogue, draw: &dyn Fn(u64) -> Draw<'static>| -> usize {
        let mut seen: Vec<String> = (0..64).map(|i| asked(&found.plan("r", &draw(i)).unwrap()).join("")).collect();
        seen.sort();
        seen.dedup();
        seen.len()
    };
    let by = |random: u64| Draw { key: Some("key_1"), ..draw("usr_1", ai::registry::choose::mix(random)) };
    assert_eq!(models(&of(json!(null)), &by), 2);
    assert_eq!(models(&of(json!("user")), &by), 1);
    assert_eq!(models(&of(json!("key")), &by), 1);
    assert_eq!(models(&of(json!("header:x-session")), &by), 2);
    let session = |random| Draw { header: &|name| (name == "x-session").then(|| "s1".to_owned()), ..by(random) };
    assert_eq!(models(&of(json!("header:x-session")), &session), 1);
    let prompt = |random| Draw { body: r#"{"messages":[{"role":"system","content":"long"}]}"#, ..by(random) };
    assert_eq!((models(&of(json!("prompt")), &by), models(&of(json!("prompt")), &prompt)), (2, 1));
    // Different people are spread over both.
    let found = of(json!("user"));
    let users: Vec<String> = (0..64).map(|i| format!("usr_{i}")).collect();
    let big = users.iter().filter(|user| asked(&found.plan("r", &draw(user, 0)).unwrap()) == ["acme-big"]).count();
    assert!((16..48).contains(&big), "{big}");
}

#[test]
fn the_list_shows_routes_and_registered_models_with_what_they_can() {
    let variants =
        json!([variant("a", 1, json!([hop("acme", "big")])), variant("b", 1, json!([hop("acme", "small")]))]);
    let aliases = json!([{"id": "quick", "model": "acme/acme-big"}, {"id": "lost", "model": "moonshot/kimi-k3"}]);
    let models = json!([{"provider": "acme", "id": "house", "context": 9, "max_output": 9, "versions": [
        {"version": "1", "id": "h1"}, {"version": "2", "id": "h2", "retired": true}]}]);
    let registry = json!({"providers": [provider("acme")], "routes": [{"id": "r", "variants": variants}], "aliases": aliases, "models": models});
    let listed = catalogue(&registry).models();
    assert_eq!(listed[0].id, "chat-default");
    let find = |id: &str| listed.iter().find(|one| one.id == id).cloned();
    let route = find("r").unwrap();
    assert_eq!(
        (route.owned_by.as_str(), route.capabilities.as_slice(), route.context),
        ("route", ["chat".to_owned()].as_slice(), Some(500))
    );
    assert_eq!(find("quick").unwrap().capabilities, ["chat", "tools"]);
    assert_eq!(find("house").unwrap().versions, ["house@1"]);
    assert!(find("lost").is_none());
}

#[test]
fn a_model_with_an_owner_is_open_to_nobody_else() {
    let registry = json!({"models": [{"provider": "openai", "id": "tuned:gpt-4o:org_1", "owner": "org_1", "context": 9, "max_output": 9,
        "versions": [{"version": "1", "id": "ft:gpt-4o:x", "priced_as": "ft:gpt-4o"}], "current": "1"}],
        "aliases": [{"id": "ours", "model": "tuned:gpt-4o:org_1"}]});
    let found = catalogue(&registry);
    for name in ["tuned:gpt-4o:org_1", "openai/tuned:gpt-4o:org_1", "ft:gpt-4o:x", "tuned:gpt-4o:org_1@1", "ours"] {
        let plan = found.plan(name, &draw("u", 0)).unwrap();
        assert_eq!(asked(&plan), ["ft:gpt-4o:x"], "{name}");
        assert!(plan.targets[0].is_open_to("org_1") && !plan.targets[0].is_open_to("org_2"), "{name}");
    }
    assert!(found.plan("gpt-4o", &draw("u", 0)).unwrap().targets[0].is_open_to("org_2"));
    let listed = found.models().into_iter().find(|listed| listed.id == "tuned:gpt-4o:org_1").unwrap();
    assert_eq!(listed.owner.as_deref(), Some("org_1"));
}
