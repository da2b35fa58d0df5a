//! Who asked, across functions: the request id and W3C Trace Context.

use crate::head::{Head, HeaderName};

/// The ids of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// `X-Request-Id`: the caller's, when it is well formed, else our own `req_…`.
    pub request_id: String,
    /// 32 lower-case hex digits, W3C Trace Context §3.2.2.3.
    pub trace_id: String,
    /// 16 lower-case hex digits: our own span.
    pub span_id: String,
}

impl Trace {
    /// Continues the caller's trace, or begins one. `random` is 24 fresh bytes.
    pub fn of(head: &Head, random: &[u8; 24]) -> Self {
        let mut digits = String::with_capacity(48);
        push_hex(&mut digits, random);
        let span_id = digits.get(32..).unwrap_or_default().to_owned();
        let inherited = head.header(HeaderName::Traceparent).and_then(trace_id_of);
        let own = digits.get(..32).unwrap_or_default();
        let request_id = match head.header(HeaderName::XRequestId).filter(|id| is_request_id(id)) {
            Some(id) => id.to_owned(),
            None => format!("req_{}", own.get(..24).unwrap_or(own)),
        };
        Self { request_id, trace_id: inherited.unwrap_or(own).to_owned(), span_id }
    }

    /// The header for calls this request makes to other functions.
    pub fn traceparent(&self) -> String {
        format!("00-{}-{}-01", self.trace_id, self.span_id)
    }
}

/// Lower-case hex.
pub fn push_hex(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            out.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
}

fn is_request_id(id: &str) -> bool {
    (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// The trace id of a valid `traceparent`; anything else begins a new trace (§3.2.2).
fn trace_id_of(header: &str) -> Option<&str> {
    let mut parts = header.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hex = |s: &str, len| s.len() == len && s.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let zero = |s: &str| s.bytes().all(|b| b == b'0');
    let known = hex(version, 2) && version != "ff" && (version != "00" || parts.next().is_none());
    (known && hex(trace, 32) && hex(parent, 16) && hex(flags, 2) && !zero(trace) && !zero(parent)).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(HeaderName, &str)]) -> Trace {
        Trace::of(&Head::of(0, "GET", "/", headers), &[0xab; 24])
    }

    #[test]
    fn a_valid_trace_is_continued() {
        let id = "0af7651916cd43dd8448eb211c80319c";
        let trace = check(&[(HeaderName::Traceparent, &format!("00-{id}-b7ad6b7169203331-01"))]);
        assert_eq!(trace.trace_id, id);
        assert_eq!(trace.traceparent(), format!("00-{id}-abababababababab-01"));
    }

    #[test]
    fn an_invalid_trace_begins_a_new_one() {
        let own = "ab".repeat(16);
        let zeros = format!("00-{}-b7ad6b7169203331-01", "0".repeat(32));
        for bad in ["", "00", "00-xyz-1-01", &zeros, "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"] {
            assert_eq!(check(&[(HeaderName::Traceparent, bad)]).trace_id, own);
        }
    }

    #[test]
    fn a_request_id_is_taken_over_only_when_well_formed() {
        assert_eq!(check(&[(HeaderName::XRequestId, "my-request-1")]).request_id, "my-request-1");
        for bad in ["short", "has space in it", &"x".repeat(65), "line\"quote1"] {
            assert!(check(&[(HeaderName::XRequestId, bad)]).request_id.starts_with("req_abab"));
        }
    }
}
