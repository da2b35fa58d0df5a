//! Asking for links: what a stranger can learn from the answer, and what is written.

use serde_json::{Value, json};
use shared::accounts::links::Purpose;
use shared::head::HeaderName;

use crate::service::{EMAIL, PASSWORD, Service};

const ROWS: [&str; 4] =
    ["/v1/auth/register", "/v1/auth/email/verification", "/v1/auth/password/forgot", "/v1/auth/magic"];

fn required() -> Service {
    Service::with(&[("EMAIL_VERIFICATION", "required")])
}

fn body(path: &str, email: &str) -> Value {
    match path {
        "/v1/auth/register" => json!({"email": email, "password": PASSWORD}),
        _ => json!({ "email": email }),
    }
}

/// Status, body, headers and work of a request: all that a client can compare.
fn shown(service: &Service, path: &str, email: &str) -> (u16, String, String, Vec<String>) {
    let out = service.send("POST", path, "", &body(path, email));
    let timing = out.header("Server-Timing").unwrap().to_owned();
    let text = String::from_utf8(out.body).unwrap();
    (out.status, text, timing, service.asked())
}

#[test]
fn known_verified_suspended_and_unknown_addresses_get_the_same_answer_after_the_same_work() {
    for path in ROWS {
        let service = required();
        for email in ["a@x.y", "b@x.y", "c@x.y"] {
            service.post("/v1/auth/register", &json!({"email": email, "password": PASSWORD}));
        }
        service.bench.execute("UPDATE users SET email_verified_at = 1 WHERE email = 'b@x.y'");
        service.bench.execute("UPDATE users SET status = 'suspended' WHERE email = 'c@x.y'");
        service.asked();
        let unknown = shown(&service, path, "nobody@x.y");
        assert_eq!(unknown.0, 202, "{unknown:?}");
        for email in ["a@x.y", "b@x.y", "c@x.y"] {
            assert_eq!(shown(&service, path, email), unknown, "{path} {email}");
        }
    }
}

#[test]
fn registering_hashes_once_and_the_others_never() {
    let service = required();
    for path in ROWS {
        let hashes = shown(&service, path, EMAIL).3.len();
        assert_eq!(hashes, usize::from(path == "/v1/auth/register"), "{path}");
    }
}

#[test]
fn an_unknown_address_gets_no_letter() {
    let service = required();
    for path in &ROWS[1..] {
        shown(&service, path, "nobody@x.y");
    }
    assert_eq!(service.value("SELECT count(*) AS value FROM letters").as_deref(), Some("0"));
    assert_eq!(service.value("SELECT count(*) AS value FROM links").as_deref(), Some("0"));
    service.bench.settle();
    assert_eq!(service.bench.queued(), []);
}

#[test]
fn a_registration_of_a_verified_address_tells_its_owner_and_makes_no_link() {
    let service = required();
    shown(&service, ROWS[0], EMAIL);
    service.bench.execute("UPDATE users SET email_verified_at = 1; DELETE FROM links; DELETE FROM letters");
    shown(&service, ROWS[0], EMAIL);
    assert_eq!(service.value("SELECT kind AS value FROM letters").as_deref(), Some("known"));
    assert_eq!(service.value("SELECT count(*) AS value FROM links").as_deref(), Some("0"));
}

#[test]
fn a_letter_reaches_the_queue_and_is_marked() {
    let service = required();
    shown(&service, ROWS[0], EMAIL);
    assert_eq!(service.value("SELECT state AS value FROM letters").as_deref(), Some("waiting"));
    service.bench.settle();
    let id = service.value("SELECT id AS value FROM letters").unwrap();
    assert_eq!(service.bench.queued(), [("MAIL".to_owned(), json!({ "letter_id": id }).to_string())]);
    assert_eq!(service.value("SELECT state AS value FROM letters").as_deref(), Some("handed"));
}

#[test]
fn a_letter_waits_where_the_queue_is_closed_and_the_client_hears_nothing_of_it() {
    let service = Service::with(&[("EMAIL_VERIFICATION", "required"), ("CLOSED_QUEUE", "MAIL")]);
    assert_eq!(shown(&service, ROWS[0], EMAIL).0, 202);
    service.bench.settle();
    assert_eq!(service.value("SELECT state AS value FROM letters").as_deref(), Some("waiting"));
}

#[test]
fn neither_the_database_nor_the_queue_holds_a_token() {
    let service = required();
    for path in ROWS {
        shown(&service, path, EMAIL);
    }
    service.bench.settle();
    let queued = format!("{:?}", service.bench.queued());
    let letters = "SELECT group_concat(id || kind || recipient || coalesce(link_id, '') || coalesce(about, '')) AS value FROM letters";
    let links = "SELECT group_concat(id || token_hash || email) AS value FROM links";
    let stored = service.value(letters).unwrap() + &service.value(links).unwrap();
    for purpose in [Purpose::Verify, Purpose::Reset, Purpose::Magic] {
        let token = service.mailed(purpose, EMAIL).unwrap();
        assert!(!stored.contains(&token) && !queued.contains(&token), "{purpose:?}");
    }
}

#[test]
fn an_address_gets_five_letters_an_hour_and_the_sixth_request_is_answered_like_the_others() {
    let service = required();
    let first = shown(&service, ROWS[0], EMAIL);
    for _ in 0..7 {
        assert_eq!(shown(&service, ROWS[3], EMAIL).0, first.0);
    }
    let count = "SELECT count(*) AS value FROM letters";
    assert_eq!(service.value(count).as_deref(), Some("5"));
    let token = service.mailed(Purpose::Magic, EMAIL).unwrap();
    service.bench.pass(10 * 60_000);
    shown(&service, ROWS[3], EMAIL);
    let (status, reply) = service.post("/v1/auth/magic/consume", &json!({ "token": token }));
    assert_eq!(status, 200, "a request that is throttled ends no link: {reply}");
    service.bench.pass(51 * 60_000);
    shown(&service, ROWS[3], EMAIL);
    assert_eq!(service.value(count).as_deref(), Some("6"));
}

#[test]
fn a_new_account_speaks_the_language_it_names_or_else_the_one_its_client_prefers() {
    for (locale, accepted, expected) in [
        (Some("de"), "zh-CN,zh;q=0.9", "de"),
        (None, "zh-CN,zh;q=0.9", "zh-CN"),
        (None, "fr;q=0.5", "fr"),
        (None, "*", "en"),
        (None, "", "en"),
        (None, "<script>", "en"),
    ] {
        let service = required();
        let mut body = body(ROWS[0], EMAIL);
        if let Some(locale) = locale {
            body["locale"] = json!(locale);
        }
        let headers = [(HeaderName::AcceptLanguage, accepted)];
        assert_eq!(service.bench.request("POST", ROWS[0], &headers, &body.to_string()).status, 202);
        assert_eq!(service.value("SELECT locale AS value FROM letters").as_deref(), Some(expected), "{accepted}");
    }
}

#[test]
fn without_a_key_for_links_the_rows_that_make_one_are_503() {
    let service = Service::with(&[("EMAIL_VERIFICATION", "required"), ("LINK_KEY", "short")]);
    for path in ROWS {
        assert_eq!(shown(&service, path, EMAIL).0, 503, "{path}");
    }
    assert_eq!(service.value("SELECT count(*) AS value FROM users").as_deref(), Some("0"));
}

#[test]
fn where_no_verification_is_required_nothing_is_mailed_at_registration() {
    let service = Service::new();
    service.register(EMAIL);
    assert_eq!(service.value("SELECT count(*) AS value FROM letters").as_deref(), Some("0"));
}
