//! What an admission object has to hand over to the queue: records of calls, and warnings. It is kept until it is sent.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use shared::log;
use shared::platform::Object;

const OUTBOX: &str = "CREATE TABLE IF NOT EXISTS outbox (call_id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT";
const READ_OUTBOX: &str = "SELECT call_id, record FROM outbox ORDER BY call_id";
const PUT_OUT: &str = "INSERT OR REPLACE INTO outbox (call_id, record) VALUES (?, ?)";
// Only what was sent: a correction may have replaced a record meanwhile.
const WAS_SENT: &str = "DELETE FROM outbox WHERE call_id = ? AND record = ?";

/// Records sent to the queue at once (of 100 that it takes, and 256 kB).
const BATCH: usize = 50;

/// What has not left yet, and whether somebody is sending.
pub(super) struct Outbox {
    /// Oldest first: call and record.
    unsent: RefCell<VecDeque<[String; 2]>>,
    sending: Cell<bool>,
}

impl Outbox {
    /// Nothing is read yet.
    pub(super) const fn new() -> Self {
        Self { unsent: RefCell::new(VecDeque::new()), sending: Cell::new(false) }
    }

    /// Reads what was left.
    pub(super) fn open(&self, object: &Object) -> Result<(), String> {
        object.run(OUTBOX, [None; 3])?;
        let rows = object.rows(READ_OUTBOX)?;
        *self.unsent.borrow_mut() = rows.into_iter().filter_map(|row| row.try_into().ok()).collect();
        Ok(())
    }

    /// Puts a record in, durably, under a name of its own.
    pub(super) fn put(&self, object: &Object, name: String, record: String) -> Result<(), String> {
        object.run(PUT_OUT, [Some(&name), Some(&record), None])?;
        self.unsent.borrow_mut().push_back([name, record]);
        Ok(())
    }

    /// Sends all, a batch at a time; one sender at a time takes what others put in meanwhile. False when something was
    /// left that is to be tried again.
    pub(super) async fn send(&self, object: &Object) -> bool {
        if self.sending.replace(true) {
            return true;
        }
        let sent = self.send_all(object).await;
        self.sending.set(false);
        if let Err(error) = &sent {
            log::event("ai", "error", "admission::send", "the queue refused records", Some(error));
        }
        sent.is_ok()
    }

    async fn send_all(&self, object: &Object) -> Result<(), String> {
        loop {
            let batch: Vec<[String; 2]> = self.unsent.borrow().iter().take(BATCH).cloned().collect();
            if batch.is_empty() {
                return Ok(());
            }
            object.send("USAGE", batch.iter().map(|[_, record]| record.as_str())).await?;
            for [call, record] in &batch {
                object.run(WAS_SENT, [Some(call), Some(record), None])?;
            }
            self.unsent.borrow_mut().drain(..batch.len());
        }
    }
}
