//! One-time links that are mailed: what they are for, how long they live, and their tokens.
//!
//! A token is derived from the link's id under `LINK_KEY`, so that whoever sends the letter makes it
//! again, and neither the database nor the queue ever holds one.

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::secret::keys_of;

/// What using a link does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Proves the address of a new account.
    Verify,
    /// Sets a new password.
    Reset,
    /// Signs in.
    Magic,
    /// Makes this the account's address.
    Change,
    /// Makes whoever has this address a member of an organisation. Kept in a table of its own: it is used by
    /// somebody who is signed in.
    Invite,
}

impl Purpose {
    /// Those that stand in the table of links: all but invitations.
    pub const ALL: [Self; 4] = [Self::Verify, Self::Reset, Self::Magic, Self::Change];

    /// The name it is stored by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Reset => "reset",
            Self::Magic => "magic",
            Self::Change => "change",
            Self::Invite => "invite",
        }
    }

    /// Minutes it can be used.
    pub const fn minutes(self) -> u64 {
        match self {
            Self::Verify => 24 * 60,
            Self::Reset | Self::Change => 60,
            Self::Magic => 15,
            Self::Invite => 7 * 24 * 60,
        }
    }

    /// The path of the page whose button uses it; the token follows behind `#`.
    pub const fn page(self) -> &'static str {
        match self {
            Self::Verify => "/verify",
            Self::Reset => "/reset",
            Self::Magic => "/magic",
            Self::Change => "/change-email",
            Self::Invite => "/invitation",
        }
    }

    /// What the ids of such links begin with.
    pub const fn id_prefix(self) -> &'static str {
        match self {
            Self::Verify | Self::Reset | Self::Magic | Self::Change => "lnk",
            Self::Invite => "inv",
        }
    }
}

/// The keys that tokens are derived with, the current one first; never shown.
#[derive(Clone)]
pub struct LinkKey(Vec<Vec<u8>>);

impl LinkKey {
    /// Reads `LINK_KEY`: base64url, at least 32 bytes, or several with commas between.
    pub fn read(text: &str) -> Option<Self> {
        Some(keys_of(text)).filter(|keys| !keys.is_empty()).map(Self)
    }

    /// The token of a link: HMAC-SHA-256 (RFC 2104) of its purpose and id, under the current key.
    pub fn token(&self, purpose: Purpose, id: &str) -> String {
        self.0.first().map(|key| Self::token_by(key, purpose, id)).unwrap_or_default()
    }

    /// The token with this hash: of a link that was made before the key was replaced, and whose letter is sent now.
    /// Under the current key where none has it.
    pub fn token_of(&self, purpose: Purpose, id: &str, hash: &str) -> String {
        let tokens = self.0.iter().map(|key| Self::token_by(key, purpose, id));
        let fitting = tokens.into_iter().find(|token| super::tokens::hash(token) == hash);
        fitting.unwrap_or_else(|| self.token(purpose, id))
    }

    fn token_by(key: &[u8], purpose: Purpose, id: &str) -> String {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
        for part in ["selvage link 1", purpose.as_str(), id] {
            mac.update(part.as_bytes());
            mac.update(&[0]);
        }
        format!("lt_{}", Base64UrlUnpadded::encode_string(&mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> LinkKey {
        LinkKey::read(&Base64UrlUnpadded::encode_string(&[byte; 32])).unwrap()
    }

    #[test]
    fn a_token_depends_on_key_purpose_and_id() {
        let tokens: std::collections::BTreeSet<String> = [1, 2]
            .into_iter()
            .flat_map(|byte| {
                [&Purpose::ALL[..], &[Purpose::Invite]].concat().into_iter().map(move |purpose| (byte, purpose))
            })
            .flat_map(|(byte, purpose)| ["lnk_1", "lnk_2"].map(|id| key(byte).token(purpose, id)))
            .collect();
        assert_eq!(tokens.len(), 20);
        assert!(tokens.iter().all(|token| token.starts_with("lt_") && token.len() == 46));
    }

    #[test]
    fn a_letter_that_waited_while_the_key_was_replaced_has_the_token_of_its_link() {
        let text = [2, 1].map(|byte| Base64UrlUnpadded::encode_string(&[byte; 32])).join(",");
        let (both, old, new) = (LinkKey::read(&text).unwrap(), key(1), key(2));
        let token = |key: &LinkKey| key.token(Purpose::Reset, "lnk_1");
        let hash = crate::accounts::tokens::hash(&token(&old));
        assert_eq!(both.token_of(Purpose::Reset, "lnk_1", &hash), token(&old));
        assert_eq!((token(&both), both.token_of(Purpose::Reset, "lnk_1", "?")), (token(&new), token(&new)));
    }

    #[test]
    fn short_or_unreadable_keys_are_none() {
        assert!(
            LinkKey::read("").is_none() && LinkKey::read("AAAA").is_none() && LinkKey::read("no base64!").is_none()
        );
    }
}
