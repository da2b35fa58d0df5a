//! Who wants an answer from the cache: the request's header `Selvage-Cache`, the standard `Cache-Control`, and the
//! route's setting. Nothing is cached that nobody asked to be.

pub use catalogue::cache::{LONGEST_TTL_S, RouteCache, Semantic};

/// What one request wants of the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Seconds the answer is kept.
    pub ttl_s: u64,
    /// A kept answer may be given.
    pub read: bool,
    /// Answers that call tools are kept, too.
    pub tools: bool,
}

impl Wish {
    /// What a request wants, by its headers and its route's setting; `None` leaves the cache out.
    ///
    /// `Selvage-Cache` takes directives with commas between: `max-age=SECONDS` asks for it, `tools` keeps answers that
    /// call tools, `refresh` makes a new answer and keeps it, `off` leaves the cache out. Of `Cache-Control` (RFC 9111,
    /// section 5.2.1) `no-cache` means `refresh` and `no-store` means `off`. What is not known is passed over.
    #[must_use]
    pub fn of(header: Option<&str>, control: Option<&str>, route: Option<&RouteCache>) -> Option<Self> {
        let mut ttl_s = route.map_or(0, |route| route.ttl_s);
        let mut wish = Self { ttl_s: 0, read: true, tools: route.is_some_and(|route| route.tools) };
        for directive in header.unwrap_or_default().split(',').map(str::trim) {
            match directive.split_once('=') {
                Some((name, seconds)) if name.trim().eq_ignore_ascii_case("max-age") => {
                    ttl_s = seconds.trim().trim_matches('"').parse().unwrap_or(0);
                }
                None if directive.eq_ignore_ascii_case("tools") => wish.tools = true,
                None if directive.eq_ignore_ascii_case("refresh") => wish.read = false,
                None if directive.eq_ignore_ascii_case("off") => return None,
                _ => {}
            }
        }
        for directive in control.unwrap_or_default().split(',').map(str::trim) {
            if directive.eq_ignore_ascii_case("no-store") {
                return None;
            }
            wish.read &= !directive.eq_ignore_ascii_case("no-cache");
        }
        wish.ttl_s = ttl_s.min(LONGEST_TTL_S);
        (wish.ttl_s > 0).then_some(wish)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(json: &str) -> RouteCache {
        RouteCache::read(json).unwrap()
    }

    const READ: Wish = Wish { ttl_s: 60, read: true, tools: false };

    #[test]
    fn nothing_is_cached_unless_somebody_asks() {
        assert_eq!(Wish::of(None, None, None), None);
        assert_eq!(Wish::of(Some("tools"), None, None), None);
        assert_eq!(Wish::of(None, None, Some(&route("{}"))), None);
        assert_eq!(Wish::of(Some("max-age=60"), None, None), Some(READ));
        assert_eq!(Wish::of(None, None, Some(&route(r#"{"ttl_s":60}"#))), Some(READ));
    }

    #[test]
    fn headers_say_what_is_wanted() {
        let sixty = route(r#"{"ttl_s":60}"#);
        for (header, control, wish) in [
            ("Max-Age = \"60\", tools", "", Some(Wish { tools: true, ..READ })),
            ("max-age=60,refresh", "", Some(Wish { read: false, ..READ })),
            ("max-age=60", "No-Cache", Some(Wish { read: false, ..READ })),
            ("max-age=60", "no-store", None),
            ("off, max-age=60", "", None),
            ("max-age=0", "", None),
            ("max-age=soon", "", None),
            ("max-age=99999999", "max-age=0", Some(Wish { ttl_s: LONGEST_TTL_S, ..READ })),
            ("", "", Some(READ)),
        ] {
            assert_eq!(Wish::of(Some(header), Some(control), Some(&sixty)), wish, "{header} {control}");
        }
    }

    #[test]
    fn a_route_is_read_to_its_last_member() {
        let semantic = route(r#"{"ttl_s":5,"tools":true,"semantic":{"model":"e","threshold":900}}"#).semantic.unwrap();
        assert_eq!((semantic.model.as_str(), semantic.threshold), ("e", 900));
        for (json, pointer) in [
            (r#"{"ttl":1}"#, "/ttl"),
            (r#"{"ttl_s":604801}"#, "/ttl_s"),
            (r#"{"semantic":{}}"#, "/semantic/model"),
            (r#"{"semantic":{"model":"e","threshold":1001}}"#, "/semantic/threshold"),
        ] {
            assert_eq!(RouteCache::read(json).unwrap_err().pointer, pointer);
        }
    }
}
