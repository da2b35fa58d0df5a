//! What a signed request says of its signature, and the text that is signed (RFC 9421). Pure: no clock, no key, no
//! body. Not here: whose key it is, and using a nonce up (`signed`).

use super::fields::{self, List, Value};

/// Longer fields are not read.
const LONGEST_FIELD: usize = 4096;
/// More components are not covered.
const MOST_COMPONENTS: usize = 32;

/// What of a request is not a header, as the client sent it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) method: &'a str,
    /// The whole URL without a fragment.
    pub(super) url: &'a str,
    pub(super) path: &'a str,
    /// Without the question mark; `None` where there is none.
    pub(super) query: Option<&'a str>,
}

/// A signature as a request states it.
#[derive(Debug)]
pub(super) struct Signature {
    list: List,
    /// Ed25519: 64 bytes.
    pub(super) bytes: Vec<u8>,
    /// Seconds since 1970.
    pub(super) created: u64,
    /// Seconds since 1970.
    pub(super) expires: Option<u64>,
    /// What makes it good for one use.
    pub(super) nonce: String,
    /// The API key's id.
    pub(super) key_id: String,
}

impl Signature {
    /// Reads `Signature-Input` and `Signature` (§4.1, §4.2).
    ///
    /// # Errors
    /// What is wrong with them, for the client.
    pub(super) fn read(input: &str, signature: &str) -> Result<Self, &'static str> {
        if input.len() > LONGEST_FIELD || signature.len() > LONGEST_FIELD {
            return Err("`Signature-Input` or `Signature` is too long.");
        }
        let list = fields::one_list(input)
            .ok_or("`Signature-Input` must hold one signature, its components without parameters.")?;
        let found = fields::bytes(signature).ok_or("`Signature` cannot be read.")?;
        let bytes = match <[_; 1]>::try_from(found) {
            Ok([(label, bytes)]) if label == list.label => bytes,
            _ => return Err("`Signature` must hold the one signature that `Signature-Input` describes."),
        };
        let covered = &list.strings;
        let twice = covered.iter().enumerate().any(|(i, name)| covered.iter().take(i).any(|known| known == name));
        if covered.len() > MOST_COMPONENTS || twice {
            return Err("A component is covered twice, or there are too many.");
        }
        let (mut created, mut expires, mut nonce, mut key_id) = (None, None, None, None);
        for (name, value) in &list.params {
            match (name.as_str(), value) {
                ("created", Value::Integer(seconds)) => created = Some(*seconds),
                ("expires", Value::Integer(seconds)) => expires = Some(*seconds),
                ("nonce", Value::Text(text)) if (8..=128).contains(&text.len()) => nonce = Some(text.clone()),
                ("keyid", Value::Text(text)) => key_id = Some(text.clone()),
                // The key decides; a signature that says otherwise is none of its.
                ("alg", Value::Text(text)) if text == "ed25519" => {}
                ("tag", Value::Text(_)) => {}
                ("alg", _) => return Err("`alg` must be \"ed25519\"."),
                _ => return Err("A parameter of the signature is unknown, or has no fitting value."),
            }
        }
        let created = created.ok_or("`created` is missing.")?;
        let nonce = nonce.ok_or("`nonce` is missing: 8 to 128 characters.")?;
        let key_id = key_id.ok_or("`keyid` is missing.")?;
        Ok(Self { list, bytes, created, expires, nonce, key_id })
    }

    /// Whether this is covered.
    pub(super) fn covers(&self, component: &str) -> bool {
        self.list.strings.iter().any(|name| name == component)
    }

    /// Whether it may be used at this second.
    ///
    /// # Errors
    /// That it is too old, or not yet made.
    pub(super) fn timely(&self, now_s: u64, window_s: u64) -> Result<(), &'static str> {
        if now_s > self.created.saturating_add(window_s) {
            return Err("The signature is too old.");
        }
        if self.created > now_s.saturating_add(window_s) {
            return Err("The signature was made in the future: compare the clocks.");
        }
        if self.expires.is_some_and(|expires| expires <= now_s) {
            return Err("The signature has expired.");
        }
        Ok(())
    }

    /// Whether everything is covered that says what is asked for, but the body.
    ///
    /// # Errors
    /// What is missing.
    pub(super) fn complete(&self, target: &Target<'_>) -> Result<(), &'static str> {
        let part_by_part =
            self.covers("@authority") && self.covers("@path") && (self.covers("@query") || target.query.is_none());
        if !self.covers("@method") {
            return Err("`@method` is not covered.");
        }
        if !self.covers("@target-uri") && !part_by_part {
            return Err("Neither `@target-uri` is covered, nor `@authority`, `@path` and `@query`.");
        }
        Ok(())
    }

    /// The text that was signed (§2.5). `field` gives a header's value.
    ///
    /// # Errors
    /// That a component is covered which the request does not have, or is not known here.
    pub(super) fn base(
        &self,
        target: &Target<'_>,
        field: impl Fn(&str) -> Option<String>,
    ) -> Result<String, &'static str> {
        let mut text = String::with_capacity(512);
        for name in &self.list.strings {
            let value = if name.starts_with('@') { derived(name, target) } else { header(name, &field) };
            let value = value.ok_or("A covered component is unknown, or the request does not have it.")?;
            for part in ["\"", name, "\": ", &value, "\n"] {
                text.push_str(part);
            }
        }
        text.push_str("\"@signature-params\": ");
        text.push_str(&fields::write(&self.list));
        Ok(text)
    }
}

fn header(name: &str, field: impl Fn(&str) -> Option<String>) -> Option<String> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let known = !name.is_empty() && name.bytes().all(fits);
    if known { field(name).map(|value| value.trim().to_owned()) } else { None }
}

/// §2.2.
fn derived(name: &str, target: &Target<'_>) -> Option<String> {
    let (scheme, rest) = target.url.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    Some(match name {
        "@method" => target.method.to_owned(),
        "@target-uri" => target.url.to_owned(),
        "@authority" => authority.to_ascii_lowercase(),
        "@scheme" => scheme.to_ascii_lowercase(),
        "@path" => if target.path.is_empty() { "/" } else { target.path }.to_owned(),
        "@query" => format!("?{}", target.query.unwrap_or_default()),
        _ => return None,
    })
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
