//! The object of answers: keeps them durable, lets those wait whose answer is being made, and sweeps.
//! What it decides is in `shelf` and `near`.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use coordination::answers::{Claim, Near, Put, words};
use coordination::vector::Vector;
use futures::channel::oneshot::{self, Sender};
use shared::platform::{Object, Question, now_ms};

use crate::answers::near::nearest;
use crate::answers::shelf::{Claimed, Shelf};

const ANSWERS: &str =
    "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, expires_ms TEXT NOT NULL, bytes TEXT NOT NULL) STRICT";
const PARTS: &str = "CREATE TABLE IF NOT EXISTS parts \
(key TEXT NOT NULL, number TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (key, number)) STRICT";
const VECTORS: &str =
    "CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, scope TEXT NOT NULL, vector TEXT NOT NULL) STRICT";

const READ_ANSWERS: &str = "SELECT key, expires_ms, bytes FROM answers ORDER BY rowid";
const READ_VECTORS: &str = "SELECT key, scope, vector FROM vectors";
const READ_PARTS: &str = "SELECT text FROM parts WHERE key = ? ORDER BY number";

const KEEP: &str = "INSERT OR REPLACE INTO answers (key, expires_ms, bytes) VALUES (?, ?, ?)";
const KEEP_PART: &str = "INSERT OR REPLACE INTO parts (key, number, text) VALUES (?, ?, ?)";
const KEEP_VECTOR: &str = "INSERT OR REPLACE INTO vectors (key, scope, vector) VALUES (?, ?, ?)";
const DROP: [&str; 3] =
    ["DELETE FROM answers WHERE key = ?", "DELETE FROM parts WHERE key = ?", "DELETE FROM vectors WHERE key = ?"];

/// A row holds so much of an answer: 2 MB is the runtime's bound.
const PART_BYTES: usize = 512 * 1024;
/// So many may wait for one answer; others make it themselves.
const MOST_WAITING: usize = 1_000;
/// What is past its time is swept away after this long, not one by one.
const SWEEP_MS: u64 = 60_000;

/// Why somebody need not wait any longer.
#[derive(Clone, Copy, Debug)]
enum Word {
    /// The answer is here.
    Here,
    /// There will be none to share.
    Alone,
    /// Whoever made it is gone.
    Again,
}

/// The object's state in memory, and its tables.
pub(crate) struct Answering {
    object: Object,
    shelf: RefCell<Option<Shelf>>,
    vectors: RefCell<HashMap<String, (String, Vector)>>,
    waiting: RefCell<HashMap<String, Vec<Sender<Word>>>>,
    alarm_ms: Cell<Option<u64>>,
}

impl Answering {
    /// Nothing is read before the first question.
    pub(crate) fn new(object: Object) -> Self {
        let (vectors, waiting) = (RefCell::default(), RefCell::default());
        Self { object, shelf: RefCell::new(None), vectors, waiting, alarm_ms: Cell::new(None) }
    }

    /// Status and text. 200: here is the answer; 203: here it is, after a wait; 201: make it; 409: ask again; 410: make it
    /// for yourself; 404: there is none; 204: done.
    pub(crate) async fn answer(&self, question: Question) -> Result<(u16, String), String> {
        let Question { path, body } = question;
        self.open()?;
        let unreadable = || "unreadable".to_owned();
        match path.as_str() {
            "/claim" => self.claim(Claim::of_text(&body).ok_or_else(unreadable)?).await,
            "/put" => self.put(&Put::of_text(&body).ok_or_else(unreadable)?).await,
            "/give_up" => {
                let [key, holder] = words(&body).ok_or_else(unreadable)?;
                if self.with_shelf(|shelf| shelf.give_up(key, holder)) {
                    self.tell(key, Word::Alone);
                }
                Ok((204, String::new()))
            }
            "/near" => self.near(&Near::of_text(&body).ok_or_else(unreadable)?),
            _ => Ok((404, "no such path".to_owned())),
        }
    }

    /// Lets those go on who wait for somebody that is gone, and sweeps.
    pub(crate) async fn ring(&self) -> Result<(), String> {
        self.alarm_ms.set(None);
        self.open()?;
        let now = now_ms();
        for key in self.with_shelf(|shelf| shelf.lapse(now)) {
            self.tell(&key, Word::Again);
        }
        let gone = self.with_shelf(|shelf| shelf.sweep(now));
        self.drop_all(&gone)?;
        let lease = |key: &String| self.with_shelf(|shelf| shelf.lease_ends_ms(key));
        let next_lease = self.waiting.borrow().keys().filter_map(lease).min();
        let next_expiry = self.with_shelf(|shelf| shelf.next_expiry_ms()).map(|expiry| expiry.saturating_add(SWEEP_MS));
        match next_lease.into_iter().chain(next_expiry).min() {
            Some(next) => self.set_alarm(next).await,
            None => Ok(()),
        }
    }

    fn with_shelf<T>(&self, use_it: impl FnOnce(&mut Shelf) -> T) -> T {
        use_it(self.shelf.borrow_mut().get_or_insert_with(Shelf::default))
    }

    /// Reads what is kept, but not the answers themselves; once in the object's life.
    fn open(&self) -> Result<(), String> {
        if self.shelf.borrow().is_some() {
            return Ok(());
        }
        for table in [ANSWERS, PARTS, VECTORS] {
            self.object.run(table, [None; 3])?;
        }
        let three = |row: Vec<String>| <[String; 3]>::try_from(row).ok();
        let answers = self.object.rows(READ_ANSWERS)?.into_iter().filter_map(three);
        let stored =
            answers.filter_map(|[key, expires, bytes]| Some((key, expires.parse().ok()?, bytes.parse().ok()?)));
        *self.shelf.borrow_mut() = Some(Shelf::load(stored.collect()));
        let vectors = self.object.rows(READ_VECTORS)?.into_iter().filter_map(three);
        let read = vectors.filter_map(|[key, scope, vector]| Some((key, (scope, Vector::of_text(&vector)?))));
        *self.vectors.borrow_mut() = read.collect();
        Ok(())
    }

    async fn claim(&self, ask: Claim) -> Result<(u16, String), String> {
        let now = now_ms();
        let ends_ms = now.saturating_add(ask.lease_ms);
        let claimed = self.with_shelf(|shelf| shelf.claim(&ask.key, &ask.holder, ends_ms, ask.read, now));
        match claimed {
            Claimed::Lead => return Ok((201, String::new())),
            Claimed::Hit => return self.read(200, &ask.key),
            Claimed::Wait => {}
        }
        let (sender, receiver) = oneshot::channel();
        if !self.queue(&ask.key, sender) {
            return Ok((410, String::new()));
        }
        if let Some(ends) = self.with_shelf(|shelf| shelf.lease_ends_ms(&ask.key)) {
            self.set_alarm(ends).await?;
        }
        match receiver.await {
            Ok(Word::Here) => self.read(203, &ask.key),
            Ok(Word::Again) => Ok((409, String::new())),
            Ok(Word::Alone) | Err(_) => Ok((410, String::new())),
        }
    }

    fn queue(&self, key: &str, sender: Sender<Word>) -> bool {
        let mut waiting = self.waiting.borrow_mut();
        let queue = waiting.entry(key.to_owned()).or_default();
        // Those who left are no longer there to be told.
        queue.retain(|sender| !sender.is_canceled());
        let room = queue.len() < MOST_WAITING;
        if room {
            queue.push(sender);
        }
        room
    }

    fn tell(&self, key: &str, word: Word) {
        let waiting = self.waiting.borrow_mut().remove(key).unwrap_or_default();
        for sender in waiting {
            let _ = sender.send(word);
        }
    }

    /// The answer, put together again.
    fn read(&self, status: u16, key: &str) -> Result<(u16, String), String> {
        let parts = self.object.rows_of(READ_PARTS, key)?;
        let sealed: String = parts.into_iter().flatten().collect();
        // Swept away while somebody waited for it.
        Ok(if sealed.is_empty() { (410, sealed) } else { (status, sealed) })
    }

    async fn put(&self, put: &Put<'_>) -> Result<(u16, String), String> {
        let now = now_ms();
        let expires_ms = now.saturating_add(put.ttl_s.saturating_mul(1_000));
        let bytes = put.sealed.len() as u64;
        let Some(gone) = self.with_shelf(|shelf| shelf.put(&put.key, expires_ms, bytes, now)) else {
            self.tell(&put.key, Word::Alone);
            return Ok((204, String::new()));
        };
        // What stood under this key, and what has to go for it.
        self.drop_all(std::slice::from_ref(&put.key))?;
        self.drop_all(&gone)?;
        self.object.run(KEEP, [Some(&put.key), Some(&expires_ms.to_string()), Some(&bytes.to_string())])?;
        for (number, part) in parts(put.sealed).enumerate() {
            self.object.run(KEEP_PART, [Some(&put.key), Some(&format!("{number:04}")), Some(part)])?;
        }
        if let Some((scope, text)) = &put.near
            && let Some(vector) = Vector::of_text(text)
        {
            self.object.run(KEEP_VECTOR, [Some(&put.key), Some(scope), Some(text)])?;
            self.vectors.borrow_mut().insert(put.key.clone(), (scope.clone(), vector));
        }
        self.tell(&put.key, Word::Here);
        self.set_alarm(expires_ms.saturating_add(SWEEP_MS)).await?;
        Ok((204, String::new()))
    }

    fn near(&self, ask: &Near) -> Result<(u16, String), String> {
        let found = Vector::of_text(&ask.vector).and_then(|vector| {
            let vectors = self.vectors.borrow();
            let known = vectors.iter().filter(|(_, (scope, _))| *scope == ask.scope);
            nearest(&vector, ask.threshold, known.map(|(key, (_, vector))| (key.as_str(), vector))).map(str::to_owned)
        });
        // A hit is a use; what is past its time is none, and nobody makes it here.
        let hit = |key: &String| {
            let now = now_ms();
            let claimed = self.with_shelf(|shelf| shelf.claim(key, "", now, true, now));
            claimed == Claimed::Hit
        };
        match found.filter(hit) {
            Some(key) => self.read(200, &key),
            None => Ok((404, String::new())),
        }
    }

    fn drop_all(&self, keys: &[String]) -> Result<(), String> {
        for key in keys {
            for statement in DROP {
                self.object.run(statement, [Some(key), None, None])?;
            }
            self.vectors.borrow_mut().remove(key);
        }
        Ok(())
    }

    /// Sets the alarm unless an earlier one is set.
    async fn set_alarm(&self, at_ms: u64) -> Result<(), String> {
        if self.alarm_ms.get().is_some_and(|set| set <= at_ms) {
            return Ok(());
        }
        self.alarm_ms.set(Some(at_ms));
        self.object.set_alarm(at_ms).await
    }
}

/// A text in parts that fit a row. Sealed texts are ASCII, so every place is between two characters.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    (0..text.len()).step_by(PART_BYTES).filter_map(|from| text.get(from..text.len().min(from + PART_BYTES)))
}
