//! What an object of answers decides: which answers it has, whose turn it is to make one, which have to go. Pure: no
//! clock, no storage.
//!
//! Architecture invariant: of those who ask for one answer at a time, one makes it. An answer past its time is never
//! given, whether it was swept away yet or not.

use std::collections::HashMap;

/// Bytes of sealed text an object keeps at most.
pub const MOST_BYTES: u64 = 32 * 1024 * 1024;
/// Answers an object keeps at most.
pub const MOST_ANSWERS: usize = 2_000;

/// What somebody who asks is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// The answer is here.
    Hit,
    /// They make it.
    Lead,
    /// Somebody is making it.
    Wait,
}

/// An answer that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Until when it may be given, in milliseconds since 1970.
    pub expires_ms: u64,
    /// Bytes of its sealed text.
    pub bytes: u64,
    /// When it was last asked for: the higher the later.
    used: u64,
}

/// Somebody makes an answer.
#[derive(Debug, Clone)]
struct Lease {
    holder: String,
    ends_ms: u64,
}

/// The answers of one object, and who makes which.
#[derive(Debug, Default)]
pub struct Shelf {
    kept: HashMap<String, Kept>,
    leases: HashMap<String, Lease>,
    bytes: u64,
    clock: u64,
}

impl Shelf {
    /// The answers as they were stored, the oldest first: key, expiry, bytes.
    #[must_use]
    pub fn load(stored: Vec<(String, u64, u64)>) -> Self {
        let mut shelf = Self::default();
        for (key, expires_ms, bytes) in stored {
            shelf.add(key, expires_ms, bytes);
        }
        shelf
    }

    fn add(&mut self, key: String, expires_ms: u64, bytes: u64) {
        self.clock += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        if let Some(old) = self.kept.insert(key, Kept { expires_ms, bytes, used: self.clock }) {
            self.bytes = self.bytes.saturating_sub(old.bytes);
        }
    }

    /// Asks for an answer, or for the right to make it until `lease_ends_ms`. Without `read` an answer that is here
    /// does not count, and neither does one that is being made.
    pub fn claim(&mut self, key: &str, holder: &str, lease_ends_ms: u64, read: bool, now_ms: u64) -> Claimed {
        self.clock += 1;
        if let Some(kept) = self.kept.get_mut(key).filter(|kept| read && kept.expires_ms > now_ms) {
            kept.used = self.clock;
            return Claimed::Hit;
        }
        if read && self.leases.get(key).is_some_and(|lease| lease.ends_ms > now_ms) {
            return Claimed::Wait;
        }
        self.leases.insert(key.to_owned(), Lease { holder: holder.to_owned(), ends_ms: lease_ends_ms });
        Claimed::Lead
    }

    /// Keeps an answer, whoever made it; the keys of those that have to go for it. `None` when it is too large.
    pub fn put(&mut self, key: &str, expires_ms: u64, bytes: u64, now_ms: u64) -> Option<Vec<String>> {
        self.leases.remove(key);
        if bytes > MOST_BYTES {
            return None;
        }
        self.add(key.to_owned(), expires_ms, bytes);
        let mut gone = self.sweep(now_ms);
        while self.bytes > MOST_BYTES || self.kept.len() > MOST_ANSWERS {
            let Some(oldest) = self.kept.iter().min_by_key(|(_, kept)| kept.used).map(|(key, _)| key.clone()) else {
                break;
            };
            self.forget(&oldest);
            gone.push(oldest);
        }
        Some(gone)
    }

    /// The holder will not make the answer. False when somebody else has the right by now.
    pub fn give_up(&mut self, key: &str, holder: &str) -> bool {
        let held = self.leases.get(key).is_some_and(|lease| lease.holder == holder);
        if held {
            self.leases.remove(key);
        }
        held
    }

    /// Forgets one answer.
    pub fn forget(&mut self, key: &str) {
        if let Some(kept) = self.kept.remove(key) {
            self.bytes = self.bytes.saturating_sub(kept.bytes);
        }
    }

    /// Forgets what is past its time; its keys.
    pub fn sweep(&mut self, now_ms: u64) -> Vec<String> {
        let over = |(key, kept): (&String, &Kept)| (kept.expires_ms <= now_ms).then(|| key.clone());
        let gone: Vec<String> = self.kept.iter().filter_map(over).collect();
        for key in &gone {
            self.forget(key);
        }
        gone
    }

    /// Takes the right from those whose time is over; the keys they had it for.
    pub fn lapse(&mut self, now_ms: u64) -> Vec<String> {
        self.leases.extract_if(|_, lease| lease.ends_ms <= now_ms).map(|(key, _)| key).collect()
    }

    /// When the right to make this answer ends.
    #[must_use]
    pub fn lease_ends_ms(&self, key: &str) -> Option<u64> {
        self.leases.get(key).map(|lease| lease.ends_ms)
    }

    /// When the next answer is past its time.
    #[must_use]
    pub fn next_expiry_ms(&self) -> Option<u64> {
        self.kept.values().map(|kept| kept.expires_ms).min()
    }

    /// Bytes of all answers.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }
}
