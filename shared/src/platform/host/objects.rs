//! A map that stands for R2's objects of bytes.

use super::Bucket;

/// An object's bytes on their way to a client.
pub struct Streamed(pub(crate) Vec<u8>);

impl Bucket {
    /// Keeps bytes in the place of whatever was there.
    ///
    /// # Errors
    /// When the test has closed the bucket.
    pub async fn put_bytes(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        self.open()?;
        self.world.objects.borrow_mut().insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    /// At most so many bytes from this place of an object; `None` without such an object.
    ///
    /// # Errors
    /// When the test has closed the bucket, or the place is behind the object's end, as in R2.
    pub async fn range(&self, name: &str, from: u64, length: u32) -> Result<Option<Vec<u8>>, String> {
        self.open()?;
        let objects = self.world.objects.borrow();
        let Some(bytes) = objects.get(name) else { return Ok(None) };
        let start = usize::try_from(from).map_err(|error| error.to_string())?;
        let end = bytes.len().min(start.saturating_add(usize::try_from(length).unwrap_or(usize::MAX)));
        bytes
            .get(start..end)
            .filter(|part| !part.is_empty())
            .map(|part| Some(part.to_vec()))
            .ok_or("no such range".into())
    }

    /// An object as a stream; `None` without such an object.
    ///
    /// # Errors
    /// When the test has closed the bucket.
    pub async fn stream(&self, name: &str) -> Result<Option<Streamed>, String> {
        self.open()?;
        Ok(self.world.objects.borrow().get(name).cloned().map(Streamed))
    }

    /// Takes objects away; what is not there is no failure.
    ///
    /// # Errors
    /// When the test has closed the bucket.
    pub async fn delete(&self, names: &[String]) -> Result<(), String> {
        self.open()?;
        self.world.objects.borrow_mut().retain(|name, _| !names.contains(name));
        Ok(())
    }
}
