//! What goes out of the map that stands for R2.

use super::{Bucket, Streamed};
use crate::platform::{Listed, Listing, Piece};

impl Bucket {
    /// Pieces of an object as one stream, each behind its text, and `after` behind the last; `None` without such an
    /// object. A single piece has no texts.
    ///
    /// # Errors
    /// When the test has closed the bucket, or a piece is not there.
    pub async fn pieces(&self, name: &str, pieces: &[Piece], after: &str) -> Result<Option<Streamed>, String> {
        self.open()?;
        let objects = self.world.objects.borrow();
        let Some(bytes) = objects.get(name) else { return Ok(None) };
        let mut out = Vec::new();
        for Piece { before, from, length } in pieces {
            out.extend_from_slice(before.as_bytes());
            let from = usize::try_from(*from).map_err(|error| error.to_string())?;
            let end = from.saturating_add(usize::try_from(*length).map_err(|error| error.to_string())?);
            out.extend_from_slice(bytes.get(from..end).ok_or("no such range")?);
        }
        out.extend_from_slice(after.as_bytes());
        Ok(Some(Streamed(out)))
    }

    /// What lies behind this name, in the order of names, a thousand at most.
    ///
    /// # Errors
    /// When the test has closed the bucket.
    pub async fn list(&self, after: &str, limit: u32) -> Result<Listing, String> {
        self.open()?;
        let objects = self.world.objects.borrow();
        let mut all: Vec<Listed> = objects
            .iter()
            .filter(|(name, _)| name.as_str() > after)
            .map(|(name, bytes)| Listed { object: name.clone(), bytes: bytes.len() as u64, at: 0 })
            .collect();
        all.sort_by(|a, b| a.object.cmp(&b.object));
        let shown = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = all.len() > shown;
        all.truncate(shown);
        Ok(Listing { objects: all, more })
    }
}
