//! Scopes: a list of names with spaces between (RFC 6749 §3.3). Ours, those that open rows of this API, and names
//! that only an app's own servers know. Pure.

use std::fmt;

use shared::auth::Scope;

/// Asks for an ID token (OpenID Connect Core 1.0 §3.1.2.1).
pub const OPENID: &str = "openid";
/// Name, language and picture.
pub const PROFILE: &str = "profile";
/// The address.
pub const EMAIL: &str = "email";
/// A refresh token (OpenID Connect Core 1.0 §11).
pub const OFFLINE: &str = "offline_access";

/// What an app may ask for when it does not say.
pub const USUAL: &str = "openid profile email offline_access";

/// Scopes a list has at most.
const MOST: usize = 20;
/// Bytes a scope's name has at most.
const LONGEST: usize = 64;

/// The scopes that mean something here, in the order they are shown.
pub fn known() -> Vec<&'static str> {
    let mut names = vec![OPENID, PROFILE, EMAIL, OFFLINE];
    names.extend(Scope::ALL.iter().map(|scope| scope.as_str()));
    names
}

/// A list of scopes, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Reads a list.
    ///
    /// # Errors
    /// In words, for names with other letters than RFC 6749 §3.3 has, and for too many.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        let scopes = Self::stored(text);
        let letter = |b: u8| b.is_ascii_graphic() && b != b'"' && b != b'\\';
        if scopes.0.iter().any(|name| name.len() > LONGEST || !name.bytes().all(letter)) {
            return Err("has a name that is no scope");
        }
        if scopes.0.len() > MOST { Err("has more than 20 scopes") } else { Ok(scopes) }
    }

    /// The list as it stands in the database, where only lists that were read are written, and several of them joined.
    pub fn stored(text: &str) -> Self {
        let mut names: Vec<String> = Vec::new();
        for name in text.split(' ').filter(|name| !name.is_empty()) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        Self(names)
    }

    /// Whether a scope is in the list.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|scope| scope == name)
    }

    /// Whether every one of these is in the other list.
    pub fn within(&self, other: &Self) -> bool {
        self.0.iter().all(|name| other.has(name))
    }

    /// Those that a test lets pass.
    #[must_use]
    pub fn filter(&self, test: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|name| test(name)).cloned().collect())
    }

    /// Both lists in one.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let mut all = self.0.clone();
        all.extend(other.0.iter().filter(|name| !self.has(name)).cloned());
        Self(all)
    }

    /// The names.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

/// Whether a scope is about a person: an app in its own name has none of these.
pub fn is_personal(name: &str) -> bool {
    known().contains(&name)
}

/// Whether a scope opens rows of this API.
pub fn opens_rows(name: &str) -> bool {
    Scope::ALL.iter().any(|scope| scope.as_str() == name)
}

#[cfg(test)]
mod tests {
    use super::{Scopes, is_personal, opens_rows};

    #[test]
    fn a_list_is_read_without_repetitions() {
        let scopes = Scopes::read("openid  use:ai openid").unwrap();
        assert_eq!(scopes.to_string(), "openid use:ai");
        assert!(scopes.has("use:ai") && !scopes.has("use") && !scopes.is_empty());
        assert!(Scopes::read("a\"b").is_err() && Scopes::read("é").is_err() && Scopes::read(&"x".repeat(65)).is_err());
        let many: Vec<String> = (0..21).map(|n| n.to_string()).collect();
        assert!(Scopes::read(&many.join(" ")).is_err());
    }

    #[test]
    fn lists_are_compared_and_joined() {
        let (few, more) = (Scopes::read("a b").unwrap(), Scopes::read("b c a").unwrap());
        assert!(few.within(&more) && !more.within(&few));
        assert_eq!(few.with(&more).to_string(), "a b c");
        assert_eq!(more.filter(|name| name != "b").to_string(), "c a");
    }

    #[test]
    fn personal_scopes_and_those_that_open_rows_are_told_apart() {
        assert!(is_personal("openid") && is_personal("use:ai") && !is_personal("things:read"));
        assert!(opens_rows("use:ai") && !opens_rows("openid"));
    }
}
