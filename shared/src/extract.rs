//! What handlers take: each argument is a type that reads itself from the request
//! or refuses it with a problem, so a handler's body begins with valid values.

use std::rc::Rc;

use ::futures::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use crate::auth::Caller;
use crate::cx::Cx;
use crate::head::HeaderName;
use crate::json;
use crate::platform::ReadError;
use crate::pointer;
use crate::problem::{Code, Problem};

/// Bytes a JSON body of our own routes may have.
pub const JSON_LIMIT: usize = 64 * 1024;

/// One argument of a handler.
pub trait Extract: Sized {
    /// Reads it.
    fn extract(cx: &Cx) -> impl Future<Output = Result<Self, Problem>>;

    /// What it reads, for the API description.
    #[cfg(not(target_arch = "wasm32"))]
    fn describe(generator: &mut schemars::SchemaGenerator) -> crate::schema::Input;
}

/// A JSON body of at most `JSON_LIMIT` bytes; unknown fields are refused by the types themselves.
pub struct Json<T>(pub T);

#[cfg(target_arch = "wasm32")]
impl<T: DeserializeOwned> Extract for Json<T> {
    async fn extract(cx: &Cx) -> Result<Self, Problem> {
        json_body(cx).await.map(Self)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<T: DeserializeOwned + schemars::JsonSchema> Extract for Json<T> {
    async fn extract(cx: &Cx) -> Result<Self, Problem> {
        json_body(cx).await.map(Self)
    }

    fn describe(generator: &mut schemars::SchemaGenerator) -> crate::schema::Input {
        crate::schema::Input::Body(generator.subschema_for::<T>())
    }
}

/// As `Json`, for rows that may be called without a body: nothing reads as the default.
pub struct OptionalJson<T>(pub T);

#[cfg(target_arch = "wasm32")]
impl<T: DeserializeOwned + Default> Extract for OptionalJson<T> {
    async fn extract(cx: &Cx) -> Result<Self, Problem> {
        optional_json_body(cx).await.map(Self)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<T: DeserializeOwned + Default + schemars::JsonSchema> Extract for OptionalJson<T> {
    async fn extract(cx: &Cx) -> Result<Self, Problem> {
        optional_json_body(cx).await.map(Self)
    }

    fn describe(generator: &mut schemars::SchemaGenerator) -> crate::schema::Input {
        crate::schema::Input::OptionalBody(generator.subschema_for::<T>())
    }
}

async fn optional_json_body<T: DeserializeOwned + Default>(cx: &Cx) -> Result<T, Problem> {
    let bytes = json_bytes(cx, true).await?;
    if bytes.is_empty() { Ok(T::default()) } else { object_from_json(&bytes) }
}

async fn json_body<T: DeserializeOwned>(cx: &Cx) -> Result<T, Problem> {
    object_from_json(&json_bytes(cx, false).await?)
}

/// The bytes of a JSON body. Boxed, so that each type of body does not bring its own copy of the reading:
/// some kilobytes of each Worker for an allocation a request.
fn json_bytes(cx: &Cx, optional: bool) -> LocalBoxFuture<'_, Result<Vec<u8>, Problem>> {
    Box::pin(async move {
        if optional {
            let bytes = read_body(cx, JSON_LIMIT).await?;
            return if bytes.is_empty() { Ok(bytes) } else { require_json(cx).map(|()| bytes) };
        }
        require_json(cx)?;
        read_body(cx, JSON_LIMIT).await
    })
}

/// Our bodies are objects; serde would read a list as a choice with content, too.
fn object_from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'[') {
        return Err(Problem::invalid("", "invalid", "must be an object"));
    }
    from_json(bytes)
}

/// Refuses a body that is not said to be JSON. Browsers cannot send this media type across
/// origins without a preflight, so this also keeps forms of other sites out.
///
/// # Errors
/// 415.
pub fn require_json(cx: &Cx) -> Result<(), Problem> {
    let media = cx.head.header(HeaderName::ContentType).unwrap_or("");
    let essence = media.split(';').next().unwrap_or("").trim();
    let json = essence.eq_ignore_ascii_case("application/json");
    if json { Ok(()) } else { Err(Code::UnsupportedMediaType.into()) }
}

/// Reads the body, up to `limit` bytes.
///
/// # Errors
/// 413 when it is longer, 400 when the client broke off.
pub async fn read_body(cx: &Cx, limit: usize) -> Result<Vec<u8>, Problem> {
    cx.body.read(limit).await.map_err(|error| match error {
        ReadError::TooLarge => {
            Problem::from(Code::PayloadTooLarge).detail(format!("At most {limit} bytes are read here."))
        }
        ReadError::Broken(cause) => {
            Problem::from(Code::MalformedRequest).detail("The body ended too early.").because(cause)
        }
    })
}

/// Reads JSON into a type, and says where it does not fit.
///
/// # Errors
/// 400 when it is not JSON, 422 with a pointer when a value does not fit.
pub fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    read(bytes).map_err(|error| misfit(bytes, &error, |bytes| read::<T>(bytes).err()))
}

/// Once for each type, not once more for its faults.
#[inline(never)]
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    json::read_bytes(bytes)
}

fn misfit(bytes: &[u8], error: &serde_json::Error, read: fn(&[u8]) -> Option<serde_json::Error>) -> Problem {
    if !error.is_data() {
        return Problem::from(Code::MalformedRequest).detail(format!("The body is not valid JSON: {error}."));
    }
    let mut pointer = pointer::of(bytes, error, read);
    let text = error.to_string();
    let detail = text.rsplit_once(" at line ").map_or(text.as_str(), |(before, _)| before);
    // Of a missing field the pointer leads to its parent, of an unknown one to itself.
    if let Some(field) = detail.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        pointer::step(&mut pointer, field);
    }
    let code = match (detail.starts_with("missing"), detail.starts_with("unknown")) {
        (true, _) => "missing",
        (_, true) => "unknown",
        _ => "invalid",
    };
    Problem::invalid(pointer, code, detail)
}

/// Query parameters.
pub struct Query<T>(pub T);

#[cfg(target_arch = "wasm32")]
impl<T: DeserializeOwned> Extract for Query<T> {
    async fn extract(cx: &Cx) -> Result<Self, Problem> {
        query(cx).map(Self)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<T: DeserializeOwned + schemars::JsonSchema> Extract for Query<T> {
    async fn extract(cx: &Cx) -> Result<Self, Problem> {
        query(cx).map(Self)
    }

    fn describe(generator: &mut schemars::SchemaGenerator) -> crate::schema::Input {
        crate::schema::Input::Query(generator.root_schema_for::<T>())
    }
}

fn query<T: DeserializeOwned>(cx: &Cx) -> Result<T, Problem> {
    serde_urlencoded::from_str(cx.head.query()).map_err(|error| Problem::invalid("query", "invalid", error.to_string()))
}

/// The row's only path parameter, percent-decoded.
pub struct Path(pub String);

impl Extract for Path {
    async fn extract(cx: &Cx) -> Result<Self, Problem> {
        let raw = cx.params.first().map_or("", |(_, value)| value.as_str());
        let text = percent_encoding::percent_decode_str(raw).decode_utf8();
        text.map(|t| Self(t.into_owned())).map_err(|_| Code::NotFound.into())
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn describe(_: &mut schemars::SchemaGenerator) -> crate::schema::Input {
        crate::schema::Input::Path("id")
    }
}

/// The row's two path parameters, percent-decoded: the object, and something in it.
pub struct PathPair(pub String, pub String);

impl Extract for PathPair {
    async fn extract(cx: &Cx) -> Result<Self, Problem> {
        let part = |n: usize| {
            let raw = cx.params.get(n).map_or("", |(_, value)| value.as_str());
            percent_encoding::percent_decode_str(raw).decode_utf8().map_err(|_| Code::NotFound)
        };
        Ok(Self(part(0)?.into_owned(), part(1)?.into_owned()))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn describe(_: &mut schemars::SchemaGenerator) -> crate::schema::Input {
        crate::schema::Input::Path("id")
    }
}

/// The row's three path parameters, percent-decoded: the object, something in it, and something in that.
pub struct PathTriple(pub String, pub String, pub String);

impl Extract for PathTriple {
    async fn extract(cx: &Cx) -> Result<Self, Problem> {
        let part = |n: usize| {
            let raw = cx.params.get(n).map_or("", |(_, value)| value.as_str());
            percent_encoding::percent_decode_str(raw).decode_utf8().map_err(|_| Code::NotFound)
        };
        Ok(Self(part(0)?.into_owned(), part(1)?.into_owned(), part(2)?.into_owned()))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn describe(_: &mut schemars::SchemaGenerator) -> crate::schema::Input {
        crate::schema::Input::Path("id")
    }
}

/// The signed-in caller; on a public row there is none and this is 401.
/// For rows that are open to anyone.
impl Extract for Option<Rc<Caller>> {
    async fn extract(cx: &Cx) -> Result<Self, Problem> {
        Ok(cx.caller())
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn describe(_: &mut schemars::SchemaGenerator) -> crate::schema::Input {
        crate::schema::Input::Nothing
    }
}

impl Extract for Rc<Caller> {
    async fn extract(cx: &Cx) -> Result<Self, Problem> {
        cx.caller().ok_or_else(|| Code::Unauthenticated.into())
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn describe(_: &mut schemars::SchemaGenerator) -> crate::schema::Input {
        crate::schema::Input::Nothing
    }
}
