//! Which account somebody is led to by another service's word, so that no account can be taken over in advance.
//! Pure. Not here: whether the word is true (`id_token`), and what is written (`oauth_accounts`).
//!
//! An address counts only where both sides have proven it: the service says it is verified and is believed, and
//! the account's owner has verified it here. An account whose address nobody has proven may be an attacker's,
//! who waits for its owner. It is not handed over with all the attacker may have put into it (sessions, keys,
//! passkeys, data): it stays apart and gives up the address, and the owner begins with an account of their own.

/// The account here that has the address the service names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Local {
    /// There is none, or the service has named no address that counts.
    Nobody,
    /// Its owner has verified the address.
    Proven(String),
    /// Nobody has.
    Unproven(String),
}

/// What is to be done before the person can be signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing: the identity is known.
    Enter,
    /// The identity becomes a way into this account.
    Link(String),
    /// This account gives up the address.
    Withdraw(String),
    /// A new account, with the address where it counts.
    Create,
}

/// Decides from whether the identity is known, and who has the address that counts.
pub fn next(known: bool, local: &Local) -> Step {
    match (known, local) {
        // Who somebody is to the service is stronger than any address.
        (true, _) => Step::Enter,
        (false, Local::Proven(user)) => Step::Link(user.clone()),
        (false, Local::Unproven(user)) => Step::Withdraw(user.clone()),
        (false, Local::Nobody) => Step::Create,
    }
}

/// The address that counts: one that the service says is verified, if it is believed.
pub fn counts(email: Option<&str>, says_verified: bool, is_believed: bool) -> Option<&str> {
    email.filter(|_| says_verified && is_believed)
}

#[cfg(test)]
mod tests {
    use super::{Local, Step, counts, next};

    #[test]
    fn a_known_identity_enters_whatever_its_address_is() {
        for local in [Local::Nobody, Local::Proven("u".into()), Local::Unproven("u".into())] {
            assert_eq!(next(true, &local), Step::Enter);
        }
    }

    #[test]
    fn only_an_account_whose_address_is_proven_is_linked() {
        assert_eq!(next(false, &Local::Proven("u".into())), Step::Link("u".into()));
        assert_eq!(next(false, &Local::Unproven("u".into())), Step::Withdraw("u".into()));
        assert_eq!(next(false, &Local::Nobody), Step::Create);
    }

    #[test]
    fn an_address_counts_only_when_a_believed_service_has_verified_it() {
        assert_eq!(counts(Some("a@x.y"), true, true), Some("a@x.y"));
        for (says, believed) in [(false, true), (true, false), (false, false)] {
            assert_eq!(counts(Some("a@x.y"), says, believed), None);
        }
    }
}
