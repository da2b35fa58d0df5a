//! Validators for public reads (RFC 9110 §8.8.3 and §13.1.2).

use sha2::{Digest, Sha256};

/// A strong validator: the first 16 bytes of SHA-256, in hex and quotes.
pub fn of(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    let mut tag = String::with_capacity(34);
    tag.push('"');
    crate::trace::push_hex(&mut tag, digest.get(..16).unwrap_or(&digest));
    tag.push('"');
    tag
}

/// Whether `If-None-Match` names this validator (weak comparison) or is `*`.
pub fn matches(if_none_match: &str, etag: &str) -> bool {
    if_none_match.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_a_weak_tag_and_a_star_match() {
        let tag = of(b"x");
        assert!(matches(&tag, &tag) && matches(&format!("\"a\", W/{tag}"), &tag) && matches("*", &tag));
        assert!(!matches("\"a\"", &tag) && !matches("", &tag));
    }
}
