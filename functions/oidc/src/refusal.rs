//! Refusals in OAuth's words: `{"error", "error_description"}` (RFC 6749 §5.2). The rows' dialect writes them.

use shared::problem::{Code, FieldError, Problem};

/// 400 with this error.
pub fn refused(error: &str, description: impl Into<String>) -> Problem {
    of(Code::MalformedRequest, error, description.into())
}

/// 401 for a client that did not prove who it is (RFC 6749 §5.2).
pub fn invalid_client(description: &str) -> Problem {
    of(Code::Unauthenticated, "invalid_client", description.to_owned())
        .header("WWW-Authenticate", "Basic realm=\"oauth\"")
}

/// 401 for an access token that opens nothing (RFC 6750 §3.1).
pub fn invalid_token() -> Problem {
    of(Code::Unauthenticated, "invalid_token", "The access token is unknown, ended or expired.".to_owned())
        .header("WWW-Authenticate", "Bearer error=\"invalid_token\"")
}

/// 403 for an access token without this scope (RFC 6750 §3.1).
pub fn insufficient_scope(scope: &str) -> Problem {
    of(Code::Forbidden, "insufficient_scope", format!("The access token needs the scope {scope}."))
        .header("WWW-Authenticate", format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\""))
}

fn of(code: Code, error: &str, description: String) -> Problem {
    let because = format!("{error}: {description}");
    let error = FieldError { pointer: String::new(), code: error.to_owned(), detail: description };
    Problem { errors: vec![error], ..Problem::from(code) }.because(because)
}
