//! Signing in with another service: whom it leads to, and what is refused on the way.

use serde_json::{Value, json};

use crate::issuer::Flow;

fn person(sub: &str, email: &str, verified: bool) -> Value {
    json!({"sub": sub, "email": email, "email_verified": verified, "name": "Ada"})
}

fn id(reply: &(u16, Value)) -> &str {
    assert_eq!(reply.0, 200, "{}", reply.1);
    reply.1["user"]["id"].as_str().unwrap()
}

#[test]
fn a_stranger_gets_an_account_with_the_address_that_the_issuer_has_verified() {
    let flow = Flow::new(&[]);
    let first = flow.sign_in("own", person("s1", "Ada@Example.com", true));
    assert_eq!((&first.1["user"]["email"], &first.1["user"]["name"]), (&json!("ada@example.com"), &json!("Ada")));
    let again = flow.sign_in("own", person("s1", "changed@example.com", false));
    assert_eq!(id(&first), id(&again), "the subject is who it is, not the address");
    assert_eq!(flow.value("SELECT count(*) AS value FROM identities"), "1");
}

#[test]
fn an_address_that_is_not_verified_or_not_believed_counts_for_nothing() {
    for (provider, verified) in
        [("own", json!(false)), ("own", Value::Null), ("own", json!("false")), ("doubted", json!(true))]
    {
        let flow = Flow::new(&[]);
        flow.bench
            .execute("INSERT INTO users (id, email, email_verified_at, created_at) VALUES ('usr_1', 'a@x.y', 1, 1)");
        let reply = flow.sign_in(provider, json!({"sub": "s", "email": "a@x.y", "email_verified": verified}));
        assert_ne!(id(&reply), "usr_1");
        assert_eq!(reply.1["user"]["email"], Value::Null);
    }
}

#[test]
fn an_account_whose_owner_has_verified_the_address_is_linked_and_that_is_noted() {
    let flow = Flow::new(&[]);
    flow.bench.execute("INSERT INTO users (id, email, email_verified_at, created_at) VALUES ('usr_1', 'a@x.y', 1, 1)");
    assert_eq!(id(&flow.sign_in("own", json!({"sub": "s", "email": "a@x.y", "email_verified": "true"}))), "usr_1");
    let kinds = "SELECT group_concat(kind, ' ') AS value FROM (SELECT kind FROM security_events ORDER BY seq)";
    assert_eq!(flow.value(kinds), "identity_linked signed_in");
}

#[test]
fn an_account_that_never_proved_the_address_gives_it_up_and_stays_apart() {
    let flow = Flow::new(&[]);
    flow.bench.execute(
        "INSERT INTO users (id, email, password, created_at) VALUES ('usr_1', 'a@x.y', 'attacker', 1); \
         INSERT INTO sessions (id, user_id, created_at, expires_at, authenticated_at) VALUES ('ses_1', 'usr_1', 1, 1999999999999, 1999999999999)",
    );
    let reply = flow.sign_in("own", person("s", "a@x.y", true));
    assert_ne!(id(&reply), "usr_1");
    assert_eq!(reply.1["user"]["email"], "a@x.y");
    let before = "SELECT email || ' ' || epoch AS value FROM users WHERE id = 'usr_1'";
    assert_eq!(flow.value(before), "usr_1@no-address.invalid 1");
    assert_ne!(flow.value("SELECT ended_at AS value FROM sessions WHERE id = 'ses_1'"), "null");
    assert_eq!(flow.value("SELECT count(*) AS value FROM security_events WHERE kind = 'address_withdrawn'"), "1");
}

#[test]
fn the_state_works_once_and_only_with_the_binding_of_who_began() {
    let flow = Flow::new(&[]);
    let (begun, other) = (flow.begin("own", ""), flow.begin("own", ""));
    let answer = flow.answer(&begun);
    flow.asked();
    for (name, value) in [
        ("binding", json!(other.binding)),
        ("state", json!(other.query["state"])),
        ("binding", json!("ob_x")),
        ("state", json!("os_x")),
    ] {
        let mut wrong = answer.clone();
        wrong[name] = value;
        assert_eq!(flow.send("POST", "/v1/auth/oauth/complete", "", &wrong).status, 401, "{name}");
    }
    assert_eq!(flow.asked(), 0, "the issuer is not asked for a state that cannot be used");
    assert_eq!(flow.send("POST", "/v1/auth/oauth/complete", "", &answer).status, 200);
    assert_eq!(flow.send("POST", "/v1/auth/oauth/complete", "", &answer).status, 401);
}

#[test]
fn after_ten_minutes_it_is_too_late() {
    let flow = Flow::new(&[]);
    let begun = flow.begin("own", "");
    let answer = flow.answer(&begun);
    flow.bench.pass(600_000);
    assert_eq!(flow.send("POST", "/v1/auth/oauth/complete", "", &answer).status, 401);
}

#[test]
fn the_answer_of_another_issuer_or_of_none_is_refused_before_the_code_is_shown() {
    for iss in [json!("https://other.example"), json!("https://id.example/"), Value::Null] {
        let flow = Flow::new(&[]);
        let begun = flow.begin("own", "");
        let mut answer = flow.answer(&begun);
        answer["iss"] = iss;
        flow.asked();
        assert_eq!(flow.send("POST", "/v1/auth/oauth/complete", "", &answer).status, 401);
        assert_eq!(flow.asked(), 1, "only its description was read");
    }
}

#[test]
fn a_token_that_is_not_of_this_sign_in_is_refused_and_makes_no_account() {
    let flow = Flow::new(&[]);
    let now = flow.now_s();
    for claims in [
        json!({"nonce": "another"}),
        json!({"nonce": null}),
        json!({"iss": "https://other.example"}),
        json!({"iss": "https://id.example/"}),
        json!({"aud": "another"}),
        json!({"aud": ["us", "another"]}),
        json!({"aud": ["us", "another"], "azp": "another"}),
        json!({"azp": "another"}),
        json!({"aud": []}),
        json!({"exp": now - 61}),
        json!({"exp": (now + 300).to_string()}),
        json!({"exp": null}),
        json!({"iat": now + 7_200}),
        json!({"iat": now - 7_200}),
        json!({"nbf": now + 7_200}),
        json!({"sub": ""}),
        json!({"sub": 7}),
    ] {
        let (status, problem) = flow.sign_in("own", claims.clone());
        assert_eq!((status, problem["code"].as_str()), (401, Some("code_refused")), "{claims}");
    }
    assert_eq!(flow.value("SELECT count(*) AS value FROM users"), "0");
    assert_eq!(flow.sign_in("own", json!({"aud": ["us", "another"], "azp": "us"})).0, 200);
}

#[test]
fn coming_back_goes_on_to_the_clients_page_and_uses_nothing_up() {
    let flow = Flow::new(&[]);
    let begun = flow.begin("own", "");
    let state = &begun.query["state"];
    for _ in 0..2 {
        let path = format!("/v1/auth/oauth/own/callback?state={state}&code=c%20d&iss=https://id.example&scope=x");
        let out = flow.send("GET", &path, "", &Value::Null);
        let escaped = state.replace('_', "%5F").replace('-', "%2D");
        let page = format!("http://localhost:5173/in#state={escaped}&code=c%20d&iss=https%3A%2F%2Fid%2Eexample");
        assert_eq!((out.status, out.header("Location")), (303, Some(page.as_str())));
    }
    let other = format!("/v1/auth/oauth/doubted/callback?state={state}&code=c");
    assert_eq!(flow.send("GET", &other, "", &Value::Null).status, 401, "another provider's answer");
    assert_eq!(flow.send("GET", "/v1/auth/oauth/own/callback?state=os_x&code=c", "", &Value::Null).status, 401);
    assert_eq!(flow.send("POST", "/v1/auth/oauth/complete", "", &flow.answer(&begun)).status, 200);
}

#[test]
fn only_listed_pages_are_gone_on_to() {
    let flow = Flow::new(&[
        ("ENVIRONMENT", "production"),
        ("PUBLIC_URL", "https://api.example"),
        ("OAUTH_REDIRECTS", "https://app.example/in, https://app.example/other"),
    ]);
    let status = |page: &str| flow.send("POST", "/v1/auth/oauth/own", "", &json!({ "redirect_to": page })).status;
    assert_eq!((status("https://app.example/in"), status("https://app.example/other")), (200, 200));
    for page in
        ["https://app.example/in/", "https://app.example/IN", "https://evil.example/in", "http://localhost:5173/in", ""]
    {
        assert_eq!(status(page), 422, "{page}");
    }
    assert_eq!(
        flow.value("SELECT DISTINCT redirect_uri AS value FROM oauth_states"),
        "https://api.example/v1/auth/oauth/own/callback"
    );
}

#[test]
fn without_a_public_url_nothing_begins_outside_of_local_stacks() {
    let flow = Flow::new(&[("ENVIRONMENT", "production"), ("OAUTH_REDIRECTS", "https://app.example/in")]);
    let out = flow.send("POST", "/v1/auth/oauth/own", "", &json!({ "redirect_to": "https://app.example/in" }));
    assert_eq!(out.status, 503);
    assert_eq!(flow.send("POST", "/v1/auth/oauth/none", "", &json!({ "redirect_to": "x" })).status, 404);
}

#[test]
fn nothing_that_opens_anything_is_stored_as_it_is() {
    let flow = Flow::new(&[]);
    let begun = flow.begin("own", "");
    let row = flow.value(
        "SELECT state_hash || binding_hash || provider || redirect_uri || redirect_to AS value FROM oauth_states",
    );
    for secret in [&begun.query["state"], &begun.query["nonce"], &begun.binding] {
        assert!(!row.contains(secret.as_str()));
    }
}

#[test]
fn a_sign_in_that_began_before_the_key_was_replaced_ends_well() {
    let flow = Flow::new(&[]);
    let begun = flow.begin("own", "");
    let (old, new) = (flow.bench.platform().var("STORE_KEY").unwrap(), "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU");
    flow.bench.set_var("STORE_KEY", &format!("{new},{old}"));
    flow.says(json!({ "sub": "s9" }));
    let out = flow.send("POST", "/v1/auth/oauth/complete", "", &flow.answer(&begun));
    assert_eq!(out.status, 200);
    assert_eq!(flow.sign_in("own", json!({ "sub": "s9" })).0, 200, "and the next begins under the new one");
}
