//! The function under test, with an account and letters to it.

use mail::TABLE;
use mail::consumer::{self, Verdict};
use serde_json::{Value, json};
use shared::accounts::links::{LinkKey, Purpose};
use shared::platform::testing::Bench;

/// 32 bytes in base64url.
pub(crate) const LINK_KEY: &str = "bGlua3MgYXJlIGRlcml2ZWQgdW5kZXIgdGhpcyBrZXk";

/// The mail function and its database.
pub(crate) struct Office {
    pub(crate) bench: Bench,
}

impl Office {
    /// With the local mailbox.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// With further variables.
    pub(crate) fn with(vars: &[(&str, &str)]) -> Self {
        let mut all =
            vec![("LINK_KEY", LINK_KEY), ("MAIL_SENDER", "mailbox"), ("MAIL_FROM", "Shop <post@shop.example>")];
        all.extend_from_slice(vars);
        let bench = Bench::new(&TABLE, &all);
        bench.execute("INSERT INTO users (id, email, created_at) VALUES ('usr_1', 'ada@example.com', 1)");
        Self { bench }
    }

    /// Puts a letter of this kind into the outbox, with a link that lives for an hour.
    pub(crate) fn letter(&self, id: &str, kind: &str) {
        let now = self.bench.now_ms();
        self.bench.execute(&format!(
            "INSERT INTO letters (id, kind, recipient, locale, user_id, link_id, about, created_at) \
VALUES ('{id}', '{kind}', 'ada@example.com', 'en', 'usr_1', 'lnk_{id}', 'new@example.com', {now});
INSERT INTO links (id, token_hash, purpose, user_id, email, created_at, expires_at) \
VALUES ('lnk_{id}', 'hash of {id}', 'reset', 'usr_1', 'ada@example.com', {now}, {now} + 3600000)"
        ));
    }

    /// Delivers a message that names this letter.
    pub(crate) fn deliver(&self, id: &str) -> Verdict {
        self.deliver_text(Some(&json!({ "letter_id": id }).to_string()))
    }

    /// Delivers a message with this body.
    pub(crate) fn deliver_text(&self, body: Option<&str>) -> Verdict {
        at_once(consumer::deliver(&self.bench.platform(), body))
    }

    /// The only value of a query, as text.
    pub(crate) fn value(&self, sql: &'static str) -> String {
        #[derive(serde::Deserialize)]
        struct Row {
            value: Value,
        }
        let row: Option<Row> = at_once(self.bench.platform().db().first(shared::sql!(sql))).unwrap();
        row.map_or_else(String::new, |row| row.value.as_str().map_or_else(|| row.value.to_string(), str::to_owned))
    }

    /// State and tries of the only letter.
    pub(crate) fn state(&self) -> String {
        self.value("SELECT state || ' ' || attempts AS value FROM letters")
    }

    /// The token in the link of this letter.
    pub(crate) fn token(id: &str) -> String {
        LinkKey::read(LINK_KEY).unwrap().token(Purpose::Reset, &format!("lnk_{id}"))
    }
}

/// Runs what never waits on the host.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    use std::task::{Context, Poll, Waker};
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing waits on the host"),
    }
}
