//! What administrators and people read.

use serde_json::Value;

use crate::service::Service;

fn kinds(page: &Value) -> Vec<String> {
    let data = page["data"].as_array().unwrap();
    data.iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn administrators_find_events_by_account_kind_and_time() {
    let service = Service::new();
    service.event("registered", "usr_1", "n", "a", "{}");
    service.bench.pass(86_400_000);
    service.event("signed_in", "usr_1", "n", "a", "{}");
    service.event("signed_in", "usr_2", "n", "a", "{}");
    let get = |query: &str| service.call("admin", "GET", &format!("/v1/admin/audit{query}"));
    let check = |query: &str, expected: &[&str]| {
        let (status, page) = get(query);
        assert_eq!((status, kinds(&page)), (200, expected.iter().map(|k| (*k).to_owned()).collect()), "{query}");
    };
    check("", &["signed_in", "signed_in", "registered"]);
    check("?user_id=usr_1", &["signed_in", "registered"]);
    check("?user_id=usr_1&kind=registered", &["registered"]);
    check("?kind=signed_in", &["signed_in", "signed_in"]);
    check("?to=2026-11-21", &["registered"]);
    check("?from=2026-11-21T00:00:00Z&user_id=usr_2", &["signed_in"]);
    check("?kind=unheard_of", &[]);
    assert_eq!(get("?from=yesterday").0, 422);
    assert_eq!(get("?who=me").0, 422);
}

#[test]
fn pages_of_events_follow_each_other() {
    let service = Service::new();
    service.events(3);
    let (_, first) = service.call("admin", "GET", "/v1/admin/audit?limit=2");
    let cursor = first["next_cursor"].as_str().unwrap();
    let (_, second) = service.call("admin", "GET", &format!("/v1/admin/audit?limit=2&cursor={cursor}"));
    assert_eq!((kinds(&first).len(), kinds(&second).len(), &second["next_cursor"]), (2, 1, &Value::Null));
    assert_ne!(first["data"][1]["id"], second["data"][0]["id"]);
}

#[test]
fn a_cursor_that_was_given_before_the_key_was_replaced_is_good() {
    let service = Service::new();
    service.events(3);
    let (_, first) = service.call("admin", "GET", "/v1/admin/audit?limit=2");
    let path = format!("/v1/admin/audit?limit=2&cursor={}", first["next_cursor"].as_str().unwrap());
    let (old, new) = (service.platform().var("STORE_KEY").unwrap(), "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU");
    service.bench.set_var("STORE_KEY", &format!("{new},{old}"));
    assert_eq!(service.call("admin", "GET", &path).0, 200);
    service.bench.set_var("STORE_KEY", new);
    assert_eq!(service.call("admin", "GET", &path).0, 422);
}

#[test]
fn the_export_is_the_chain_line_by_line() {
    let service = Service::new();
    service.events(3);
    assert_eq!(service.text("admin", "GET", "/v1/admin/audit/export"), (200, String::new()), "nothing is sealed");
    let (status, head) = service.call("admin", "POST", "/v1/admin/audit/seal");
    assert_eq!((status, &head["sequence"]), (200, &Value::from(3)));
    let (_, text) = service.text("admin", "GET", "/v1/admin/audit/export?after=1");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().map(|line| line["sequence"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(lines[1]["hash"], head["hash"]);
    assert_eq!(lines[1]["network"], "192.0.2.1");
    assert_eq!(service.call("admin", "GET", "/v1/admin/audit/head"), (200, head));
}

#[test]
fn before_anything_was_sealed_there_is_no_head() {
    assert_eq!(Service::new().call("admin", "GET", "/v1/admin/audit/head").0, 404);
    assert_eq!(Service::new().call("admin", "POST", "/v1/admin/audit/seal").0, 404);
}

#[test]
fn a_person_reads_their_own_events_alone_and_not_from_where_an_administrator_came() {
    let service = Service::new();
    service.event("signed_in", "usr_2", "n", "a", "{}");
    service.event("signed_in", "usr_1", "192.0.2.1", "Firefox/145.0 Linux", "{}");
    service.bench.execute(
        "INSERT INTO security_events (id, at, kind, user_id, actor_id, network, user_agent) \
         VALUES ('evt_s', 1, 'suspended', 'usr_1', 'admin', '198.51.100.1', 'Chrome/1 Windows')",
    );
    let (status, page) = service.call("usr_1", "GET", "/v1/users/me/events");
    assert_eq!((status, kinds(&page)), (200, vec!["suspended".to_owned(), "signed_in".to_owned()]));
    let place = |n: usize| (page["data"][n]["network"].as_str().unwrap(), page["data"][n]["device"].as_str().unwrap());
    assert_eq!(place(0), ("", "Unknown"));
    assert_eq!(place(1), ("192.0.2.1", "Firefox on Linux"));
    for path in ["/v1/admin/audit", "/v1/admin/audit/head", "/v1/admin/audit/export"] {
        assert_eq!(service.call("usr_1", "GET", path).0, 403, "{path}");
    }
}

#[test]
fn the_public_keys_have_no_private_part() {
    let service = Service::new();
    let (status, text) = service.text("usr_1", "GET", "/v1/audit/keys");
    let set: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &set["keys"][0]["kid"]), (200, &Value::from("a1")));
    assert!(set["keys"][0].get("d").is_none());
}
