//! The authorisation endpoint: reads an app's request and shows it to the person. It has no cookie and knows nobody:
//! the page signs the person in, and what they decide goes to `decision`. What is wrong with the app or its address
//! is told here and sent nowhere.

use shared::cx::Cx;
use shared::problem::Problem;
use shared::reply::Reply;

use crate::client::ClientRow;
use crate::form::{Fields, body};
use crate::issuer::{issuer, resources};
use crate::request::{self, Provider, Refused, Unsafe};
use crate::{client_store, page, ticket};

/// The parameters of an authorisation request, for the API description: they are read by hand, because what is wrong
/// with one of them is told to the app at its own address.
#[derive(Debug, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AuthorizationQuery {
    /// `code`.
    pub response_type: Option<String>,
    /// The app.
    pub client_id: Option<String>,
    /// One of its addresses, letter by letter.
    pub redirect_uri: Option<String>,
    /// What it wants, with spaces between.
    pub scope: Option<String>,
    /// What it wants to see again.
    pub state: Option<String>,
    /// What it wants to see in the ID token.
    pub nonce: Option<String>,
    /// RFC 7636.
    pub code_challenge: Option<String>,
    /// `S256`.
    pub code_challenge_method: Option<String>,
    /// `login`, `consent`; `none` is refused, because nobody is known here before they sign in.
    pub prompt: Option<String>,
    /// Seconds since the person proved who they are.
    pub max_age: Option<String>,
    /// Whom the access token is for (RFC 8707).
    pub resource: Option<String>,
    /// The languages the person reads.
    pub ui_locales: Option<String>,
}

/// The query as it stands in the address, and what its parameters are in the API description.
#[derive(Debug)]
pub struct Asked(String);

impl shared::extract::Extract for Asked {
    async fn extract(cx: &Cx) -> Result<Self, Problem> {
        Ok(Self(cx.head.query().to_owned()))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn describe(generator: &mut schemars::SchemaGenerator) -> shared::schema::Input {
        shared::schema::Input::Query(generator.root_schema_for::<AuthorizationQuery>())
    }
}

/// `GET /oauth/authorize`: the page that asks the person, or back to the app with what is wrong.
///
/// # Errors
/// 400, as a page, for an unknown app or an address that it did not register: nothing is sent there.
pub async fn show(cx: &Cx, Asked(query): Asked) -> Result<Reply, Problem> {
    answer(cx, &query).await
}

/// `POST /oauth/authorize`: the same with a form (OpenID Connect Core 1.0 §3.1.2.1). Nothing is decided by it.
///
/// # Errors
/// As `GET`; 415 for what is no form.
pub async fn show_form(cx: &Cx) -> Result<Reply, Problem> {
    let bytes = body(cx).await?;
    answer(cx, &String::from_utf8_lossy(&bytes)).await
}

async fn answer(cx: &Cx, query: &str) -> Result<Reply, Problem> {
    let fields = Fields::read(query);
    let language = page::language(cx, fields.get("ui_locales"));
    let issuer = issuer(cx)?;
    let client: Option<ClientRow> = match fields.get("client_id") {
        Some(id) => cx.platform.db().first(client_store::client(id)).await?,
        None => None,
    };
    let way = match request::way(&fields, client.as_ref()) {
        Ok(way) => way,
        Err(why) => return Ok(page::refused(language, why)),
    };
    let Some(client) = client else { return Ok(page::refused(language, Unsafe::Client)) };
    let provider = Provider { issuer: &issuer, resources: &resources(cx) };
    let request = match request::read(&fields, &client, &provider) {
        Ok(request) if request.silent => {
            let refused = Refused { error: "login_required", description: "Nobody is known here before they sign in." };
            return Ok(to(&way.refuse(&issuer, &refused)));
        }
        Ok(request) => request,
        Err(refused) => return Ok(to(&way.refuse(&issuer, &refused))),
    };
    let ticket = ticket::make(cx, query)?;
    let shown = page::Shown { client: &client, request: &request, way: &way, issuer: &issuer, query, ticket: &ticket };
    Ok(page::authorize(language, &shown))
}

fn to(url: &str) -> Reply {
    Reply::empty(303).header("Location", url)
}
