//! Files of people, for every function that reads or writes one: records in D1 are the truth, bytes lie in R2 under the
//! binding `UPLOADS`. Bytes are written before their record, so nothing is seen until it is whole. Not here: the rows that
//! people call (the function `files`).

pub mod bytes;
pub mod form;
pub mod kind;
pub mod known;
pub mod life;
pub mod lines;
pub mod link;
pub mod name;
pub mod owner;
pub mod record;
pub mod rights;
pub mod room;
pub mod store;
pub mod words;

pub use owner::{Owner, Reader};
pub use record::{File, Purpose, Visibility};
pub use room::Room;

/// The binding of the bucket.
pub const BUCKET: &str = "UPLOADS";
