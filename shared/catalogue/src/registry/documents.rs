//! The registry as it is stored: documents as they were written, each with its kind and id. What they say is read
//! in `registry`; here they are put, removed, compared and written down as one text.

use super::{Kind, Registry};
use crate::json::fields::{DataError, Fields, raw};

/// One entry, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it is.
    pub kind: Kind,
    /// The id it names itself by.
    pub id: String,
    /// Its JSON.
    pub text: String,
}

/// All entries, those of one kind in the order of their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Documents {
    entries: Vec<Document>,
}

/// One entry that differs between two registries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What it is.
    pub kind: Kind,
    /// Its id.
    pub id: String,
    /// Its JSON before; `None`: it was not there.
    pub before: Option<String>,
    /// Its JSON after; `None`: it is not there.
    pub after: Option<String>,
}

impl Documents {
    /// Reads a registry and keeps its documents as they are written.
    ///
    /// # Errors
    /// [`DataError`] with the place of the first fault, and where two entries have one id.
    pub fn from_json(json: &str) -> Result<Self, DataError> {
        // Everything is read once as it will be used.
        Registry::from_json(json)?;
        let mut fields = Fields::of(json);
        let mut documents = Self::default();
        for kind in Kind::ALL {
            for (i, text) in fields.list(kind.plural(), raw).into_iter().enumerate() {
                let id = kind.id_of(text.get())?;
                if documents.find(kind, &id).is_some() {
                    let twice = DataError::new("is there twice");
                    return Err(twice.under("id").under(&i.to_string()).under(kind.plural()));
                }
                documents.put(Document { kind, id, text: text.get().to_owned() });
            }
        }
        fields.whole(documents)
    }

    /// The registry as one text, from which `from_json` makes the same again.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = String::from("{");
        for kind in Kind::ALL {
            json.push_str(if json.len() > 1 { ",\"" } else { "\"" });
            json.push_str(kind.plural());
            json.push_str("\":[");
            for (i, document) in self.of(kind).enumerate() {
                json.push_str(if i > 0 { "," } else { "" });
                json.push_str(&document.text);
            }
            json.push(']');
        }
        json.push('}');
        json
    }

    /// The entries of one kind, in the order of their ids.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Document> {
        self.entries.iter().filter(move |document| document.kind == kind)
    }

    /// One entry.
    #[must_use]
    pub fn find(&self, kind: Kind, id: &str) -> Option<&Document> {
        self.of(kind).find(|document| document.id == id)
    }

    /// The place of an entry among those of its kind.
    #[must_use]
    pub fn index(&self, kind: Kind, id: &str) -> Option<usize> {
        self.of(kind).position(|document| document.id == id)
    }

    /// Adds an entry, or puts it in the place of the one with its id.
    pub fn put(&mut self, document: Document) {
        self.remove(document.kind, &document.id);
        let place =
            |known: &Document| (known.kind as u8, known.id.as_str()) < (document.kind as u8, document.id.as_str());
        let at = self.entries.partition_point(place);
        self.entries.insert(at, document);
    }

    /// Removes an entry; whether it was there.
    pub fn remove(&mut self, kind: Kind, id: &str) -> bool {
        let before = self.entries.len();
        self.entries.retain(|known| known.kind != kind || known.id != id);
        self.entries.len() < before
    }

    /// What has to change here to come to `next`.
    #[must_use]
    pub fn changes_to(&self, next: &Self) -> Vec<Change> {
        let gone = self.entries.iter().filter(|known| next.find(known.kind, &known.id).is_none());
        let gone = gone.map(|known| change(known, Some(&known.text), None));
        let put = next.entries.iter().filter_map(|document| {
            let before = self.find(document.kind, &document.id).map(|known| &known.text);
            (before != Some(&document.text)).then(|| change(document, before, Some(&document.text)))
        });
        gone.chain(put).collect()
    }
}

fn change(of: &Document, before: Option<&String>, after: Option<&String>) -> Change {
    Change { kind: of.kind, id: of.id.clone(), before: before.cloned(), after: after.cloned() }
}
