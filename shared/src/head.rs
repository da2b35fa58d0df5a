//! The head of a request: method, path, query and the few headers the pipeline
//! reads. It crosses from JavaScript as one string, because each crossing costs
//! about as much as parsing all of it here.

/// The headers the pipeline and the handlers may read, in the order they are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderName {
    /// RFC 9110 §11.6.2.
    Authorization = 3,
    /// Anthropic's clients send their key here.
    XApiKey,
    /// RFC 9110 §8.3.
    ContentType,
    /// RFC 9110 §8.6.
    ContentLength,
    /// The client's address, set by the platform alone.
    CfConnectingIp,
    /// A request id chosen by the caller.
    XRequestId,
    /// W3C Trace Context §3.2.
    Traceparent,
    /// RFC 6454, for CORS.
    Origin,
    /// A preflight names the method it asks for.
    AccessControlRequestMethod,
    /// RFC 9110 §13.1.2.
    IfNoneMatch,
    /// draft-ietf-httpapi-idempotency-key-header.
    IdempotencyKey,
    /// RFC 9110 §10.1.5; for the log line only.
    UserAgent,
    /// RFC 9110 §12.5.4: the language of a new account that names none.
    AcceptLanguage,
}

/// The wire names of `HeaderName`, in its order; `edge.js` is given this list.
pub const PACKED: &str = "authorization\nx-api-key\ncontent-type\ncontent-length\ncf-connecting-ip\n\
x-request-id\ntraceparent\norigin\naccess-control-request-method\nif-none-match\nidempotency-key\nuser-agent\naccept-language";

const FIELDS: usize = 16;

/// A request's head. Lines of the packed form: time in ms, method, URL, then the headers.
pub struct Head {
    packed: String,
    ends: [usize; FIELDS],
    path: std::ops::Range<usize>,
    query: std::ops::Range<usize>,
}

impl Head {
    /// Reads the packed form. Missing lines read as empty, so no input is refused here.
    pub fn unpack(packed: String) -> Self {
        let mut ends = [packed.len(); FIELDS];
        for (end, (at, _)) in ends.iter_mut().zip(packed.match_indices('\n')) {
            *end = at;
        }
        let mut head = Self { packed, ends, path: 0..0, query: 0..0 };
        let base = head.field_range(2).start;
        let (path, query) = split_url(head.field(2));
        head.path = base + path.start..base + path.end;
        head.query = base + query.start..base + query.end;
        head
    }

    /// A head for a test or a call that no client made.
    pub fn of(now_ms: u64, method: &str, url: &str, headers: &[(HeaderName, &str)]) -> Self {
        let mut lines = vec![String::new(); FIELDS];
        for (slot, value) in lines.iter_mut().zip([now_ms.to_string().as_str(), method, url]) {
            value.clone_into(slot);
        }
        for (name, value) in headers {
            if let Some(slot) = lines.get_mut(*name as usize) {
                (*value).clone_into(slot);
            }
        }
        Self::unpack(lines.join("\n"))
    }

    /// When the request arrived, in milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        self.field(0).parse().unwrap_or(0)
    }

    /// The method as the client wrote it.
    pub fn method(&self) -> &str {
        self.field(1)
    }

    /// The path, percent-encoded, without the query.
    pub fn path(&self) -> &str {
        self.packed.get(self.path.clone()).unwrap_or("/")
    }

    /// The query without its question mark; empty when there is none.
    pub fn query(&self) -> &str {
        self.packed.get(self.query.clone()).unwrap_or("")
    }

    /// The whole URL, without a fragment.
    pub fn url(&self) -> &str {
        let url = self.field(2);
        url.split('#').next().unwrap_or(url)
    }

    /// `scheme://host` of the request's own URL.
    pub fn origin(&self) -> &str {
        let url = self.field(2);
        url.get(..url.len().min(self.path.start - self.field_range(2).start)).unwrap_or("")
    }

    /// A header's value; `None` when absent or empty.
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        Some(self.field(name as usize)).filter(|value| !value.is_empty())
    }

    fn field_range(&self, i: usize) -> std::ops::Range<usize> {
        let start = i.checked_sub(1).and_then(|p| self.ends.get(p)).map_or(0, |end| end + 1);
        let end = self.ends.get(i).copied().unwrap_or(self.packed.len());
        start.min(end)..end
    }

    fn field(&self, i: usize) -> &str {
        self.packed.get(self.field_range(i)).unwrap_or("")
    }
}

/// Path and query of an absolute or origin-form URL, as ranges.
fn split_url(url: &str) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let start = url.get(after_scheme..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| after_scheme + at);
    let end = url.find('#').unwrap_or(url.len()).max(start);
    match url.get(start..end).and_then(|rest| rest.find('?')) {
        Some(at) => (start..start + at, start + at + 1..end),
        None => (start..end, end..end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packed_form_reads_back() {
        let head = Head::of(
            7,
            "POST",
            "https://api.example/v1/a%20b?x=1&y=/2#z",
            &[(HeaderName::UserAgent, "curl"), (HeaderName::Authorization, "Bearer t")],
        );
        assert_eq!((head.now_ms(), head.method()), (7, "POST"));
        assert_eq!((head.path(), head.query()), ("/v1/a%20b", "x=1&y=/2"));
        assert_eq!(head.origin(), "https://api.example");
        assert_eq!(head.url(), "https://api.example/v1/a%20b?x=1&y=/2");
        assert_eq!(head.header(HeaderName::Authorization), Some("Bearer t"));
        assert_eq!(head.header(HeaderName::UserAgent), Some("curl"));
        assert_eq!(head.header(HeaderName::Origin), None);
    }

    #[test]
    fn every_header_of_the_enum_has_its_line() {
        assert_eq!(PACKED.split('\n').count() + 3, FIELDS);
        assert_eq!(HeaderName::AcceptLanguage as usize, FIELDS - 1);
    }

    #[test]
    fn broken_heads_are_read_without_panics() {
        for packed in ["", "\n", "x\ny", "1\nGET\n?#/", "1\nGET\n#?", "1\nGET\nhttp://"] {
            let head = Head::unpack(packed.to_owned());
            let _ = (head.path(), head.query(), head.origin(), head.method(), head.now_ms());
        }
    }
}
