//! Which models can be called under which environment, and what their names mean.

#![cfg(test)]

use ai::endpoint::Endpoint;
use ai::money::price::{PriceBook, date_ms};
use ai::provider::catalogue::{Catalogue, Limits};

fn catalogue(variables: &[(&str, &str)]) -> Catalogue {
    Catalogue::from_env(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
}

fn ids(catalogue: &Catalogue) -> Vec<String> {
    catalogue.models().into_iter().map(|model| model.id).collect()
}

const OPENAI: (&str, &str) = ("OPENAI_API_KEY", "sk-proj-abc");
const MOONSHOT: (&str, &str) = ("MOONSHOT_API_KEY", "sk-moon");
const OLLAMA: (&str, &str) = ("COMPATIBLE_BASE_URL", "http://127.0.0.1:11434");
const SIMULATOR: (&str, &str) = ("SIMULATOR_URL", "http://127.0.0.1:9999/");

#[test]
fn without_configuration_nothing_is_callable() {
    let empty = catalogue(&[("OPENAI_API_KEY", "  "), ("OPENAI_BASE_URL", "https://proxy.example/v1")]);
    assert_eq!(ids(&empty), [] as [&str; 0]);
    assert!(empty.resolve("chat-default").is_err());
    assert_eq!(
        empty.resolve("gpt-4o").unwrap_err().to_string(),
        "The model 'gpt-4o' does not exist or is not available here."
    );
}

#[test]
fn the_simulator_alone_answers_the_default() {
    let simulated = catalogue(&[SIMULATOR]);
    let target = simulated.resolve("chat-default").unwrap();
    assert_eq!((target.provider().id.as_str(), target.model.as_str()), ("simulator", "simulated-chat"));
    assert_eq!(target.upstream.url(Endpoint::Chat).unwrap(), "http://127.0.0.1:9999/v1/chat/completions");
    assert_eq!(target.auth_header(target.upstream.keys.first()), None);
    let listed = ids(&simulated);
    assert_eq!(listed[..4], ["chat-default", "simulated-chat", "simulated-reasoning", "simulated-unpriced"]);
    assert!(listed[1..].iter().all(|id| id.starts_with("simulated-")), "{listed:?}");
}

#[test]
fn the_default_follows_the_order_of_providers() {
    let default = |variables: &[(&str, &str)]| {
        let catalogue = catalogue(variables);
        let target = catalogue.resolve("chat-default").unwrap();
        format!("{}/{}", target.provider().id, target.model)
    };
    let models = ("COMPATIBLE_MODELS", "llama3.2, qwen3 ,");
    assert_eq!(default(&[SIMULATOR, OLLAMA, models, MOONSHOT, OPENAI]), "openai/gpt-4o-mini");
    assert_eq!(default(&[SIMULATOR, OLLAMA, models, MOONSHOT]), "moonshot/kimi-k3");
    assert_eq!(default(&[SIMULATOR, OLLAMA, models]), "compatible/llama3.2");
    assert_eq!(default(&[SIMULATOR, OLLAMA]), "simulator/simulated-chat");
    assert_eq!(default(&[OPENAI, MOONSHOT, ("CHAT_DEFAULT_MODEL", "moonshot/kimi-k2.6")]), "moonshot/kimi-k2.6");
}

#[test]
fn a_key_travels_in_the_header_and_is_never_printed() {
    let catalogue = catalogue(&[OPENAI]);
    let target = catalogue.resolve("gpt-4o").unwrap();
    assert_eq!(
        target.auth_header(target.upstream.keys.first()),
        Some(("authorization", "Bearer sk-proj-abc".to_owned()))
    );
    assert_eq!(target.upstream.url(Endpoint::Chat).unwrap(), "https://api.openai.com/v1/chat/completions");
    assert!(!format!("{target:?} {catalogue:?}").contains("sk-proj"));
}

#[test]
fn names_may_say_the_provider() {
    let catalogue = catalogue(&[OPENAI, MOONSHOT, OLLAMA, ("COMPATIBLE_MODELS", "llama3.2,org/tuned,gpt-4o")]);
    let resolved =
        |name: &str| catalogue.resolve(name).ok().map(|target| format!("{} {}", target.provider().id, target.model));
    assert_eq!(resolved("compatible/llama3.2").as_deref(), Some("compatible llama3.2"));
    assert_eq!(resolved("llama3.2").as_deref(), Some("compatible llama3.2"));
    assert_eq!(resolved("org/tuned").as_deref(), Some("compatible org/tuned"));
    assert_eq!(resolved("compatible/org/tuned").as_deref(), Some("compatible org/tuned"));
    assert_eq!(resolved("moonshot/kimi-k2-0905-preview").as_deref(), Some("moonshot kimi-k2-0905-preview"));
    assert_eq!(resolved("gpt-4o").as_deref(), Some("openai gpt-4o"));
    assert_eq!(resolved("compatible/gpt-4o").as_deref(), Some("compatible gpt-4o"));
    assert!(ids(&catalogue).contains(&"compatible/gpt-4o".to_owned()));
    assert!(!ids(&catalogue).contains(&"kimi-k2-0905-preview".to_owned()));
    for unknown in ["", "/", "openai/", "openai/gpt-9", "moonshot/gpt-4o", "compatible/other", "GPT-4o", "nobody/x"] {
        assert_eq!(resolved(unknown), None, "{unknown}");
    }
}

#[test]
fn a_star_opens_a_provider_and_nothing_else_does() {
    let open = catalogue(&[OLLAMA, ("COMPATIBLE_MODELS", "*")]);
    assert_eq!(open.resolve("compatible/anything:7b").unwrap().model, "anything:7b");
    assert!(open.resolve("anything:7b").is_err());
    assert!(open.resolve("compatible/with space").is_err());
    assert!(open.resolve(&format!("compatible/{}", "x".repeat(200))).is_err());
    assert!(catalogue(&[OLLAMA]).resolve("compatible/anything:7b").is_err());
}

#[test]
fn a_snapshot_is_sent_as_named_and_priced_as_its_model() {
    let catalogue = catalogue(&[OPENAI]);
    let target = catalogue.resolve("gpt-4o-mini-2024-07-18").unwrap();
    assert_eq!((target.model.as_str(), target.priced_as.as_str()), ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"));
    assert_eq!(target.limits, Some(Limits { context: 128_000, max_output: 16_384 }));
}

#[test]
fn the_chinese_platform_bills_by_another_list() {
    let at = date_ms("2026-11-20").unwrap();
    let cn = catalogue(&[MOONSHOT, ("MOONSHOT_BASE_URL", "https://API.moonshot.cn/v1")]);
    let target = cn.resolve("kimi-k3").unwrap();
    assert_eq!(target.upstream.price_list, "moonshot-cn");
    assert_eq!(PriceBook::builtin().price(&target.upstream.price_list, &target.priced_as, at), None);
    let ai = catalogue(&[MOONSHOT]);
    let target = ai.resolve("kimi-k3").unwrap();
    assert!(PriceBook::builtin().price(&target.upstream.price_list, &target.priced_as, at).is_some());
}

#[test]
fn an_unusable_url_is_named_without_its_value() {
    let catalogue = catalogue(&[("COMPATIBLE_BASE_URL", "http://user:secret@h"), SIMULATOR]);
    assert_eq!(catalogue.provider_ids().collect::<Vec<_>>(), ["simulator"]);
    let [problem] = catalogue.problems() else { panic!("one problem") };
    assert_eq!(problem.variable, "COMPATIBLE_BASE_URL");
    assert!(!format!("{problem:?}").contains("secret"));
}

#[test]
fn listed_models_carry_owner_and_release() {
    let catalogue = catalogue(&[OPENAI]);
    let models = catalogue.models();
    let mini = models.iter().find(|model| model.id == "gpt-4o-mini").unwrap();
    assert_eq!((mini.owned_by.as_str(), mini.created), ("openai", 1_721_260_800));
}
