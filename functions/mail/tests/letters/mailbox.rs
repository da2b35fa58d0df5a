//! The mailbox of a developer's machine.

use serde_json::Value;
use shared::platform::Outgoing;

use crate::office::Office;

fn get(office: &Office, path: &str) -> Outgoing {
    office.bench.request("GET", path, &[], "")
}

fn text(out: Outgoing) -> String {
    String::from_utf8(out.body).unwrap()
}

#[test]
fn letters_are_listed_and_read() {
    let office = Office::new();
    assert!(text(get(&office, "/dev/mailbox")).contains("No letters yet"));
    office.letter("let_1", "reset");
    office.deliver("let_1");
    let list = text(get(&office, "/dev/mailbox"));
    assert!(list.contains("href=\"/dev/mailbox/let_1\"") && list.contains("ada@example.com"));
    let page = text(get(&office, "/dev/mailbox/let_1"));
    let link = format!("<a href=\"http://127.0.0.1:8787/reset#{0}\">", Office::token("let_1"));
    assert!(page.contains(&link), "{page}");
    assert_eq!(get(&office, "/dev/mailbox/let_2").status, 404);
}

#[test]
fn there_is_no_mailbox_in_other_environments() {
    for environment in ["staging", "production", "Local", ""] {
        let office = Office::with(&[("ENVIRONMENT", environment)]);
        office.bench.execute("INSERT INTO mailbox VALUES ('let_1', 'a@b', 's', 't', 'h', 1)");
        for path in ["/dev/mailbox", "/dev/mailbox/let_1"] {
            let out = get(&office, path);
            let problem: Value = serde_json::from_slice(&out.body).unwrap();
            assert_eq!((out.status, problem["code"].as_str()), (404, Some("not_found")), "{environment} {path}");
        }
        office.letter("let_2", "reset");
        office.deliver("let_2");
        assert_eq!(office.value("SELECT count(*) AS value FROM mailbox"), "1", "and none can be chosen");
    }
}

#[test]
fn nothing_of_a_letter_becomes_markup_of_the_page() {
    let office = Office::new();
    let evil = "<script>alert(1)</script>\"''".replace('\'', "''");
    office.bench.execute(&format!("INSERT INTO mailbox VALUES ('let_1', '{evil}', '{evil}', '{evil}', '{evil}', 1)"));
    for path in ["/dev/mailbox", "/dev/mailbox/let_1"] {
        let out = get(&office, path);
        assert!(out.header("Content-Security-Policy").unwrap().starts_with("default-src 'none'; style-src"));
        assert!(!text(out).contains("<script"), "{path}");
    }
}

#[test]
fn the_function_is_ready_when_it_can_send() {
    assert_eq!(get(&Office::new(), "/readyz").status, 200);
    for missing in ["LINK_KEY", "MAIL_SENDER", "MAIL_FROM"] {
        assert_eq!(get(&Office::with(&[(missing, "")]), "/readyz").status, 503, "{missing}");
    }
}
