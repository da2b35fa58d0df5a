//! What becomes of the messages of a batch, call records, warnings of budgets, pieces of what was said: pure, so that every fault is tested on the host.

use shared::budget::{WARNED, Warned};
use shared::capture::{CAPTURED, Captured};
use shared::db::Statement;
use shared::ledger::CallRecord;

use crate::{capture, line, store};

/// A batch, read: one statement a message that could be read, in the order of the messages, and
/// which could not. A message nobody can read is retried and ends in the dead-letter queue, where it
/// waits for a person; it never holds up the others.
#[derive(Debug, Default)]
pub struct Batch {
    /// Statements, to be run as one transaction.
    pub statements: Vec<Statement>,
    /// Indices of the messages they come from.
    pub read: Vec<usize>,
    /// The log line of each statement that takes a call: written when it gives a row, which it does once.
    pub lines: Vec<Option<String>>,
    /// Indices of messages that are none of these, with the reason.
    pub unreadable: Vec<(usize, String)>,
    /// Statements that note models without a price, to be run after the others. Each gives a row when it is news.
    pub unpriced: Vec<Statement>,
}

/// Reads a batch of message bodies, JSON text each; `None` for a body that is no text.
pub fn read(bodies: &[Option<String>], now_ms: u64) -> Batch {
    let mut batch = Batch::default();
    for (i, body) in bodies.iter().enumerate() {
        let read = match body {
            Some(text) if text.starts_with(WARNED) => {
                shared::json::read::<Warned>(text).map(|warned| (store::warn(&warned.warning), None, None))
            }
            Some(text) if text.starts_with(CAPTURED) => shared::json::read::<Captured>(text)
                .map(|captured| (capture::store::add(&captured.captured), None, None)),
            Some(text) => shared::json::read::<CallRecord>(text).map(|record| {
                let news = record.cost_nano_usd.is_none().then(|| store::note_unpriced(&record, now_ms));
                (store::add(&record), Some(line::of(&record)), news)
            }),
            None => {
                batch.unreadable.push((i, "the body is no text".to_owned()));
                continue;
            }
        };
        match read.map_err(|error| error.to_string()) {
            Ok((statement, line, news)) => {
                batch.statements.push(statement);
                batch.lines.push(line);
                batch.unpriced.extend(news);
                batch.read.push(i);
            }
            Err(reason) => batch.unreadable.push((i, reason)),
        }
    }
    batch
}
