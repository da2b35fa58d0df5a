//! What an account is made of. A value that exists is valid: types refuse what does not fit
//! when they are read.

use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// An e-mail address, trimmed and in lower case, as accounts are found by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct Email(#[cfg_attr(not(target_arch = "wasm32"), schemars(email, length(min = 3, max = 254)))] String);

impl Email {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Email {
    type Error = &'static str;

    /// Refuses what cannot be an address; whether it exists only a mail can tell (RFC 5321 §4.5.3.1).
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let email = text.trim().to_lowercase();
        let (name, domain) = email.rsplit_once('@').ok_or("is not an e-mail address")?;
        let clean = |s: &str| !s.chars().any(|c| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c));
        let shaped = !name.is_empty() && name.len() <= 64 && email.len() <= 254 && !name.contains('@');
        let domain_shaped =
            !domain.is_empty() && !domain.starts_with('.') && !domain.ends_with('.') && !domain.contains("..");
        // RFC 6761 §6.4: never delegated. The placeholders of accounts without an address stand there.
        let reachable = domain != "invalid" && !domain.ends_with(".invalid");
        if shaped && domain_shaped && reachable && clean(name) && clean(domain) {
            Ok(Self(email))
        } else {
            Err("is not an e-mail address")
        }
    }
}

/// A new password: 8 to 256 characters, whatever they are (NIST SP 800-63B-4 §3.1.1.2).
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Secret")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct NewPassword(#[cfg_attr(not(target_arch = "wasm32"), schemars(length(min = 8, max = 256)))] Secret);

impl NewPassword {
    /// The password.
    pub const fn secret(&self) -> &Secret {
        &self.0
    }
}

impl TryFrom<Secret> for NewPassword {
    type Error = &'static str;

    fn try_from(secret: Secret) -> Result<Self, Self::Error> {
        match secret.expose().chars().count() {
            0..8 => Err("must have at least 8 characters"),
            8..=256 => Ok(Self(secret)),
            _ => Err("must have at most 256 characters"),
        }
    }
}

/// No control characters, as a pattern of ECMA-262 for the API description.
#[cfg(not(target_arch = "wasm32"))]
pub const ONE_LINE: &str = r"^[^\x00-\x1f\x7f-\x9f]*$";
/// The same with something to see in it.
#[cfg(not(target_arch = "wasm32"))]
pub const ONE_LINE_WITH_TEXT: &str = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$";

/// A person's name: at most 100 characters on one line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct Name(
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(max = 100), regex(pattern = ONE_LINE)))] String,
);

impl Name {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let name = text.trim();
        let fits = name.chars().count() <= 100 && !name.chars().any(char::is_control);
        if fits { Ok(Self(name.to_owned())) } else { Err("must have at most 100 characters, on one line") }
    }
}

/// A language tag such as `en` or `zh-CN` (RFC 5646, the shape only).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct Locale(
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schemars(length(min = 2, max = 35), regex(pattern = r"^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*$"))
    )]
    String,
);

impl Locale {
    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Locale {
    type Error = &'static str;

    fn try_from(tag: String) -> Result<Self, Self::Error> {
        let part = |p: &str| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric());
        let fits = (2..=35).contains(&tag.len()) && tag.split('-').all(part);
        if fits { Ok(Self(tag)) } else { Err("is not a language tag") }
    }
}

/// A one-time code of another service: 1 to 2,048 visible ASCII characters. What is in it is the service's matter.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct OneTimeCode(
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(min = 1, max = 2048), regex(pattern = r"^[!-~]+$")))]
    String,
);

impl OneTimeCode {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for OneTimeCode {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let fits = (1..=2048).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(Self(text)) } else { Err("must be 1 to 2048 visible ASCII characters") }
    }
}

/// A user, as the owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct User {
    /// `usr_…`.
    pub id: String,
    /// The address; null for an account without one.
    pub email: Option<String>,
    /// The name; may be empty.
    pub name: String,
    /// What the user may be: `admin`.
    pub roles: Vec<String>,
    /// RFC 3339.
    pub created_at: String,
}

/// The reply that signs a user in.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TokenReply {
    /// Who signed in.
    pub user: User,
    /// The bearer token of further calls.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// Seconds the access token lives.
    pub expires_in: u64,
    /// The token that gets the next pair; used once.
    pub refresh_token: String,
    /// Seconds the refresh token lives.
    pub refresh_expires_in: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_normalised_and_checked() {
        assert_eq!(Email::try_from(" Alice@Example.COM ".to_owned()).unwrap().as_str(), "alice@example.com");
        for bad in [
            "",
            "x",
            "@x",
            "x@",
            "a b@x.y",
            "a@b@c",
            "a@.x",
            "a@x.",
            "a@x..y",
            "a<b>@x.y",
            "usr_1@no-address.invalid",
            "a@invalid",
            &format!("{}@x.y", "a".repeat(65)),
        ] {
            assert!(Email::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn passwords_have_eight_to_256_characters() {
        let check = |s: String| NewPassword::try_from(Secret::new(s)).is_ok();
        assert!(
            !check("1234567".into())
                && check("密码密码密码密码".into())
                && check("x".repeat(256))
                && !check("x".repeat(257))
        );
    }

    #[test]
    fn names_and_locales_are_bounded() {
        assert!(Name::try_from("李 雷".to_owned()).is_ok() && Name::try_from("a\nb".to_owned()).is_err());
        assert!(Locale::try_from("zh-CN".to_owned()).is_ok() && Locale::try_from("zh_CN".to_owned()).is_err());
    }

    #[test]
    fn codes_are_visible_ascii() {
        let fits = |text: &str| OneTimeCode::try_from(text.to_owned()).is_ok();
        assert!(fits("0a1B-_~") && fits(&"x".repeat(2048)));
        assert!(!fits("") && !fits("a b") && !fits("a\n") && !fits("码") && !fits(&"x".repeat(2049)));
    }
}
