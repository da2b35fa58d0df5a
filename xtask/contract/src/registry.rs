//! Schemas of the documents of the AI registry, which its handlers read themselves. What else must hold of them is
//! in docs/ai/registry.md.

use serde_json::{Value, json};

/// The document that an operation takes; `None` for one that takes none.
pub(crate) fn document(id: &str) -> Option<Value> {
    Some(match id {
        "registry.providers.put" => provider(),
        "registry.models.put" => model(true),
        "registry.aliases.put" => alias(),
        "registry.prices.put" => price(),
        "registry.routes.put" => route(),
        "registry.whole.replace" => whole(),
        _ => return None,
    })
}

/// The whole registry.
pub(crate) fn whole() -> Value {
    let list = |of: Value| json!({ "type": "array", "items": of });
    json!({
        "type": "object",
        "description": "All entries; a list that is absent is empty.",
        "additionalProperties": false,
        "properties": {
            "providers": list(provider()),
            "models": list(model(true)),
            "aliases": list(alias()),
            "prices": list(price()),
            "routes": list(route()),
        }
    })
}

fn object(required: &[&str], properties: &Value) -> Value {
    json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
}

fn text(about: &str) -> Value {
    json!({ "type": "string", "description": about })
}

fn number(about: &str, least: u64, most: u64) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": most, "description": about })
}

fn texts(about: &str) -> Value {
    json!({ "type": "array", "items": { "type": "string" }, "description": about })
}

fn provider() -> Value {
    let pointers = texts("JSON pointers from the usage object; the first that finds a number counts.");
    let usage = object(
        &["reply", "prompt", "cached", "completion", "reasoning"],
        &json!({
            "reply": text("JSON pointer to the usage, from the root of a reply or chunk."),
            "choice": text("JSON pointer to the usage of one choice, from the root of a choice."),
            "prompt": pointers, "cached": pointers, "completion": pointers, "reasoning": pointers,
            "total": texts("JSON pointers to the sum of all tokens, where parts of it are told nowhere else."),
        }),
    );
    let auth = object(
        &["header", "prefix"],
        &json!({ "header": text("The header, in lower case."), "prefix": text("What stands before the key.") }),
    );
    let map =
        |about: &str| json!({ "type": "object", "additionalProperties": { "type": "string" }, "description": about });
    let any = |about: &str| json!({ "type": "array", "items": { "type": "object" }, "description": about });
    object(
        &["id", "base_url", "auth", "paths", "usage"],
        &json!({
            "id": text("Lower-case letters, digits and hyphens."),
            "base_url": text("The base URL, version path included; https outside of local stacks."),
            "key_required": { "type": "boolean", "description": "Without a key the provider is not called." },
            "auth": auth,
            "headers": map("Headers it wants on every call."),
            "paths": map("Its routes by their names (`chat`, `embeddings` …), after the base URL."),
            "default_model": text("What `chat-default` means where nobody else is configured."),
            "price_lists": map("Hosts that bill by another price list than the provider's own."),
            "usage": usage,
            "rename": any("Members of the request with another name there."),
            "clamp": any("Numbers of the request with a maximum there."),
            "refuse": any("Values of the request that are refused."),
            "errors": any("What its errors mean; the first rule that fits counts."),
            "models": { "type": "array", "items": model(false), "description": "Its models." },
            "sources": texts("Where all this is published; for people."),
        }),
    )
}

fn model(owned: bool) -> Value {
    let version = object(
        &["version", "id"],
        &json!({
            "version": text("Its name: `id@version` means it."),
            "id": text("Its id at the provider."),
            "released": text("YYYY-MM-DD."),
            "retired": { "type": "boolean" },
            "priced_as": text("The model whose price it has; its own model's unless said."),
        }),
    );
    let most = 1 << 40;
    let mut properties = json!({
        "id": text("Its id at the provider."),
        "aliases": texts("Other ids with the same limits and price."),
        "released": text("YYYY-MM-DD."),
        "context": number("Tokens of prompt and completion together.", 1, most),
        "max_output": number("The most tokens it writes.", 0, most),
        "retired": { "type": "boolean", "description": "Not listed, but still found by name." },
        "capabilities": texts("What it can do: `chat`, `vision`, `tools`. Shown to clients."),
        "versions": { "type": "array", "items": version, "description": "Versions with ids of their own." },
        "current": text("The version that the model's own name means."),
    });
    let mut required = vec!["id", "context", "max_output"];
    if let (true, Some(members)) = (owned, properties.as_object_mut()) {
        members.insert("provider".to_owned(), text("The provider's id."));
        required.insert(0, "provider");
    }
    object(&required, &properties)
}

fn alias() -> Value {
    object(
        &["id", "model"],
        &json!({
            "id": text("The name that clients ask for: letters, digits and . _ : -"),
            "model": text("What it means: a route, a model, or `provider/model`."),
        }),
    )
}

fn price() -> Value {
    let most = (1_u64 << 53) - 1;
    let names = [
        "input_pico_usd",
        "cached_pico_usd",
        "output_pico_usd",
        "cache_write_pico_usd",
        "cache_write_1h_pico_usd",
        "image_pico_usd",
        "second_pico_usd",
        "character_pico_usd",
        "call_pico_usd",
    ];
    let rates: serde_json::Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), number("Pico-dollars (10⁻¹² USD) each.", 0, most))).collect();
    let rates = object(&[], &Value::Object(rates));
    let long = object(
        &["above_prompt_tokens", "rates"],
        &json!({ "above_prompt_tokens": number("For prompts longer than this.", 0, most), "rates": rates }),
    );
    object(
        &["version", "provider", "model", "valid_from", "currency", "rates", "source"],
        &json!({
            "version": text("Names this price among those of its model."),
            "provider": text("The price list: a provider's id, or a list of its own."),
            "model": text("The model in that list."),
            "valid_from": text("The first day, YYYY-MM-DD in UTC."),
            "valid_until": text("The first day after it; until the next price begins where it is not said."),
            "currency": { "const": "USD" },
            "rates": rates,
            "long_prompt": long,
            "source": text("Where it is published."),
        }),
    )
}

fn route() -> Value {
    let wait = number("Milliseconds.", 50, 600_000);
    let model = object(
        &["provider", "model"],
        &json!({ "provider": text("A provider's id."), "model": text("A model of it."), "timeout_ms": wait }),
    );
    let other = object(&["route"], &json!({ "route": text("Another route: what it means for this caller.") }));
    let variant = object(
        &["name", "weight", "targets"],
        &json!({
            "name": text("Its name among the variants."),
            "weight": number("Its share beside the others' weights; 0: never.", 0, 100),
            "targets": { "type": "array", "minItems": 1, "maxItems": 16, "items": { "anyOf": [model, other] },
                "description": "Who is asked, in this order." },
        }),
    );
    let shadow = object(
        &["provider", "model", "percent"],
        &json!({ "provider": text("A provider's id."), "model": text("A model of it."),
            "percent": number("Of a hundred calls so many.", 1, 100) }),
    );
    object(
        &["id", "variants"],
        &json!({
            "id": text("The name that clients ask for: letters, digits and . _ : -"),
            "sticky": text("What keeps a caller with one variant: `user`, `key`, `prompt` or `header:` and a name."),
            "variants": { "type": "array", "minItems": 1, "maxItems": 16, "items": variant },
            "shadow": shadow,
            "hedge_ms": wait,
            "degraded": object(&["text"], &json!({ "text": text("What the client is told when nobody answers.") })),
            "cache": { "type": "object", "description": "How answers are cached." },
            "guard": { "type": "object", "description": "What is masked or refused." },
            "capture": { "type": "boolean", "description": "Whether what is said is kept, masked and sealed, for some days." },
        }),
    )
}
