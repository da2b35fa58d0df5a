//! How faults of the data files are found: every one is refused and named by its place.

#![cfg(test)]

use ai::money::price::PriceBook;
use ai::provider::{Class, Providers, Show};
use catalogue::builtin::PROVIDERS;

/// A file with one provider of the least members there may be, and `more` of them.
fn file(more: &str) -> String {
    format!(
        r#"{{"errors":[],"providers":[{{"id":"p","base_url_env":"P_URL","auth":{{"header":"h","prefix":""}},"paths":{{"chat":"/c"}},
        "usage":{{"reply":"/u","prompt":[],"cached":[],"completion":["/a","/b"],"reasoning":[]}}{more}}}]}}"#
    )
}

fn fault(json: &str) -> String {
    Providers::from_json(json).unwrap_err().to_string()
}

#[test]
fn a_provider_of_the_least_members_has_defaults_for_the_rest() {
    let read = Providers::from_json(&file("")).unwrap();
    let [provider] = read.providers.as_slice() else { panic!("one provider") };
    assert_eq!((&provider.base_url, &provider.key_env, provider.key_required), (&None, &None, false));
    assert!(provider.models.is_empty() && provider.errors.is_empty() && provider.price_lists.is_empty());
    assert!(provider.rename.is_empty() && provider.clamp.is_empty() && provider.refuse.is_empty());
    assert_eq!((provider.usage.completion.len(), &provider.usage.choice), (2, &None));
}

#[test]
fn every_member_is_read() {
    let more = r#","base_url":"https://x","key_env":"K","key_required":true,"models_env":"M","default_model":"m",
        "price_lists":{"h.example":"list"},"rename":[{"from":"a","to":"b","models":["x"]}],
        "clamp":[{"member":"t","max":-1}],"refuse":[{"member":"r","deny":["d"],"reason":"why"}],
        "errors":[{"status":[400,499],"kind":"k","class":"give_up","show":"pass"}],
        "models":[{"id":"m","aliases":["n"],"released":"2026-01-01","context":7,"max_output":5,"retired":true}]"#;
    let read = Providers::from_json(&file(more)).unwrap();
    let provider = &read.providers[0];
    assert_eq!((provider.base_url.as_deref(), provider.key_required), (Some("https://x"), true));
    assert_eq!(provider.price_lists, [("h.example".to_owned(), "list".to_owned())]);
    assert_eq!((provider.rename[0].to.as_str(), provider.rename[0].models.len()), ("b", 1));
    assert_eq!((provider.clamp[0].max, provider.refuse[0].reason.as_str()), (-1, "why"));
    let rule = &provider.errors[0];
    assert_eq!((rule.status, rule.class, rule.show), ((400, 499), Class::GiveUp, Show::Pass));
    let model = provider.model("n").unwrap();
    assert_eq!((model.context, model.max_output, model.retired), (7, 5, true));
}

#[test]
fn an_unknown_or_repeated_member_is_refused_wherever_it_stands() {
    for (json, place) in [
        (file(r#","base_uri":"x""#), "/providers/0/base_uri"),
        (file(r#","id":"q""#), "/providers/0/id"),
        (file(r#","models":[{"id":"m","context":1,"max_output":1,"cost":0}]"#), "/providers/0/models/0/cost"),
        (file(r#","clamp":[{"member":"t","max":1,"min":0}]"#), "/providers/0/clamp/0/min"),
        (file("").replacen(r#""prefix""#, r#""x/y":1,"prefix""#, 1), "/providers/0/auth/x~1y"),
        (file("").replacen(r#""reply""#, r#""other":"","reply""#, 1), "/providers/0/usage/other"),
        (file("").replacen(r#""errors""#, r#""more":1,"errors""#, 1), "/more"),
    ] {
        assert_eq!(fault(&json), format!("{place}: is not known here, or given twice"), "{json}");
    }
}

#[test]
fn a_missing_member_or_one_of_another_type_is_named_by_its_place() {
    for (from, to, place) in [
        (r#""id":"p","#, "", "/providers/0/id: is missing"),
        (r#""cached":[],"#, "", "/providers/0/usage/cached: is missing"),
        (r#""header":"h""#, r#""header":1"#, "/providers/0/auth/header: a string was expected"),
        (r#"["/a","/b"]"#, r#"["/a",null]"#, "/providers/0/usage/completion/1: a string was expected"),
        (r#"["/a","/b"]"#, r#""/a""#, "/providers/0/usage/completion: an array was expected"),
        (r#""errors":[]"#, r#""errors":[{"status":[1]}]"#, "/errors/0/status: first and last status were expected"),
        (r#""errors":[]"#, r#""errors":[{"status":[1,70000]}]"#, "/errors/0/status: is no status"),
        (r#""errors":[]"#, r#""errors":[7]"#, "/errors/0: an object was expected"),
        (r#""errors":[]"#, r#""errors":[{"status":[1,2],"class":"try"}]"#, "/errors/0/class: is no class"),
    ] {
        let json = file("");
        assert!(json.contains(from), "{from}");
        assert_eq!(fault(&json.replacen(from, to, 1)), place);
    }
    let model = |context: &str| file(&format!(r#","models":[{{"id":"m","context":{context},"max_output":1}}]"#));
    for wrong in ["-1", "1.0", "1e3", "\"1\"", "18446744073709551616"] {
        assert_eq!(fault(&model(wrong)), "/providers/0/models/0/context: a whole number was expected");
    }
    assert_eq!(fault("[]"), ": an object was expected");
    assert_eq!(fault(PROVIDERS.trim_end().trim_end_matches('}')), ": an object was expected");
}

#[test]
fn a_price_row_is_read_as_strictly() {
    let fault = |rows: &str| PriceBook::from_json(rows).unwrap_err().to_string();
    let row = r#"{"version":"v","provider":"p","model":"m","valid_from":"2026-01-01","currency":"USD","rates":{"input_pico_usd":1,"cached_pico_usd":1,"output_pico_usd":1},"source":"s"}"#;
    assert_eq!(PriceBook::from_json(&format!("[{row}]")).unwrap().rows().len(), 1);
    assert_eq!(fault("{}"), ": an array was expected");
    assert_eq!(fault(&format!("[{row},{{}}]")), "/1/version: is missing");
    let rates = |from: &str, to: &str| format!("[{}]", row.replacen(from, to, 1));
    let none = rates(r#""input_pico_usd":1,"cached_pico_usd":1,"output_pico_usd":1"#, "");
    assert_eq!(fault(&none), "/0/rates: a rate was expected");
    assert_eq!(
        fault(&rates(r#""input_pico_usd":1"#, r#""input_pico_usd":0.5"#)),
        "/0/rates/input_pico_usd: a whole number was expected"
    );
    assert_eq!(
        fault(&rates(r#""source":"s""#, r#""source":"s","note":"""#)),
        "/0/note: is not known here, or given twice"
    );
}
