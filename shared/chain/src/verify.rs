//! Whether a list of events is whole: one after the other, from a known beginning to a signed head.

use std::collections::BTreeSet;
use std::fmt;

use crate::{Event, Hash, Personal, commitment, genesis, hex, link, unhex};

/// An event as it was sealed, and what it says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// What stands in the chain.
    pub event: Event<'a>,
    /// What is personal; `None` where it was forgotten or is kept elsewhere.
    pub personal: Option<Personal<'a>>,
    /// Whether it was forgotten: then the account must have been deleted.
    pub forgotten: bool,
    /// Lower-case hex.
    pub commitment: &'a str,
    /// Lower-case hex.
    pub hash: &'a str,
}

/// What is wrong with a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Something stands where the event of this number should: one was put in, taken out or moved.
    OutOfOrder {
        /// The number that should come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// The event is not the one that was sealed.
    Changed(u64),
    /// What is personal in the event is not what was sealed.
    PersonalChanged(u64),
    /// What is personal was forgotten, and the chain has no deletion of the account.
    ForgottenWithoutDeletion(u64),
    /// The list ends before the head.
    Cut {
        /// The last event of the list.
        last: u64,
        /// The event the head names.
        head: u64,
    },
    /// The event that the head names is another one in this list.
    OtherHead(u64),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfOrder { expected, found } => {
                write!(f, "event {found} stands where {expected} should: one was put in, taken out or moved")
            }
            Self::Changed(n) => write!(f, "event {n} is not the one that was sealed"),
            Self::PersonalChanged(n) => write!(f, "what is personal in event {n} is not what was sealed"),
            Self::ForgottenWithoutDeletion(n) => {
                write!(f, "what is personal in event {n} is gone, and no deletion of the account is in the chain")
            }
            Self::Cut { last, head } => write!(f, "the list ends with event {last}, the head names event {head}"),
            Self::OtherHead(n) => write!(f, "event {n} is another one than the head was signed for"),
        }
    }
}

/// What a whole list tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Events in it.
    pub events: u64,
    /// Of these, those whose personal part was there and is what was sealed.
    pub personal: u64,
    /// Of these, those whose personal part was forgotten with the account.
    pub forgotten: u64,
    /// Events behind the head: sealed later, and vouched for by no head that was given.
    pub behind_head: u64,
    /// Rows that are in no event: `(after, missing)`. Deleted before they were sealed, or never written whole.
    pub missing_rows: Vec<(u64, u64)>,
}

/// Takes events one after the other.
#[derive(Clone, Debug)]
pub struct Verifier {
    last: Hash,
    sequence: u64,
    row: Option<u64>,
    head: u64,
    at_head: Option<Hash>,
    deleted: BTreeSet<String>,
    forgotten: Vec<(u64, Vec<String>)>,
    told: Told,
}

impl Verifier {
    /// From the beginning of the chain, to a head that names the event `head`.
    pub fn new(chain: &str, head: u64) -> Self {
        Self::after(0, genesis(chain), head)
    }

    /// From behind the event `sequence` with this hash, which an earlier head vouches for.
    pub fn after(sequence: u64, hash: Hash, head: u64) -> Self {
        let at_head = (sequence == head).then_some(hash);
        let (deleted, forgotten, told) = (BTreeSet::new(), Vec::new(), Told::default());
        Self { last: hash, sequence, row: None, head, at_head, deleted, forgotten, told }
    }

    /// The next event.
    ///
    /// # Errors
    /// When it is not the one that was sealed there.
    pub fn next(&mut self, entry: &Entry<'_>) -> Result<(), Fault> {
        let Event { sequence, row, .. } = entry.event;
        let expected = self.sequence.saturating_add(1);
        if sequence != expected {
            return Err(Fault::OutOfOrder { expected, found: sequence });
        }
        let committed = unhex(entry.commitment).ok_or(Fault::Changed(sequence))?;
        if let Some(personal) = &entry.personal {
            if commitment(personal) != committed {
                return Err(Fault::PersonalChanged(sequence));
            }
            self.told.personal += 1;
        }
        let hash = link(&self.last, &entry.event, &committed);
        if hex(&hash) != entry.hash {
            return Err(Fault::Changed(sequence));
        }
        if let Some(last) = self.row.filter(|last| row != last.saturating_add(1)) {
            self.told.missing_rows.push((last, row.saturating_sub(last).saturating_sub(1)));
        }
        self.note(entry);
        (self.last, self.sequence, self.row) = (hash, sequence, Some(row));
        self.told.events += 1;
        if sequence == self.head {
            self.at_head = Some(hash);
        }
        Ok(())
    }

    fn note(&mut self, entry: &Entry<'_>) {
        let Event { sequence, kind, user_id, actor_id, .. } = entry.event;
        if let Some(user) = user_id.filter(|_| kind == "deleted") {
            self.deleted.insert(user.to_owned());
        }
        if entry.forgotten {
            self.told.forgotten += 1;
            let people = [user_id, actor_id].into_iter().flatten().map(str::to_owned).collect();
            self.forgotten.push((sequence, people));
        }
    }

    /// The end of the list; `head` is the hash that the signed head names.
    ///
    /// # Errors
    /// When the list ends too early, or leads elsewhere than to the head.
    pub fn end(mut self, head: &str) -> Result<Told, Fault> {
        let at_head = self.at_head.ok_or(Fault::Cut { last: self.sequence, head: self.head })?;
        if hex(&at_head) != head {
            return Err(Fault::OtherHead(self.head));
        }
        let gone = |people: &[String]| people.iter().any(|id| self.deleted.contains(id));
        if let Some((sequence, _)) = self.forgotten.iter().find(|(_, people)| !gone(people)) {
            return Err(Fault::ForgottenWithoutDeletion(*sequence));
        }
        self.told.behind_head = self.sequence.saturating_sub(self.head);
        Ok(self.told)
    }
}
