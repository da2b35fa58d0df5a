//! Bodies of this function's routes. A value that exists is valid: types refuse what does not fit
//! when they are read.

use serde::{Deserialize, Serialize};
use shared::accounts::{Locale, Name, OneTimeCode};

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
