//! How an app proves who it is where it speaks to us itself: its secret by HTTP Basic or in the form, in the one way
//! it was registered for; or its name alone, when it cannot keep a secret (RFC 6749 §2.3).

use base64ct::{Base64, Encoding};
use shared::accounts::tokens;
use shared::cx::Cx;
use shared::head::HeaderName;
use shared::problem::Problem;
use shared::secret::same;

use crate::client::{AuthMethod, ClientRow};
use crate::client_store as store;
use crate::form::{decode, given};
use crate::refusal::{invalid_client, refused};

/// What a request says of the app that sends it.
struct Said {
    id: String,
    secret: Option<String>,
    method: AuthMethod,
}

/// The app that sends this request. One round trip.
///
/// # Errors
/// `invalid_client` for an unknown app, a wrong secret, or another way than it was registered for;
/// `invalid_request` for two ways at once.
pub async fn authenticate(cx: &Cx, id: Option<&String>, secret: Option<&String>) -> Result<ClientRow, Problem> {
    let said = said(cx.head.header(HeaderName::Authorization), given(id), given(secret))?;
    let found: Option<ClientRow> = cx.platform.db().first(store::client(&said.id)).await?;
    let unknown = || invalid_client("The app is unknown, or did not prove who it is.");
    let client = found.ok_or_else(unknown)?;
    let proved = match (&client.secret_hash, &said.secret) {
        (Some(hash), Some(secret)) => same(tokens::hash(secret).as_bytes(), hash.as_bytes()),
        (None, None) => true,
        _ => false,
    };
    if proved && client.auth_method == said.method { Ok(client) } else { Err(unknown()) }
}

fn said(header: Option<&str>, id: Option<&str>, secret: Option<&str>) -> Result<Said, Problem> {
    let Some(header) = header else {
        let id = id.ok_or_else(|| invalid_client("The request names no app."))?.to_owned();
        let method = if secret.is_some() { AuthMethod::ClientSecretPost } else { AuthMethod::None };
        return Ok(Said { id, secret: secret.map(str::to_owned), method });
    };
    let (basic_id, basic_secret) =
        basic(header).ok_or_else(|| invalid_client("The header Authorization is no Basic."))?;
    if secret.is_some() || id.is_some_and(|id| id != basic_id) {
        return Err(refused("invalid_request", "The app is named in two ways."));
    }
    Ok(Said { id: basic_id, secret: Some(basic_secret), method: AuthMethod::ClientSecretBasic })
}

/// RFC 6749 §2.3.1: both halves are form-encoded first.
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, value) = header.split_once(' ')?;
    let value = Some(value.trim()).filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let text = String::from_utf8(Base64::decode_vec(value).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decode(id)?, decode(secret)?))
}

#[cfg(test)]
mod tests {
    use super::{basic, said};
    use crate::client::AuthMethod;

    #[test]
    fn basic_is_decoded_twice() {
        // `a%3Ab:c+d`
        assert_eq!(basic("Basic YSUzQWI6Yytk"), Some(("a:b".to_owned(), "c d".to_owned())));
        for bad in ["Basic", "Basic !", "Bearer YTpi", "Basic YWI=", "basic /w=="] {
            assert_eq!(basic(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_app_is_named_in_one_way() {
        let check =
            |header, id, secret| said(header, id, secret).map(|said| said.method).map_err(|problem| problem.status());
        assert_eq!(check(None, Some("a"), None), Ok(AuthMethod::None));
        assert_eq!(check(None, Some("a"), Some("s")), Ok(AuthMethod::ClientSecretPost));
        assert_eq!(check(Some("Basic YTpi"), None, None), Ok(AuthMethod::ClientSecretBasic));
        assert_eq!(check(Some("Basic YTpi"), Some("a"), None), Ok(AuthMethod::ClientSecretBasic));
        assert_eq!(check(Some("Basic YTpi"), Some("b"), None), Err(400));
        assert_eq!(check(Some("Basic YTpi"), Some("a"), Some("b")), Err(400));
        assert_eq!(check(Some("Bearer YTpi"), None, None), Err(401));
        assert_eq!(check(None, None, Some("s")), Err(401));
    }
}
