//! The admission object: keeps the book durable and hands records over to the queue.
//! What it decides is in `book`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use shared::log;
use shared::platform::{Object, Question, now_ms};

use crate::admission::book::{Book, Reserve, Settle, Settled};

const RESERVATIONS: &str = "CREATE TABLE IF NOT EXISTS reservations (call_id TEXT PRIMARY KEY, state TEXT NOT NULL, body TEXT NOT NULL) STRICT";
const SPENT: &str = "CREATE TABLE IF NOT EXISTS spent \
(scope TEXT NOT NULL, period TEXT NOT NULL, nano_usd TEXT NOT NULL, PRIMARY KEY (scope, period)) STRICT";
const OUTBOX: &str = "CREATE TABLE IF NOT EXISTS outbox (call_id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT";

const READ_SPENT: &str = "SELECT scope, period, nano_usd FROM spent";
const READ_OPEN: &str = "SELECT body FROM reservations WHERE state = 'open'";
const READ_GIVEN_UP: &str = "SELECT body FROM reservations WHERE state = 'given_up'";
const READ_OUTBOX: &str = "SELECT call_id, record FROM outbox ORDER BY call_id";

const OPEN: &str = "INSERT OR IGNORE INTO reservations (call_id, state, body) VALUES (?, 'open', ?)";
const GIVE_UP: &str = "UPDATE reservations SET state = 'given_up' WHERE call_id = ?";
const FORGET: &str = "DELETE FROM reservations WHERE call_id = ?";
const SPEND: &str = "INSERT OR REPLACE INTO spent (scope, period, nano_usd) VALUES (?, ?, ?)";
const PUT_OUT: &str = "INSERT OR REPLACE INTO outbox (call_id, record) VALUES (?, ?)";
// Only what was sent: a correction may have replaced a record meanwhile.
const WAS_SENT: &str = "DELETE FROM outbox WHERE call_id = ? AND record = ?";

/// A call given up is remembered for a day, in case somebody settles it after all.
const REMEMBER_MS: u64 = 86_400_000;
/// The outbox is tried again after this long.
const RETRY_MS: u64 = 5_000;
/// Records sent to the queue at once (of 100 that it takes, and 256 kB).
const BATCH: usize = 50;

/// The object's state in memory, and its tables.
pub(crate) struct Admitting {
    object: Object,
    book: RefCell<Option<Book>>,
    /// What stands in the outbox, oldest first: call and record.
    unsent: RefCell<VecDeque<[String; 2]>>,
    alarm_ms: Cell<Option<u64>>,
    sending: Cell<bool>,
}

impl Admitting {
    /// Nothing is read before the first question.
    pub(crate) const fn new(object: Object) -> Self {
        Self {
            object,
            book: RefCell::new(None),
            unsent: RefCell::new(VecDeque::new()),
            alarm_ms: Cell::new(None),
            sending: Cell::new(false),
        }
    }

    /// Status and text.
    pub(crate) async fn answer(&self, question: Question) -> Result<(u16, String), String> {
        let Question { path, body } = question;
        self.open()?;
        match path.as_str() {
            "/reserve" => {
                let verdict = self.reserve(&body)?;
                self.wake().await?;
                Ok((200, verdict))
            }
            "/settle" => {
                self.settle(Settle::read(&body).map_err(|error| error.to_string())?)?;
                self.send().await;
                Ok((204, String::new()))
            }
            "/withdraw" => {
                self.withdraw(&body)?;
                Ok((204, String::new()))
            }
            _ => Ok((404, "no such path".to_owned())),
        }
    }

    /// Charges what nobody settled, and sends what is left to send.
    pub(crate) async fn ring(&self) -> Result<(), String> {
        self.alarm_ms.set(None);
        self.open()?;
        let now = now_ms();
        let expired = self.with_book(|book| {
            book.forget(now.saturating_sub(REMEMBER_MS));
            book.expire(now)
        });
        for settled in expired {
            self.object.run(GIVE_UP, [Some(&settled.call_id), None, None])?;
            self.keep(&settled)?;
        }
        self.send().await;
        self.wake().await
    }

    fn with_book<T>(&self, use_it: impl FnOnce(&mut Book) -> T) -> T {
        use_it(self.book.borrow_mut().get_or_insert_with(Book::default))
    }

    /// Reads the tables, once in the object's life.
    fn open(&self) -> Result<(), String> {
        if self.book.borrow().is_some() {
            return Ok(());
        }
        for table in [RESERVATIONS, SPENT, OUTBOX] {
            self.object.run(table, [None; 3])?;
        }
        let spent = self.object.rows(READ_SPENT)?.into_iter().filter_map(|row| {
            let [scope, period, nano] = <[String; 3]>::try_from(row).ok()?;
            Some(((scope, period), nano.parse().ok()?))
        });
        let reservations = |sql| -> Result<Vec<Reserve>, String> {
            let rows = self.object.rows(sql)?;
            Ok(rows.iter().filter_map(|row| Reserve::read(row.first()?).ok()).collect())
        };
        let unsent = self.object.rows(READ_OUTBOX)?;
        *self.unsent.borrow_mut() = unsent.into_iter().filter_map(|row| row.try_into().ok()).collect();
        let book = Book::load(spent.collect(), reservations(READ_OPEN)?, reservations(READ_GIVEN_UP)?);
        *self.book.borrow_mut() = Some(book);
        Ok(())
    }

    /// The verdict, in JSON. The question is kept as it came.
    fn reserve(&self, body: &str) -> Result<String, String> {
        let ask = Reserve::read(body).map_err(|error| error.to_string())?;
        let call = ask.call_id.clone();
        let verdict = self.with_book(|book| book.reserve(ask));
        if verdict == crate::admission::book::Verdict::Admitted {
            self.object.run(OPEN, [Some(&call), Some(body), None])?;
        }
        serde_json::to_string(&verdict).map_err(|error| error.to_string())
    }

    fn settle(&self, ended: Settle) -> Result<(), String> {
        if let Some(settled) = self.with_book(|book| book.settle(ended)) {
            self.forget(&settled.call_id)?;
            self.keep(&settled)?;
        }
        Ok(())
    }

    fn forget(&self, call: &str) -> Result<(), String> {
        self.object.run(FORGET, [Some(call), None, None])
    }

    /// Takes a reservation back whose call was never made.
    fn withdraw(&self, call: &str) -> Result<(), String> {
        if self.with_book(|book| book.withdraw(call)) { self.forget(call) } else { Ok(()) }
    }

    /// Writes the totals and puts the record into the outbox.
    fn keep(&self, settled: &Settled) -> Result<(), String> {
        for ((scope, period), nano) in &settled.spent {
            self.object.run(SPEND, [Some(scope), Some(period), Some(&nano.to_string())])?;
        }
        let (call, record) = (&settled.call_id, settled.record.get());
        self.object.run(PUT_OUT, [Some(call), Some(record), None])?;
        self.unsent.borrow_mut().push_back([call.clone(), record.to_owned()]);
        Ok(())
    }

    /// Sends the outbox to the queue, a batch at a time; one sender at a time takes what others put in
    /// meanwhile. What cannot be sent stays, and the alarm tries again.
    async fn send(&self) {
        if self.sending.replace(true) {
            return;
        }
        if let Err(error) = self.send_all().await {
            log::event("ai", "error", "admission::send", "the queue refused records", Some(&error));
            let retry = now_ms().saturating_add(RETRY_MS);
            if let Err(error) = self.set_alarm(retry).await {
                log::event("ai", "error", "admission::send", "no alarm could be set", Some(&error));
            }
        }
        self.sending.set(false);
    }

    async fn send_all(&self) -> Result<(), String> {
        loop {
            let batch: Vec<[String; 2]> = self.unsent.borrow().iter().take(BATCH).cloned().collect();
            if batch.is_empty() {
                return Ok(());
            }
            self.object.send("USAGE", batch.iter().map(|[_, record]| record.as_str())).await?;
            for [call, record] in &batch {
                self.object.run(WAS_SENT, [Some(call), Some(record), None])?;
            }
            self.unsent.borrow_mut().drain(..batch.len());
        }
    }

    /// Sees to it that the alarm rings when the next reservation ends.
    async fn wake(&self) -> Result<(), String> {
        match self.with_book(|book| book.next_end_ms()) {
            Some(end) => self.set_alarm(end).await,
            None => Ok(()),
        }
    }

    /// Sets the alarm unless an earlier one is set: most calls find one and write nothing.
    async fn set_alarm(&self, at_ms: u64) -> Result<(), String> {
        if self.alarm_ms.get().is_some_and(|set| set <= at_ms) {
            return Ok(());
        }
        self.object.set_alarm(at_ms).await?;
        self.alarm_ms.set(Some(at_ms));
        Ok(())
    }
}
