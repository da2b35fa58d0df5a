//! Devices that have signed in: a signed token in a header, by which a later sign-in shows that somebody knew the
//! account's password there before. It opens nothing: whose guesses are counted together is all it decides. Nothing
//! of it is stored.

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::cx::Cx;
use crate::{time, vault};

/// The header, in both directions.
pub const HEADER: &str = "selvage-device";
/// Seconds a token is good for.
const LIFE_S: u64 = 180 * time::DAY_MS / 1000;
/// Longer ones are not read.
const LONGEST: usize = 160;

/// A device that has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Whose account it signed in to.
    pub user_id: String,
    /// The token without its signature: one for each device.
    pub name: String,
}

/// The device that the request says it comes from, where we said so first.
pub fn known(cx: &Cx) -> Option<Device> {
    let sent = cx.platform.request_header(HEADER).filter(|sent| sent.len() <= LONGEST)?;
    let (name, signed) = sent.rsplit_once('.')?;
    let mut parts = name.strip_prefix("dv1.")?.split('.');
    let (user_id, expires_s) = (parts.next()?, parts.next()?.parse::<u64>().ok()?);
    let signed = Base64UrlUnpadded::decode_vec(signed).ok()?;
    let good = expires_s > cx.now_ms() / 1000 && vault::signed(cx, &[b"device", name.as_bytes()], &signed);
    good.then(|| Device { user_id: user_id.to_owned(), name: name.to_owned() })
}

/// Gives the client a token of its own, unless it brought one of this user's. Without `STORE_KEY` there is none.
pub fn remember(cx: &Cx, user_id: &str) {
    if known(cx).is_some_and(|device| device.user_id == user_id) {
        return;
    }
    let random = Base64UrlUnpadded::encode_string(&cx.platform.random::<12>());
    let name = format!("dv1.{user_id}.{}.{random}", cx.now_ms() / 1000 + LIFE_S);
    if let Ok(key) = vault::key(cx, &[b"device", name.as_bytes()]) {
        let (half, _) = key.split_at(16);
        cx.add_header("Selvage-Device", format!("{name}.{}", Base64UrlUnpadded::encode_string(half)));
    }
}
