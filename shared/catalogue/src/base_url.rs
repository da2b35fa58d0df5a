//! Base URLs of providers, as people write them.

/// The base URL without trailing slash, and its host. An origin alone gets `/v1`, which is
/// where every OpenAI-shaped server has its routes.
#[must_use]
pub fn base_url(url: &str) -> Option<(String, &str)> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let fit = rest.bytes().all(|b| b.is_ascii_graphic() && !b"?#@\\\"<>".contains(&b));
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    if !fit || host.is_empty() {
        return None;
    }
    let base = url.trim_end_matches('/');
    let version = if base.ends_with(authority) && !rest.trim_end_matches('/').contains('/') { "/v1" } else { "" };
    Some((format!("{base}{version}"), host))
}

/// The origin of a base URL: scheme, host and port, in lower case; `None` for what is no base URL.
#[must_use]
pub fn origin(url: &str) -> Option<String> {
    base_url(url)?;
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?.to_ascii_lowercase();
    let usual = if scheme == "https" { ":443" } else { ":80" };
    let authority = authority.strip_suffix(usual).unwrap_or(&authority);
    Some(format!("{scheme}://{authority}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_are_taken_as_people_write_them() {
        let read = |url: &str| base_url(url).map(|(base, host)| format!("{base} {host}"));
        for (url, base, host) in [
            ("http://localhost:11434", "http://localhost:11434/v1", "localhost"),
            ("http://localhost:11434//", "http://localhost:11434/v1", "localhost"),
            ("http://localhost:11434/v1/", "http://localhost:11434/v1", "localhost"),
            ("https://x.example/api/v3", "https://x.example/api/v3", "x.example"),
            ("http://[::1]:1", "http://[::1]:1/v1", "::1"),
        ] {
            assert_eq!(read(url).unwrap(), format!("{base} {host}"));
        }
    }

    #[test]
    fn what_is_no_plain_web_url_is_refused() {
        for bad in [
            "",
            "localhost:11434",
            "ftp://x",
            "http://",
            "https:///v1",
            "http://:80",
            "http://u:p@h",
            "http://h?q",
            "http://h/#f",
            "http://h h",
            "http://h\n",
            "http://h\\x",
            "http://é",
        ] {
            assert_eq!(base_url(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_origin_is_the_same_however_it_is_written() {
        for url in ["https://API.x.example/v1", "https://api.x.example:443", "https://api.x.example/"] {
            assert_eq!(origin(url).as_deref(), Some("https://api.x.example"), "{url}");
        }
        assert_eq!(origin("http://127.0.0.1:9000/v1").as_deref(), Some("http://127.0.0.1:9000"));
        assert_eq!(origin("https://x.example:80").as_deref(), Some("https://x.example:80"));
        assert_eq!(origin("https://u@x.example"), None);
    }
}
