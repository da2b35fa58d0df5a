//! Which account a person from WeChat is led to: a pure decision. Not here: reading and writing (`sign_in`).

use serde::Deserialize;

/// An identity that was found by the person's openid or unionid, with what its account is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Found {
    /// `idn_…`.
    pub identity_id: String,
    /// Whose it is.
    pub user_id: String,
    /// 1: found by the openid of this app; 0: an identity in another app, found by the unionid.
    pub own: u8,
    /// The unionid as stored.
    pub union_id: Option<String>,
    /// When the account was made, milliseconds.
    pub created_at: u64,
    /// `active` or `suspended`.
    pub status: String,
    /// 1: the account has more than WeChat: an address, a password, a second factor, a role, an identity elsewhere.
    pub firm: u8,
}

/// What is to be done before the person can be signed in.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Nothing: this identity is theirs.
    Enter {
        /// The identity of this app.
        identity: &'a Found,
        /// The account of the unionid, where it is another one and both have more than WeChat.
        apart_from: Option<&'a str>,
    },
    /// Nobody knows them: a new account.
    Create,
    /// They are known in another app: one more identity of that account.
    Join {
        /// The account.
        user_id: &'a str,
    },
    /// The app says a unionid that was not known of this identity, or another one than before.
    Note {
        /// The identity of this app.
        identity: &'a Found,
    },
    /// Two accounts are one person's: the one is closed and its identities lead to the other.
    Merge {
        /// The identity of this app.
        identity: &'a Found,
        /// Stays.
        kept: &'a str,
        /// Is closed.
        absorbed: &'a str,
    },
    /// One of the two accounts is suspended: a merge would lift that.
    Refuse,
}

/// Decides from what was found and the unionid that WeChat says now.
///
/// Two accounts become one only when at least one of them has nothing but WeChat. Where both have more, other
/// people may know a password or hold a role there, and nobody has asked them.
pub fn next<'a>(found: &'a [Found], union_id: Option<&str>) -> Step<'a> {
    let own = found.iter().find(|identity| identity.own == 1);
    let elsewhere = found.iter().find(|other| other.own == 0);
    let Some(identity) = own else {
        return elsewhere.map_or(Step::Create, |other| Step::Join { user_id: &other.user_id });
    };
    let stands = union_id.is_none() || identity.union_id.as_deref() == union_id;
    let other = found.iter().find(|other| other.user_id != identity.user_id);
    match other {
        _ if stands => Step::Enter { identity, apart_from: None },
        None => Step::Note { identity },
        Some(other) if identity.status == "suspended" || other.status == "suspended" => Step::Refuse,
        Some(other) => match (identity.firm == 1, other.firm == 1) {
            (true, true) => Step::Enter { identity, apart_from: Some(&other.user_id) },
            (true, false) => Step::Merge { identity, kept: &identity.user_id, absorbed: &other.user_id },
            (false, true) => Step::Merge { identity, kept: &other.user_id, absorbed: &identity.user_id },
            // The older one; of two of the same moment the one with the smaller id, so that all decide alike.
            (false, false) => {
                let older = (identity.created_at, &identity.user_id) <= (other.created_at, &other.user_id);
                let (kept, absorbed) = if older { (identity, other) } else { (other, identity) };
                Step::Merge { identity, kept: &kept.user_id, absorbed: &absorbed.user_id }
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Step, next};

    fn found(user: &str, own: bool, union_id: Option<&str>, firm: bool) -> Found {
        Found {
            identity_id: format!("idn_{user}"),
            user_id: user.to_owned(),
            own: u8::from(own),
            union_id: union_id.map(str::to_owned),
            created_at: if user == "old" { 1 } else { 2 },
            status: "active".to_owned(),
            firm: u8::from(firm),
        }
    }

    #[test]
    fn a_stranger_gets_an_account_and_a_known_openid_enters() {
        assert_eq!(next(&[], None), Step::Create);
        assert_eq!(next(&[], Some("U")), Step::Create);
        let known = [found("old", true, Some("U"), false)];
        for union_id in [None, Some("U")] {
            assert_eq!(next(&known, union_id), Step::Enter { identity: &known[0], apart_from: None });
        }
    }

    #[test]
    fn another_app_of_the_same_person_joins_their_account() {
        assert_eq!(next(&[found("old", false, Some("U"), true)], Some("U")), Step::Join { user_id: "old" });
    }

    #[test]
    fn a_unionid_that_appears_later_is_noted() {
        let known = [found("old", true, None, false)];
        assert_eq!(next(&known, Some("U")), Step::Note { identity: &known[0] });
        // Also when another app of the same account has brought it already.
        let both = [found("old", true, None, false), found("old", false, Some("U"), false)];
        assert_eq!(next(&both, Some("U")), Step::Note { identity: &both[0] });
    }

    #[test]
    fn of_two_accounts_with_wechat_alone_the_older_one_stays() {
        for own in [true, false] {
            let both = [found("old", own, None, false), found("new", !own, None, false)];
            let Step::Merge { kept, absorbed, .. } = next(&both, Some("U")) else { panic!("they merge") };
            assert_eq!((kept, absorbed), ("old", "new"));
        }
    }

    #[test]
    fn the_account_that_has_more_than_wechat_stays() {
        for own in [true, false] {
            let both = [found("old", own, None, false), found("new", !own, None, true)];
            let Step::Merge { kept, absorbed, .. } = next(&both, Some("U")) else { panic!("they merge") };
            assert_eq!((kept, absorbed), ("new", "old"));
        }
    }

    #[test]
    fn two_accounts_that_both_have_more_than_wechat_stay_apart() {
        let both = [found("old", true, None, true), found("new", false, Some("U"), true)];
        assert_eq!(next(&both, Some("U")), Step::Enter { identity: &both[0], apart_from: Some("new") });
    }

    #[test]
    fn no_merge_lifts_a_suspension() {
        for suspended in [0, 1] {
            let mut both = [found("old", true, None, false), found("new", false, Some("U"), false)];
            both[suspended].status = "suspended".to_owned();
            assert_eq!(next(&both, Some("U")), Step::Refuse);
        }
    }
}
