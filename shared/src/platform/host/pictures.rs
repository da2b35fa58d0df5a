//! The script stands for the service that makes pictures: it is asked for `IMAGES` with `transform` and `output`, a line each.

use sha2::{Digest, Sha256};

use super::{Bucket, Bytes, Platform};
use crate::platform::{Picture, RenderError, Rendered, Target};

impl Platform {
    /// As scripted, with the source's bytes; any status but 200 is a failure of this number.
    ///
    /// # Errors
    /// As scripted.
    pub async fn render(
        &self,
        source: Picture<'_>,
        transform: &str,
        output: &str,
        _: u32,
    ) -> Result<Rendered, RenderError> {
        self.trips.count(Target::Service("IMAGES"));
        let source = match source {
            Picture::Object(_, name) => self.world.objects.borrow().get(name).cloned().ok_or(RenderError::Gone)?,
            Picture::Bytes(bytes) => bytes.to_vec(),
        };
        let answer = self.scripted(Target::Service("IMAGES"), &format!("{transform}\n{output}"), &source);
        match answer.map_err(|_| RenderError::Unbound)? {
            (200, _, bytes) => {
                let mut sha256 = String::new();
                crate::trace::push_hex(&mut sha256, &Sha256::digest(&bytes));
                Ok(Rendered { length: bytes.len() as u64, bytes: Bytes(bytes), sha256 })
            }
            (status, ..) => Err(RenderError::Failed(format!("{status} scripted"))),
        }
    }
}

impl Bucket {
    /// Keeps bytes in the place of whatever was there.
    ///
    /// # Errors
    /// When the test has closed the bucket.
    pub async fn put_handle(&self, name: &str, bytes: &Bytes) -> Result<(), String> {
        self.put_bytes(name, &bytes.0).await
    }
}
