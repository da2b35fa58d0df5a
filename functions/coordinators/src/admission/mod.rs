//! One organisation's admission: what may still be spent, what is reserved, what is under way. `book` decides, `object`
//! keeps it durable, `outbox` hands records over to the queue.

pub mod account;
mod accounts;
pub mod book;
pub mod calls;
#[cfg(target_arch = "wasm32")]
pub(crate) mod object;
#[cfg(target_arch = "wasm32")]
mod outbox;
pub mod window;
