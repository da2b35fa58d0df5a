//! A map that stands for R2.

use std::rc::Rc;

use super::{RoundTrips, World};

/// A bucket.
pub struct Bucket {
    pub(super) world: Rc<World>,
    trips: Rc<RoundTrips>,
}

impl Bucket {
    pub(super) const fn new(world: Rc<World>, trips: Rc<RoundTrips>) -> Self {
        Self { world, trips }
    }

    /// The text under this name.
    ///
    /// # Errors
    /// When the test has closed the bucket.
    pub async fn get(&self, name: &str) -> Result<Option<String>, String> {
        self.open()?;
        Ok(self.world.bucket.borrow().get(name).cloned())
    }

    /// Keeps a text under a name that is free; whether it was.
    ///
    /// # Errors
    /// When the test has closed the bucket.
    pub async fn put_new(&self, name: &str, text: &str) -> Result<bool, String> {
        let free = self.get(name).await?.is_none();
        if free {
            self.put(name, text).await?;
        }
        Ok(free)
    }

    /// Keeps a text in the place of whatever was there.
    ///
    /// # Errors
    /// When the test has closed the bucket.
    pub async fn put(&self, name: &str, text: &str) -> Result<(), String> {
        self.open()?;
        self.world.bucket.borrow_mut().insert(name.to_owned(), text.to_owned());
        Ok(())
    }

    /// A test closes it by an object of this name.
    pub(super) fn open(&self) -> Result<(), String> {
        self.trips.count_r2();
        if self.world.bucket.borrow().contains_key("closed") { Err("the bucket is closed".to_owned()) } else { Ok(()) }
    }
}
