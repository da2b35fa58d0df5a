//! Which function answers a path, and what the client gets when it does not.
//! The map is generated from the functions' route tables.

use std::sync::OnceLock;

use shared::cx::Cx;
use shared::head::{Head, HeaderName};
use shared::platform::SendError;
use shared::problem::{Code, Problem};
use shared::reply::{Body, Reply};
use shared::route::{Dialect, Handling};

use crate::map::{MAP, OTHERS};

/// A function behind the gateway.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    /// The name for people.
    pub(crate) name: &'static str,
    /// The name of the service binding.
    pub(crate) binding: &'static str,
}

/// One path of the map.
pub(crate) struct Entry {
    /// In matchit's syntax.
    pub(crate) path: &'static str,
    /// Who answers.
    pub(crate) function: &'static Function,
    /// The shape of errors there.
    pub(crate) dialect: Dialect,
    /// Whether it may take as long as an upstream does.
    pub(crate) slow: bool,
}

/// A method that another function answers than the one its path belongs to.
pub(crate) struct Other {
    /// As in its entry.
    pub(crate) path: &'static str,
    /// In capitals.
    pub(crate) method: &'static str,
    /// Who answers.
    pub(crate) function: &'static Function,
    /// Every method of the path, whoever answers it, as `Allow` has them.
    pub(crate) allow: &'static str,
}

impl Entry {
    /// Who answers this request: by its method, and for a preflight by the method it asks for (fetch.spec.whatwg.org §3.3.2).
    fn function(&self, head: &Head) -> &'static Function {
        let method = match head.method() {
            "OPTIONS" => head.header(HeaderName::AccessControlRequestMethod).unwrap_or_default(),
            method => method,
        };
        let other = OTHERS.iter().find(|other| other.method == method && other.path == self.path);
        other.map_or(self.function, |other| other.function)
    }

    /// Every method of a path that several functions answer: each of them knows its own alone.
    fn shared(&self) -> Option<&'static str> {
        OTHERS.iter().find(|other| other.path == self.path).map(|other| other.allow)
    }
}

/// A function that has sent no head by now counts as hung.
const BRIEF_MS: u32 = 15_000;
/// Rows that wait for an upstream: its total deadline of ten minutes, and some more.
const SLOW_MS: u32 = 615_000;

static INDEX: OnceLock<matchit::Router<&'static Entry>> = OnceLock::new();

fn entry(path: &str) -> Option<&'static Entry> {
    let index = INDEX.get_or_init(|| {
        let mut router = matchit::Router::new();
        for entry in MAP {
            // A conflict would be two functions owning one path; the generator refuses that.
            let _ = router.insert(entry.path, entry);
        }
        router
    });
    index.at(path).ok().map(|found| *found.value)
}

/// Passes a request on, by handle, to the function that owns its path.
pub(crate) fn forward(cx: &Cx) -> Handling<'_> {
    Box::pin(async move {
        let entry = entry(cx.head.path()).ok_or(Code::NotFound)?;
        cx.dialect.set(entry.dialect);
        if let Some(allow) = entry.shared() {
            match cx.head.method() {
                // A preflight goes to whom it asks about.
                "OPTIONS" if cx.head.header(HeaderName::AccessControlRequestMethod).is_none() => {
                    return Ok(Reply::empty(204).header("Allow", allow));
                }
                method if !allow.split(", ").any(|allowed| allowed == method) => {
                    return Err(Problem::from(Code::MethodNotAllowed).header("Allow", allow));
                }
                _ => {}
            }
        }
        let bound = if entry.slow { SLOW_MS } else { bound_ms(cx) };
        let function = entry.function(&cx.head);
        match cx.platform.forward(function.binding, bound).await {
            Ok(passed) => Ok(Reply::new(200, "", Body::Passed(passed))),
            Err(error) => Err(down(function, &error)),
        }
    })
}

/// The bound of brief rows; a deployment may set another.
fn bound_ms(cx: &Cx) -> u32 {
    cx.platform.var("FUNCTION_DEADLINE_MS").and_then(|text| text.parse().ok()).unwrap_or(BRIEF_MS)
}

fn down(function: &Function, error: &SendError) -> Problem {
    let how = match error {
        SendError::Deadline => "did not answer in time",
        SendError::Unreachable(_) | SendError::Left => "failed",
    };
    Problem::from(Code::Unavailable)
        .detail(format!("The function `{}` {how}. The others are not affected.", function.name))
        .because(format!("{error:?}"))
        .header("Retry-After", "5")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_of_another_function_is_its_own_and_so_is_its_preflight() {
        for other in OTHERS {
            let shared = MAP.iter().find(|known| known.path == other.path).expect("the path of another function");
            let of = |method: &str, asked: &str| {
                shared.function(&Head::of(0, method, "/", &[(HeaderName::AccessControlRequestMethod, asked)])).name
            };
            let both = (of(other.method, ""), of("OPTIONS", other.method));
            assert_eq!(both, (other.function.name, other.function.name));
            assert_eq!((of("TRACE", ""), of("OPTIONS", "")), (shared.function.name, shared.function.name));
            assert!(shared.shared().is_some_and(|allow| allow.split(", ").any(|method| method == other.method)));
        }
    }

    #[test]
    fn every_path_of_the_map_is_found_and_nothing_else() {
        for known in MAP {
            let sample = known.path.replace(['{', '}', '*'], "");
            assert_eq!(entry(&sample).map(|e| e.path), Some(known.path));
        }
        assert!(entry("/v1/nothing").is_none() && entry("").is_none() && entry("/").is_none());
    }
}
