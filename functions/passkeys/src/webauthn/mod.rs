//! Web Authentication Level 3, the relying party's side (§7): what a browser and an authenticator say is taken apart
//! and checked here. Pure: no clock, no database. One-time challenges and stored keys are the handlers' business.
//!
//! Attestation is asked for as `none` and nothing is inferred from the make of an authenticator.

mod authenticator;
mod ceremony;
mod client_data;
mod cose;

pub use ceremony::{Assertion, Examined, Registered, RelyingParty, register, sign_in};
pub use client_data::challenge_of;
pub use cose::{PublicKey, numbers_of};

/// Why a ceremony is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `clientDataJSON` cannot be read.
    ClientData,
    /// It is of the other ceremony (§7.1 step 7, §7.2 step 10).
    Type,
    /// The page is of another origin, or was framed by one (§7.1 steps 9 to 11).
    Origin,
    /// Authenticator data or attestation object cannot be read.
    AuthenticatorData,
    /// The authenticator signed for another relying party (§7.1 step 14).
    RelyingParty,
    /// Nobody was there (§7.1 step 15).
    NotPresent,
    /// Whoever was there was not verified (§7.1 step 16).
    NotVerified,
    /// Backed up, and not to be backed up (§7.1 step 18).
    Backup,
    /// An attestation that was not asked for.
    Attestation,
    /// A key of another algorithm than was offered, or none at all (§7.1 step 20).
    PublicKey,
    /// The credential's id is too long, or is not the one in the authenticator data.
    Credential,
    /// The signature is not the key's (§7.2 step 21).
    Signature,
    /// The signature counter did not grow: the authenticator may have been cloned (§7.2 step 22).
    Counter,
}

impl Refusal {
    /// A stable word and a sentence for people.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::ClientData => ("client_data", "the client data cannot be read"),
            Self::Type => ("type", "the client data is of another ceremony"),
            Self::Origin => ("origin", "the page is of another origin"),
            Self::AuthenticatorData => ("authenticator_data", "the authenticator data cannot be read"),
            Self::RelyingParty => ("relying_party", "the passkey is for another site"),
            Self::NotPresent => ("user_presence", "nobody was present"),
            Self::NotVerified => ("user_verification", "the authenticator did not verify its user"),
            Self::Backup => ("backup_state", "the backup flags contradict each other"),
            Self::Attestation => ("attestation", "an attestation was given that was not asked for"),
            Self::PublicKey => ("public_key", "the key is of no algorithm that was offered"),
            Self::Credential => ("credential", "the credential's id is not usable"),
            Self::Signature => ("signature", "the signature is wrong"),
            Self::Counter => ("counter", "the signature counter did not grow"),
        }
    }
}
