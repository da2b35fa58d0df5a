//! What goes wrong, in one closed enum, and how it is told: RFC 9457 problem
//! documents, or OpenAI's or Anthropic's shape where a row says so. The cause of
//! a failure is logged once at the boundary and never sent.

mod code;

use serde::Serialize;

pub use code::Code;

use crate::route::Dialect;

/// One invalid value in the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct FieldError {
    /// RFC 6901 pointer into the body, or the parameter's name.
    pub pointer: String,
    /// A stable name of the rule that was broken.
    pub code: String,
    /// The rule, for people.
    pub detail: String,
}

/// A failure on its way to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of failure.
    pub code: Code,
    /// A sentence for this occurrence; safe to show.
    pub detail: Option<String>,
    /// The invalid values.
    pub errors: Vec<FieldError>,
    /// With `StepUpRequired`: how it can be proved.
    pub methods: Box<[String]>,
    /// Further headers of the reply: `Retry-After`, `Allow`, `WWW-Authenticate`.
    pub headers: Vec<(&'static str, String)>,
    /// For the log only.
    pub cause: Option<String>,
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self { code, detail: None, errors: Vec::new(), methods: Box::default(), headers: Vec::new(), cause: None }
    }
}

/// The body of a problem reply, RFC 9457 §3.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Problem"))]
pub struct ProblemDocument<'a> {
    /// A page that explains this kind of problem, relative to the API's origin.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem, for people.
    pub title: &'a str,
    /// The HTTP status.
    pub status: u16,
    /// The kind of problem, for programs; stable.
    pub code: &'a str,
    /// This occurrence, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'a str>,
    /// The path that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<&'a str>,
    /// As in the `X-Request-Id` header; name it when you ask for help.
    pub request_id: &'a str,
    /// The invalid values, when there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: &'a Vec<FieldError>,
    /// With `step_up_required`: what `POST /v1/auth/step-up` takes as a proof; `sign_in` where there is none.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub methods: &'a [String],
}

impl Problem {
    /// An internal failure; `cause` goes to the log, the client learns the request id only.
    pub fn internal(cause: impl ToString) -> Self {
        Self::from(Code::Internal).because(cause)
    }

    /// One invalid value.
    pub fn invalid(pointer: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        let error = FieldError { pointer: pointer.into(), code: code.into(), detail: detail.into() };
        Self { errors: vec![error], ..Self::from(Code::ValidationFailed) }
    }

    /// Adds a sentence for the client.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Names the ways to prove who one is.
    #[must_use]
    pub fn methods(mut self, methods: Vec<String>) -> Self {
        self.methods = methods.into();
        self
    }

    /// Adds a cause for the log.
    #[must_use]
    pub fn because(mut self, cause: impl ToString) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// Adds a header to the reply.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        self.code.facts().0
    }

    /// The media type and the body, in the row's dialect.
    pub fn body(&self, dialect: Dialect, request_id: &str, path: &str) -> (&'static str, String) {
        let (status, code, title) = self.code.facts();
        let message = || match (&self.detail, self.errors.first()) {
            (Some(detail), _) => detail.clone(),
            (None, Some(error)) if error.pointer.is_empty() => error.detail.clone(),
            (None, Some(error)) => format!("{}: {}", error.pointer, error.detail),
            (None, None) => title.to_owned(),
        };
        let (media, body) = match dialect {
            Dialect::Problem => {
                let document = ProblemDocument {
                    kind: format!("/docs#problem-{code}"),
                    title,
                    status,
                    code,
                    detail: self.detail.as_deref(),
                    instance: Some(path),
                    request_id,
                    errors: &self.errors,
                    methods: &self.methods,
                };
                ("application/problem+json", serde_json::to_string(&document))
            }
            Dialect::Openai => {
                let error = OpenaiError {
                    message: message(),
                    kind: openai_type(status),
                    param: self.errors.first().map(|e| e.pointer.trim_start_matches('/')),
                    code: if status == 402 { "insufficient_quota" } else { code },
                };
                ("application/json", serde_json::to_string(&OpenaiBody { error }))
            }
            Dialect::Anthropic => {
                let error = AnthropicError { kind: anthropic_type(status), message: message() };
                let body = AnthropicBody { kind: "error", error, request_id };
                ("application/json", serde_json::to_string(&body))
            }
            Dialect::Oauth => {
                let error = self.errors.first().map_or(oauth_error(status), |error| error.code.as_str());
                let description = message().chars().map(plain).collect();
                ("application/json", serde_json::to_string(&OauthBody { error, error_description: description }))
            }
        };
        // Strings and numbers always serialise; an empty body would still carry the status.
        (media, body.unwrap_or_default())
    }
}

#[derive(Serialize)]
struct OpenaiBody<'a> {
    error: OpenaiError<'a>,
}

#[derive(Serialize)]
struct OpenaiError<'a> {
    message: String,
    #[serde(rename = "type")]
    kind: &'a str,
    param: Option<&'a str>,
    code: &'a str,
}

#[derive(Serialize)]
struct OauthBody<'a> {
    error: &'a str,
    error_description: String,
}

/// A letter as an OAuth error description may have it (RFC 6749 §5.2).
const fn plain(letter: char) -> char {
    match letter {
        '"' | '\\' => '\'',
        ' '..='~' => letter,
        _ => '?',
    }
}

/// OAuth's name for a status whose cause is not OAuth's own (RFC 6749 §4.1.2.1, §5.2; RFC 6750 §3.1). What is
/// OAuth's own names its error in the `code` of the first invalid value.
const fn oauth_error(status: u16) -> &'static str {
    match status {
        401 => "invalid_token",
        403 => "access_denied",
        429 | 503 => "temporarily_unavailable",
        500.. => "server_error",
        _ => "invalid_request",
    }
}

#[derive(Serialize)]
struct AnthropicBody<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    error: AnthropicError<'a>,
    request_id: &'a str,
}

#[derive(Serialize)]
struct AnthropicError<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    message: String,
}

/// OpenAI's `type` for a status (platform.openai.com/docs/guides/error-codes).
const fn openai_type(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "insufficient_quota",
        403 => "permission_error",
        429 => "rate_limit_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    }
}

/// Anthropic's `type` for a status (docs.anthropic.com/en/api/errors).
#[must_use]
pub const fn anthropic_type(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 | 529 => "overloaded_error",
        504 => "timeout_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_in_the_dialect_of_its_row() {
        let problem = Problem::invalid("/email", "invalid", "is not an address");
        let (media, body) = problem.body(Dialect::Problem, "req_1", "/v1/x");
        let json: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(media, "application/problem+json");
        assert_eq!(json["status"], 422);
        assert_eq!(json["errors"][0]["pointer"], "/email");
        assert_eq!(json["request_id"], "req_1");
        let (_, body) = problem.body(Dialect::Openai, "req_1", "/v1/x");
        let json: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(json["error"]["param"], "email");
        let (_, body) = problem.body(Dialect::Anthropic, "req_1", "/v1/x");
        let json: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(json["type"], "error");
        let (_, body) = Problem::invalid("", "invalid_grant", "\"used\" — twice").body(Dialect::Oauth, "r", "/");
        let json: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!((&json["error"], &json["error_description"]), (&"invalid_grant".into(), &"'used' ? twice".into()));
    }

    #[test]
    fn the_cause_is_never_sent() {
        let problem = Problem::internal("D1_ERROR: secret table");
        for dialect in [Dialect::Problem, Dialect::Openai, Dialect::Anthropic, Dialect::Oauth] {
            assert!(!problem.body(dialect, "r", "/").1.contains("secret"));
        }
    }

    #[test]
    fn codes_are_unique() {
        let mut names: Vec<_> = Code::ALL.iter().map(|c| c.facts().1).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
