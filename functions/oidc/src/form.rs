//! Forms and queries as OAuth sends them: each parameter at most once, an empty one as if it were not there
//! (RFC 6749 §3.1 and §3.2). Not here: what a parameter means.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::de::DeserializeOwned;
use shared::cx::Cx;
use shared::extract::{Extract, JSON_LIMIT, read_body};
use shared::head::HeaderName;
use shared::problem::{Code, Problem};

use crate::refusal::refused;

/// A body of `application/x-www-form-urlencoded`.
#[derive(Debug)]
pub struct Form<T>(pub T);

#[cfg(target_arch = "wasm32")]
impl<T: DeserializeOwned> Extract for Form<T> {
    async fn extract(cx: &Cx) -> Result<Self, Problem> {
        let body = body(cx).await?;
        typed(&body).map(Self)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<T: DeserializeOwned + schemars::JsonSchema> Extract for Form<T> {
    async fn extract(cx: &Cx) -> Result<Self, Problem> {
        let body = body(cx).await?;
        typed(&body).map(Self)
    }

    fn describe(generator: &mut schemars::SchemaGenerator) -> shared::schema::Input {
        shared::schema::Input::Form(generator.subschema_for::<T>())
    }
}

/// The text of a form.
///
/// # Errors
/// 415 for a body that is not said to be a form, 413 for one that is too long.
pub async fn body(cx: &Cx) -> Result<Vec<u8>, Problem> {
    let media = cx.head.header(HeaderName::ContentType).unwrap_or("");
    let essence = media.split(';').next().unwrap_or("").trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(
            Problem::from(Code::UnsupportedMediaType).detail("The body must be application/x-www-form-urlencoded.")
        );
    }
    read_body(cx, JSON_LIMIT).await
}

/// A parameter that is there twice is refused by the type, whose fields are read once.
fn typed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_urlencoded::from_bytes(body).map_err(|error| refused("invalid_request", error.to_string()))
}

/// A parameter, unless it is empty.
pub fn given(value: Option<&String>) -> Option<&str> {
    value.map(String::as_str).filter(|text| !text.is_empty())
}

/// A parameter that must be there.
///
/// # Errors
/// `invalid_request`.
pub fn required<'a>(name: &str, value: Option<&'a String>) -> Result<&'a str, Problem> {
    given(value).ok_or_else(|| refused("invalid_request", format!("{name} is missing.")))
}

/// The parameters of a query whose faults are told in another way than by a status.
#[derive(Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads them; what cannot be decoded is not there.
    pub fn read(query: &str) -> Self {
        Self(serde_urlencoded::from_str(query).unwrap_or_default())
    }

    /// The value of a parameter, unless it is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Whether a parameter is there more than once.
    pub fn repeats(&self, name: &str) -> bool {
        self.0.iter().filter(|(key, _)| key == name).count() > 1
    }

    /// Whether any parameter is there more than once.
    pub fn has_repeats(&self) -> bool {
        self.0.iter().any(|(name, _)| self.repeats(name))
    }
}

/// Parameters, encoded.
pub fn encode(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect::<Vec<_>>().join("&")
}

/// One value that was encoded for a form.
pub fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// A URL with parameters added to its query.
pub fn with_query(url: &str, fields: &[(&str, &str)]) -> String {
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}{}", encode(fields))
}

#[cfg(test)]
mod tests {
    use super::{Fields, decode, encode, with_query};

    #[test]
    fn repeated_and_empty_parameters_are_seen() {
        let fields = Fields::read("a=1&b=&c=x+y%2F&a=2");
        assert!(fields.repeats("a") && !fields.repeats("c") && fields.has_repeats());
        assert_eq!((fields.get("b"), fields.get("c"), fields.get("d")), (None, Some("x y/"), None));
        assert!(!Fields::read("a=1&b=2").has_repeats() && Fields::read("%ff%%&&=").get("x").is_none());
    }

    #[test]
    fn what_is_encoded_reads_back() {
        let text = "a b&c=d/é\"<";
        let encoded = encode(&[("x", text)]);
        assert_eq!(decode(encoded.strip_prefix("x=").unwrap()).as_deref(), Some(text));
        assert_eq!(with_query("https://a.example/cb", &[("a", "1")]), "https://a.example/cb?a=1");
        assert_eq!(with_query("https://a.example/cb?x=1", &[("a", "1")]), "https://a.example/cb?x=1&a=1");
    }
}
