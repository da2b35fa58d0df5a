//! Bodies of this function's routes. A value that exists is valid: types refuse what does not fit
//! when they are read.

use serde::{Deserialize, Serialize};
use shared::accounts::{Locale, Name};

/// A one-time code of another service: 1 to 2,048 visible ASCII characters. What is in it is the service's matter.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct OneTimeCode(#[cfg_attr(not(target_arch = "wasm32"), schemars(length(min = 1, max = 2048)))] String);

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

/// `POST /v1/auth/wechat`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct WechatCode {
    /// What `wx.login` gave: good for five minutes and once.
    pub code: OneTimeCode,
    /// The mini-program it comes from; without it the first one that is configured.
    #[serde(default)]
    pub app_id: Option<String>,
    /// How to call the person, if the account is new.
    #[serde(default)]
    pub name: Name,
    /// The language of pages and messages, if the account is new.
    #[serde(default)]
    pub locale: Option<Locale>,
}

/// `POST /v1/auth/identities/wechat`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct WechatLink {
    /// What `wx.login` gave.
    pub code: OneTimeCode,
    /// The mini-program it comes from; without it the first one that is configured.
    #[serde(default)]
    pub app_id: Option<String>,
}

/// `POST /v1/auth/wechat/phone`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PhoneCode {
    /// What the button with `open-type="getPhoneNumber"` gave: good for five minutes and once. It is another
    /// kind of code than that of a sign-in.
    pub code: OneTimeCode,
    /// The mini-program it comes from; without it the first one that is configured.
    #[serde(default)]
    pub app_id: Option<String>,
}

/// A telephone number that WeChat has verified.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct VerifiedPhone {
    /// E.164: `+8613800138000`.
    pub phone_number: String,
    /// RFC 3339.
    pub verified_at: String,
}

#[cfg(test)]
mod tests {
    use super::OneTimeCode;

    #[test]
    fn codes_are_visible_ascii() {
        let fits = |text: &str| OneTimeCode::try_from(text.to_owned()).is_ok();
        assert!(fits("0a1B-_~") && fits(&"x".repeat(2048)));
        assert!(!fits("") && !fits("a b") && !fits("a\n") && !fits("码") && !fits(&"x".repeat(2049)));
    }
}
