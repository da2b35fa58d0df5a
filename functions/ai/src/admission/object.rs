//! The admission object: keeps the book durable and hands records over to the queue.
//! What it decides is in `book`.

use std::cell::{Cell, RefCell};

use coordination::reservation::{Tell, limits};
use serde::Serialize;
use shared::budget::{Limits, Warned, Warning};
use shared::log;
use shared::platform::{Object, Question, now_ms};

use crate::admission::account::Account;
use crate::admission::book::{Book, Reserve, Settle, Settled, Totals};
use crate::admission::calls::Call;
use crate::admission::outbox::Outbox;

const CALLS: &str = "CREATE TABLE IF NOT EXISTS calls \
(call_id TEXT PRIMARY KEY, times TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL) STRICT";
const TOTALS: &str = "CREATE TABLE IF NOT EXISTS totals \
(scope TEXT PRIMARY KEY, periods TEXT NOT NULL, minute TEXT NOT NULL) STRICT";
const LIMITS: &str = "CREATE TABLE IF NOT EXISTS limits (scope TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT";

const READ_TOTALS: &str = "SELECT scope, periods, minute FROM totals";
const READ_LIMITS: &str = "SELECT scope, body FROM limits";
const READ_OPEN: &str = "SELECT times, body FROM calls WHERE state = 'open'";
const READ_GIVEN_UP: &str = "SELECT times, body FROM calls WHERE state = 'given_up'";

const OPEN: &str = "INSERT OR REPLACE INTO calls (call_id, times, body, state) VALUES (?, ?, ?, 'open')";
const GIVE_UP: &str = "UPDATE calls SET state = 'given_up' WHERE call_id = ?";
const FORGET: &str = "DELETE FROM calls WHERE call_id = ?";
// All scopes of a call in one statement: each costs a crossing.
const COUNT: &str = "INSERT OR REPLACE INTO totals (scope, periods, minute) \
SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)";
const LEARN: &str = "INSERT OR REPLACE INTO limits (scope, body) VALUES (?, ?)";

/// A call given up is remembered for a day, in case somebody settles it after all.
const REMEMBER_MS: u64 = 86_400_000;
/// The outbox is tried again after this long.
const RETRY_MS: u64 = 5_000;

/// The object's state in memory, and its tables.
pub(crate) struct Admitting {
    object: Object,
    book: RefCell<Option<Book>>,
    outbox: Outbox,
    alarm_ms: Cell<Option<u64>>,
}

impl Admitting {
    /// Nothing is read before the first question.
    pub(crate) const fn new(object: Object) -> Self {
        Self { object, book: RefCell::new(None), outbox: Outbox::new(), alarm_ms: Cell::new(None) }
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
            "/scopes" => {
                let states = self.tell(&Tell::read(&body).map_err(|error| error.to_string())?)?;
                self.send().await;
                Ok((200, states))
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
            self.keep(settled)?;
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
        for table in [CALLS, TOTALS, LIMITS] {
            self.object.run(table, [None; 3])?;
        }
        let accounts = self.object.rows(READ_TOTALS)?.into_iter().filter_map(|row| {
            let [scope, periods, minute] = Totals::try_from(row).ok()?;
            Some(Account::read(scope, &periods, &minute))
        });
        let pairs = |sql| -> Result<Vec<[String; 2]>, String> {
            Ok(self.object.rows(sql)?.into_iter().filter_map(|row| row.try_into().ok()).collect())
        };
        let calls = |sql| -> Result<Vec<Call>, String> {
            let read = |[times, body]: &[String; 2]| Some(Call::read(times, Reserve::read(body).ok()?));
            Ok(pairs(sql)?.iter().filter_map(read).collect())
        };
        let known = pairs(READ_LIMITS)?.into_iter().filter_map(|[scope, body]| Some((scope, limits(&body).ok()?)));
        let book = Book::load(accounts.collect(), known.collect(), calls(READ_OPEN)?, calls(READ_GIVEN_UP)?);
        self.outbox.open(&self.object)?;
        *self.book.borrow_mut() = Some(book);
        Ok(())
    }

    /// The verdict, in JSON. The question is kept as it came.
    fn reserve(&self, body: &str) -> Result<String, String> {
        let ask = Reserve::read(body).map_err(|error| error.to_string())?;
        let call = ask.call_id.clone();
        let reserved = self.with_book(|book| book.reserve(ask, now_ms()));
        self.learn(&reserved.learnt)?;
        if let Some(times) = &reserved.times {
            self.object.run(OPEN, [Some(&call), Some(times), Some(body)])?;
        }
        self.count(&reserved.totals)?;
        self.warn(reserved.warnings)?;
        Ok(reserved.verdict.text())
    }

    /// Takes newer limits over; what is spent and reserved, in JSON.
    fn tell(&self, told: &Tell) -> Result<String, String> {
        let told = self.with_book(|book| book.tell(&told.scopes, &told.org_id, now_ms()));
        self.learn(&told.learnt)?;
        self.count(&told.totals)?;
        self.warn(told.warnings)?;
        json(&told.states)
    }

    fn settle(&self, ended: Settle) -> Result<(), String> {
        if let Some(settled) = self.with_book(|book| book.settle(ended, now_ms())) {
            self.forget(&settled.call_id)?;
            self.keep(settled)?;
        }
        Ok(())
    }

    fn forget(&self, call: &str) -> Result<(), String> {
        self.object.run(FORGET, [Some(call), None, None])
    }

    /// Takes a reservation back whose call was never made.
    fn withdraw(&self, call: &str) -> Result<(), String> {
        match self.with_book(|book| book.withdraw(call)) {
            Some(totals) => {
                self.forget(call)?;
                self.count(&totals)
            }
            None => Ok(()),
        }
    }

    /// Writes the totals and puts the record into the outbox.
    fn keep(&self, settled: Settled) -> Result<(), String> {
        self.count(&settled.totals)?;
        self.outbox.put(&self.object, settled.call_id, settled.record.get().to_owned())?;
        self.warn(settled.warnings)
    }

    fn count(&self, totals: &[Totals]) -> Result<(), String> {
        if totals.is_empty() {
            return Ok(());
        }
        self.object.run(COUNT, [Some(&json(&totals)?), None, None])
    }

    fn learn(&self, learnt: &[(String, Limits)]) -> Result<(), String> {
        for (scope, limits) in learnt {
            self.object.run(LEARN, [Some(scope), Some(&json(limits)?), None])?;
        }
        Ok(())
    }

    /// Warnings leave by the outbox, too: each has a name of its own among the calls.
    fn warn(&self, warnings: Vec<Warning>) -> Result<(), String> {
        for warning in warnings {
            let Warning { scope, begins_day, version, percent, .. } = &warning;
            let name = format!("warning {scope} {begins_day} {version} {percent}");
            let record = json(&Warned { warning })?;
            self.outbox.put(&self.object, name, record)?;
        }
        Ok(())
    }

    /// Sends the outbox to the queue. What cannot be sent stays, and the alarm tries again.
    async fn send(&self) {
        if self.outbox.send(&self.object).await {
            return;
        }
        if let Err(error) = self.set_alarm(now_ms().saturating_add(RETRY_MS)).await {
            log::event("ai", "error", "admission::send", "no alarm could be set", Some(&error));
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

fn json(value: &impl Serialize) -> Result<String, String> {
    serde_json::to_string(value).map_err(|error| error.to_string())
}
