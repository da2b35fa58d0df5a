//! Where an app may have the browser sent back to: what can be registered, and what is as registered. Pure.
//! RFC 9700 §2.1: texts are compared as they stand; the port of a native app's loopback address alone may differ
//! (RFC 8252 §7.3).

use crate::client::Application;

/// Bytes an address has at most.
const LONGEST: usize = 2000;

/// Why an address cannot be registered.
///
/// # Errors
/// In words.
pub fn registrable(uri: &str, application: Application) -> Result<(), &'static str> {
    let plain = |b: u8| b.is_ascii_graphic() && !b"#\\\"<>`^{}|*".contains(&b);
    if uri.len() > LONGEST || !uri.bytes().all(plain) {
        return Err("is no address without a fragment");
    }
    if let Some(rest) = uri.strip_prefix("https://") {
        return if has_plain_host(rest) { Ok(()) } else { Err("has no plain host") };
    }
    if let Some(rest) = uri.strip_prefix("http://") {
        let (host, _) = authority(rest);
        let local = matches!(host, "127.0.0.1" | "[::1]" | "localhost");
        return if local && has_plain_host(rest) { Ok(()) } else { Err("is http and not on the person's own machine") };
    }
    private_scheme(uri, application)
}

/// RFC 8252 §7.1: a scheme that is a domain name backwards, of native apps alone.
fn private_scheme(uri: &str, application: Application) -> Result<(), &'static str> {
    let (scheme, rest) = uri.split_once(':').ok_or("has no scheme")?;
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-';
    let named = scheme.contains('.') && scheme.starts_with(|c: char| c.is_ascii_lowercase());
    let fits = named && scheme.bytes().all(letter) && rest.starts_with('/');
    match (fits, application) {
        (true, Application::Native) => Ok(()),
        (true, Application::Web) => Err("has a scheme of its own, which only a native app has"),
        (false, _) => Err("has a scheme that is neither https nor a domain name backwards"),
    }
}

/// Host and the rest of what stands behind `//`, with the port in the rest.
fn authority(rest: &str) -> (&str, &str) {
    let end = match rest.strip_prefix('[') {
        Some(inner) => inner.find(']').map_or(rest.len(), |at| at + 2),
        None => rest.find([':', '/', '?']).unwrap_or(rest.len()),
    };
    rest.split_at_checked(end).unwrap_or((rest, ""))
}

fn has_plain_host(rest: &str) -> bool {
    let (host, after) = authority(rest);
    let name = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'-';
    let literal = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let host_fits = match literal {
        Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(name) && !host.starts_with('.'),
    };
    let (port, path) = split_port(after);
    let path_fits = path.is_empty() || path.starts_with('/') || path.starts_with('?');
    host_fits && path_fits && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// `:80/cb` → `80`, `/cb`.
fn split_port(after: &str) -> (Option<&str>, &str) {
    let Some(rest) = after.strip_prefix(':') else { return (None, after) };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    rest.split_at_checked(end).map_or((Some(rest), ""), |(port, path)| (Some(port), path))
}

/// Whether an address is one of the registered ones.
pub fn is_registered(registered: &[String], application: Application, asked: &str) -> bool {
    let loopback = |uri: &str| -> Option<(String, String)> {
        let (host, after) = authority(uri.strip_prefix("http://")?);
        let (port, path) = split_port(after);
        let port_fits = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
        let literal = matches!(host, "127.0.0.1" | "[::1]") && port_fits;
        literal.then(|| (host.to_owned(), path.to_owned()))
    };
    let same_but_port = |one: &String| {
        application == Application::Native
            && registrable(asked, application).is_ok()
            && loopback(one).is_some_and(|known| loopback(asked) == Some(known))
    };
    registered.iter().any(|one| one == asked) || registered.iter().any(same_but_port)
}

/// Whether only the app's own servers can be at this address: others can listen on a person's machine, and claim
/// a scheme (RFC 8252 §8.6).
pub fn is_exclusive(uri: &str) -> bool {
    uri.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::{is_registered, registrable};
    use crate::client::Application::{self, Native, Web};

    #[test]
    fn addresses_that_lead_elsewhere_cannot_be_registered() {
        for uri in [
            "",
            "https://",
            "https:///cb",
            "https://a.example/cb#x",
            "https://user@a.example/cb",
            "https://a.example\\@b.example/",
            "https://a.example:0/cb",
            "https://a.example:99999/cb",
            "https://a.example:/cb",
            "https://*.example/cb",
            "https://a.example/a b",
            "https://é.example/",
            "https://[::1/cb",
            "https://[x]/cb",
            "https://.a/",
            "http://a.example/cb",
            "http://localhost.evil.example/cb",
            "http://127.0.0.1@evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://2130706433/cb",
            "javascript:alert(1)",
            "data:text/html,x",
            "com.example.app",
            "myapp:/cb",
            "//a.example/cb",
            "/cb",
        ] {
            for application in [Web, Native] {
                assert!(registrable(uri, application).is_err(), "{uri}");
            }
        }
        assert!(registrable("com.example.app:/cb", Web).is_err());
    }

    #[test]
    fn servers_and_a_persons_own_machine_can_be_registered() {
        for uri in [
            "https://a.example/cb",
            "https://a.example:8443/cb?x=1",
            "https://a.example",
            "https://[2001:db8::1]:8443/cb",
            "http://localhost:3000/cb",
            "http://127.0.0.1/cb",
            "http://[::1]:9/cb",
        ] {
            assert_eq!(registrable(uri, Web), Ok(()), "{uri}");
        }
        assert_eq!(registrable("com.example.app:/cb", Native), Ok(()));
    }

    fn check(registered: &str, application: Application, asked: &str) -> bool {
        is_registered(&[registered.to_owned()], application, asked)
    }

    #[test]
    fn an_address_is_compared_letter_by_letter() {
        let known = "https://a.example/cb";
        assert!(check(known, Web, known));
        for asked in [
            "https://a.example/cb/",
            "https://a.example/cb?x=1",
            "https://a.example/CB",
            "https://A.example/cb",
            "https://a.example:443/cb",
            "https://a.example/cb/../cb",
            "https://a.example/cb%2f",
            "https://a.example.evil.example/cb",
            "https://evil.example/https://a.example/cb",
            "http://a.example/cb",
            "",
        ] {
            assert!(!check(known, Web, asked), "{asked}");
            assert!(!check(known, Native, asked), "{asked}");
        }
    }

    #[test]
    fn the_port_of_a_native_apps_loopback_address_is_free() {
        for known in ["http://127.0.0.1/cb", "http://127.0.0.1:1/cb"] {
            assert!(check(known, Native, "http://127.0.0.1:51004/cb") && check(known, Native, "http://127.0.0.1/cb"));
            assert!(!check(known, Web, "http://127.0.0.1:51004/cb"));
            for asked in [
                "http://127.0.0.1:51004/other",
                "http://[::1]:51004/cb",
                "http://localhost:51004/cb",
                "https://127.0.0.1:51004/cb",
                "http://127.0.0.1:51004@evil.example/cb",
                "http://127.0.0.1:/cb",
                "http://127.0.0.1:99999/cb",
                "http://127.0.0.1.evil.example/cb",
            ] {
                assert!(!check(known, Native, asked), "{asked}");
            }
        }
        assert!(!check("http://localhost/cb", Native, "http://localhost:3000/cb"), "RFC 8252 §8.3");
    }
}
