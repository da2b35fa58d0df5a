//! What every way of signing in shares: accounts as stored, sessions, the tokens of a session, and
//! the settings that make them. Passwords, codes, passkeys and other issuers live in their own
//! functions; each ends here, so that a session begins in one way only.

pub mod agent;
pub mod attempts;
pub mod device;
pub mod drafts;
pub mod events;
pub mod failures;
pub mod identities;
pub mod identities_store;
pub mod letters;
pub mod links;
mod model;
pub mod password;
pub mod remote;
mod settings;
pub mod sign_in;
pub mod store;
pub mod tokens;
pub mod unproven;

pub use model::{Email, Locale, Name, NewPassword, OneTimeCode, TokenReply, User};
#[cfg(not(target_arch = "wasm32"))]
pub use model::{ONE_LINE, ONE_LINE_WITH_TEXT};
pub use settings::{Settings, settings};
pub use store::{NewSession, UserRow};
