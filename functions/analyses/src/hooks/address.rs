//! Which URLs may be called at a stranger's word: `https` and a host with a name that is everybody's. Addresses in figures,
//! names that mean something in a private network alone, and whatever two readers could read differently are refused. What a
//! name leads to is the platform's to look up; a Worker reaches the public internet alone. Pure.

/// Bytes of a URL at most.
const LONGEST: usize = 2_048;
/// Names that lead nowhere in public (RFC 6761, RFC 6762, RFC 8375, and what routers and clouds answer to).
const PRIVATE: [&str; 12] = [
    "localhost",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "arpa",
    "test",
    "invalid",
    "onion",
];

/// Checks a URL. On a developer's machine (`is_local`) this machine may be called, too.
///
/// # Errors
/// The rule that it breaks.
pub fn check(url: &str, is_local: bool) -> Result<(), &'static str> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"\\\"<>^`{|}#".contains(&byte);
    if url.len() > LONGEST || !url.bytes().all(plain) {
        return Err("must be a URL of 2048 bytes at most, without a fragment and with everything else escaped");
    }
    let Some((scheme, rest)) = url.split_once("://") else { return Err("must begin with https://") };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let is_port = |port: &str| (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
    if authority.contains(':') && !is_port(port) {
        return Err("must have a host, and a port or none");
    }
    if is_local && matches!(host, "127.0.0.1" | "localhost") && matches!(scheme, "http" | "https") {
        return Ok(());
    }
    if scheme != "https" {
        return Err("must begin with https://");
    }
    if is_public_name(host) { Ok(()) } else { Err("must lead to a host with a public name") }
}

/// Two labels or more, of letters, digits and hyphens; the last begins with a letter, so that no reader takes the whole for an
/// address (WHATWG URL §3.5), and is none of the private ones.
fn is_public_name(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let Some((_, last)) = host.rsplit_once('.') else { return false };
    let named = last.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    host.len() <= 253 && host.split('.').all(label) && named && !PRIVATE.contains(&last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, proptest};

    use super::*;

    #[test]
    fn public_names_may_be_called() {
        for url in [
            "https://example.com",
            "https://example.com/hook?a=b%20c",
            "https://EXAMPLE.com:8443/x",
            "https://a.b-c.example.co.uk/",
            "https://xn--fiqs8s.example/",
        ] {
            assert_eq!(check(url, false), Ok(()), "{url}");
        }
    }

    #[test]
    fn nothing_else_may() {
        for url in [
            "http://example.com",
            "ftp://example.com",
            "//example.com",
            "example.com",
            "https://",
            "https:///x",
            "https://localhost/",
            "https://a.localhost/",
            "https://printer.local/",
            "https://metadata.google.internal/computeMetadata",
            "https://169.254.169.254/latest",
            "https://10.0.0.1",
            "https://0x7f.0.0.1/",
            "https://2130706433/",
            "https://127.1/",
            "https://1.2.3.4.5/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://user@example.com/",
            "https://example.com@127.0.0.1/",
            "https://example.com\\@127.0.0.1/",
            "https://example.com:80:80/",
            "https://example.com:/",
            "https://example.com:http/",
            "https://ex%61mple.com/",
            "https://example.com./",
            "https://.example.com/",
            "https://-a.example.com/",
            "https://exämple.com/",
            "https://example.com/ x",
            "https://example.com/#x",
            "https://example.com/\nHost: x",
        ] {
            assert!(check(url, false).is_err(), "{url}");
        }
    }

    #[test]
    fn this_machine_may_be_called_on_a_developers_machine_alone() {
        for url in ["http://127.0.0.1:8080/hook", "http://localhost/x"] {
            assert_eq!(check(url, true), Ok(()), "{url}");
            assert!(check(url, false).is_err(), "{url}");
        }
        for url in ["http://127.0.0.2/", "http://localhost.evil.example/", "http://localhost@evil.example/"] {
            assert!(check(url, true).is_err(), "{url}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(url in any::<String>()) {
            let _ = check(&url, false);
            let inside = format!("https://{}.internal", url);
            prop_assert!(check(&inside, false).is_err() || url.contains(['/', '?', ':']));
        }
    }
}
