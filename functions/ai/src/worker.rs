//! The Worker's events and the shell of the admission object: it keeps the book durable and
//! hands records over to the queue. What it decides is in `book`.

use std::cell::{Cell, RefCell};

use shared::log;
use shared::platform::now_ms;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{DurableObject, Env, Error, Request, Response, Result, SqlStorage, State, durable_object};

use crate::book::{Book, Reserve, Settle, Settled, Verdict};
use crate::fields::DataError;

/// The `fetch` event.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub fn fetch(request: web_sys::Request, env: Env, context: worker::worker_sys::Context) -> JsValue {
    shared::platform::enter(&crate::TABLE, request, env, context)
}

const TABLES: &str = "CREATE TABLE IF NOT EXISTS reservations (call_id TEXT PRIMARY KEY, state TEXT NOT NULL, body TEXT NOT NULL) STRICT; \
CREATE TABLE IF NOT EXISTS spent (scope TEXT NOT NULL, period TEXT NOT NULL, nano_usd TEXT NOT NULL, PRIMARY KEY (scope, period)) STRICT; \
CREATE TABLE IF NOT EXISTS outbox (call_id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT;";

/// A call given up is remembered for a day, in case somebody settles it after all.
const REMEMBER_MS: u64 = 86_400_000;
/// The outbox is tried again after this long.
const RETRY_MS: u64 = 5_000;

/// One organisation's admission: reservations, what is spent, and records on their way to the ledger.
#[durable_object(alarm)]
pub struct Admission {
    state: State,
    env: Env,
    book: RefCell<Option<Book>>,
    alarm_ms: Cell<Option<u64>>,
    sending: Cell<bool>,
}

impl DurableObject for Admission {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, book: RefCell::new(None), alarm_ms: Cell::new(None), sending: Cell::new(false) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let path = request.path();
        let body = request.bytes().await?;
        self.open()?;
        match path.as_str() {
            "/reserve" => {
                let verdict = self.reserve(Reserve::read(&utf8(body)?).map_err(refused)?)?;
                self.wake().await?;
                Response::from_json(&verdict)
            }
            "/settle" => {
                self.settle(Settle::read(&utf8(body)?).map_err(refused)?)?;
                self.send().await;
                Ok(Response::empty()?.with_status(204))
            }
            "/withdraw" => {
                self.withdraw(&String::from_utf8_lossy(&body))?;
                Ok(Response::empty()?.with_status(204))
            }
            _ => Response::error("no such path", 404),
        }
    }

    /// Charges what nobody settled, and sends what is left to send.
    async fn alarm(&self) -> Result<Response> {
        self.alarm_ms.set(None);
        self.open()?;
        let now = now_ms();
        let expired = self.with_book(|book| {
            book.forget(now.saturating_sub(REMEMBER_MS));
            book.expire(now)
        });
        for settled in expired {
            self.sql().exec(
                "UPDATE reservations SET state = 'given_up' WHERE call_id = ?",
                vec![settled.call_id.as_str().into()],
            )?;
            self.keep(&settled)?;
        }
        self.send().await;
        self.wake().await?;
        Response::empty()
    }
}

impl Admission {
    fn sql(&self) -> SqlStorage {
        self.state.storage().sql()
    }

    fn with_book<T>(&self, use_it: impl FnOnce(&mut Book) -> T) -> T {
        use_it(self.book.borrow_mut().get_or_insert_with(Book::default))
    }

    /// Reads the tables, once in the object's life.
    fn open(&self) -> Result<()> {
        if self.book.borrow().is_some() {
            return Ok(());
        }
        self.sql().exec(TABLES, None)?;
        let spent = self.rows("SELECT scope, period, nano_usd FROM spent")?;
        let spent = spent.into_iter().filter_map(|row| {
            let [scope, period, nano] = <[String; 3]>::try_from(row).ok()?;
            Some(((scope, period), nano.parse().ok()?))
        });
        let reservations = |state: &str| -> Result<Vec<Reserve>> {
            let rows = self.rows(&format!("SELECT body FROM reservations WHERE state = '{state}'"))?;
            Ok(rows.iter().filter_map(|row| Reserve::read(row.first()?).ok()).collect())
        };
        let book = Book::load(spent.collect(), reservations("open")?, reservations("given_up")?);
        *self.book.borrow_mut() = Some(book);
        Ok(())
    }

    fn rows(&self, sql: &str) -> Result<Vec<Vec<String>>> {
        let cursor = self.sql().exec(sql, None)?;
        let mut rows = Vec::new();
        for row in cursor.raw() {
            rows.push(row?.iter().map(text).collect());
        }
        Ok(rows)
    }

    fn reserve(&self, ask: Reserve) -> Result<Verdict> {
        let body = serde_json::to_string(&ask)?;
        let call = ask.call_id.clone();
        let verdict = self.with_book(|book| book.reserve(ask));
        if verdict == Verdict::Admitted {
            let sql = "INSERT OR IGNORE INTO reservations (call_id, state, body) VALUES (?, 'open', ?)";
            self.sql().exec(sql, vec![call.into(), body.into()])?;
        }
        Ok(verdict)
    }

    fn settle(&self, ended: Settle) -> Result<()> {
        if let Some(settled) = self.with_book(|book| book.settle(ended)) {
            self.forget(&settled.call_id)?;
            self.keep(&settled)?;
        }
        Ok(())
    }

    fn forget(&self, call: &str) -> Result<()> {
        self.sql().exec("DELETE FROM reservations WHERE call_id = ?", vec![call.into()]).map(|_| ())
    }

    /// Takes a reservation back whose call was never made.
    fn withdraw(&self, call: &str) -> Result<()> {
        if self.with_book(|book| book.withdraw(call)) { self.forget(call) } else { Ok(()) }
    }

    /// Writes the totals and puts the record into the outbox. The runtime makes the writes of one turn
    /// durable together, before anything leaves the object.
    fn keep(&self, settled: &Settled) -> Result<()> {
        let sql = self.sql();
        for ((scope, period), nano) in &settled.spent {
            let values = vec![scope.as_str().into(), period.as_str().into(), nano.to_string().into()];
            sql.exec("INSERT OR REPLACE INTO spent (scope, period, nano_usd) VALUES (?, ?, ?)", values)?;
        }
        let values = vec![settled.call_id.as_str().into(), settled.record.get().into()];
        sql.exec("INSERT OR REPLACE INTO outbox (call_id, record) VALUES (?, ?)", values)?;
        Ok(())
    }

    /// Sends the outbox to the queue, a batch at a time; one sender at a time takes what others put in
    /// meanwhile. What cannot be sent stays, and the alarm tries again.
    async fn send(&self) {
        if self.sending.replace(true) {
            return;
        }
        if let Err(error) = self.send_all().await {
            log::event("ai", "error", "admission::send", "the queue refused records", Some(&error.to_string()));
            let retry = now_ms().saturating_add(RETRY_MS);
            if let Err(error) = self.set_alarm(retry).await {
                log::event("ai", "error", "admission::send", "no alarm could be set", Some(&error.to_string()));
            }
        }
        self.sending.set(false);
    }

    async fn send_all(&self) -> Result<()> {
        let queue = self.env.queue("USAGE")?;
        loop {
            let rows = self.rows("SELECT call_id, record FROM outbox ORDER BY call_id LIMIT 50")?;
            if rows.is_empty() {
                return Ok(());
            }
            let messages = rows.iter().filter_map(|row| row.get(1)).map(|record| {
                let text = JsValue::from_str(record);
                worker::RawMessageBuilder::new(text).build_with_content_type(worker::QueueContentType::Text)
            });
            let batch = worker::BatchMessageBuilder::new().messages(messages).build();
            queue.send_raw_batch(batch).await?;
            // Only what was sent: a correction may have replaced a record meanwhile.
            for row in &rows {
                let values = row.iter().map(|text| text.as_str().into()).collect::<Vec<_>>();
                self.sql().exec("DELETE FROM outbox WHERE call_id = ? AND record = ?", values)?;
            }
        }
    }

    /// Sees to it that the alarm rings when the next reservation ends.
    async fn wake(&self) -> Result<()> {
        match self.with_book(|book| book.next_end_ms()) {
            Some(end) => self.set_alarm(end).await,
            None => Ok(()),
        }
    }

    /// Sets the alarm unless an earlier one is set: most calls find one and write nothing.
    async fn set_alarm(&self, at_ms: u64) -> Result<()> {
        if self.alarm_ms.get().is_some_and(|set| set <= at_ms) {
            return Ok(());
        }
        let after = at_ms.saturating_sub(now_ms()).max(1);
        self.state.storage().set_alarm(std::time::Duration::from_millis(after)).await?;
        self.alarm_ms.set(Some(at_ms));
        Ok(())
    }
}

fn utf8(body: Vec<u8>) -> Result<String> {
    String::from_utf8(body).map_err(|_| Error::RustError("the body is not UTF-8".to_owned()))
}

fn refused(error: DataError) -> Error {
    Error::RustError(error.to_string())
}

/// A column as text.
fn text(value: &worker::SqlStorageValue) -> String {
    match value {
        worker::SqlStorageValue::String(text) => text.clone(),
        _ => String::new(),
    }
}
