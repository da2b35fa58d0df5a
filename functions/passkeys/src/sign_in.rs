//! Signing in with a passkey. It is two factors in one, because the authenticator verified its user: the second factor
//! that other sign-ins stop at is not asked for.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::json;
use shared::accounts::events::{Kind, event};
use shared::accounts::{TokenReply, settings, sign_in, tokens};
use shared::cx::Cx;
use shared::db::One;
use shared::extract::Json;
use shared::platform::Signing;
use shared::problem::{Code, Problem};

use crate::model::{PasskeySignIn, RequestOptions, UsedCredential};
use crate::passkeys::new_challenge;
use crate::relying_party;
use crate::store::{self, CHALLENGE_MS, CredentialRow, Purpose};
use crate::webauthn::{self, Assertion, Examined, PublicKey, Refusal, RelyingParty};

/// `POST /v1/auth/passkeys/sign-in/options`. What a browser needs to use a passkey, as
/// `PublicKeyCredential.parseRequestOptionsFromJSON` reads it. It names no account: the browser offers what it has.
///
/// # Errors
/// 503 where no passkeys are configured.
pub async fn options(cx: &Cx) -> Result<RequestOptions, Problem> {
    let party = relying_party::read(cx)?;
    let challenge = new_challenge(cx);
    let kept = store::add_challenge(&tokens::hash(&challenge), Purpose::SignIn, cx.now_ms());
    cx.platform.db().run(kept).await?;
    Ok(RequestOptions {
        challenge,
        timeout: CHALLENGE_MS,
        rp_id: party.id,
        allow_credentials: Vec::new(),
        user_verification: "required",
    })
}

/// `POST /v1/auth/passkeys/sign-in`. A challenge is good once, whatever comes of it.
///
/// # Errors
/// 401 `passkey_refused` with the check that was not passed, 403 for a suspended account or an unverified address.
pub async fn create(cx: &Cx, Json(asked): Json<PasskeySignIn>) -> Result<TokenReply, Problem> {
    let settings = settings(cx)?;
    let party = relying_party::read(cx)?;
    let (given, now) = (&asked.credential, cx.now_ms());
    let challenge = webauthn::challenge_of(&given.response.client_data.0).map_err(refused)?;
    let id = Base64UrlUnpadded::encode_string(&given.id.0);
    let batch = vec![store::use_challenge(&tokens::hash(&challenge), Purpose::SignIn, now), store::credential(&id)];
    let mut rows = cx.platform.db().batch(batch).await?;
    if rows.take::<One>(0)?.is_empty() {
        return Err(because("The challenge is unknown, used or expired."));
    }
    let row = rows.take::<CredentialRow>(1)?.into_iter().next();
    let row = row.ok_or_else(|| because("The passkey is not registered here."))?;
    let checked = check(cx, &party, given, &row).await;
    if checked == Err(Refusal::Counter) {
        let detail = json!({ "passkey_id": row.passkey_id });
        cx.platform.db().run(event(cx, Kind::PasskeyCounterWentBack, &row.user.id, &detail)).await?;
    }
    let counter = checked.map_err(refused)?;
    sign_in::may_sign_in(&settings, &row.user)?;
    let used = store::use_passkey(&row.passkey_id, &row.user.id, counter, &cx.new_id("prf"), now);
    sign_in::complete(cx, &settings, &row.user, &["passkey"], used.into()).await
}

async fn check(cx: &Cx, party: &RelyingParty, given: &UsedCredential, row: &CredentialRow) -> Result<u32, Refusal> {
    // Whose it is says our own row; an authenticator that says something else is refused (§7.2 step 6).
    let response = &given.response;
    if response.user_handle.as_ref().is_some_and(|handle| handle.0 != row.user.id.as_bytes()) {
        return Err(Refusal::Credential);
    }
    let key = Base64UrlUnpadded::decode_vec(&row.public_key).map_err(|_| Refusal::PublicKey)?;
    let assertion = Assertion { client: &response.client_data.0, data: &response.authenticator_data.0, key: &key };
    let examined = webauthn::sign_in(party, &assertion)?;
    if !is_signed(cx, &examined, &response.signature.0).await {
        return Err(Refusal::Signature);
    }
    examined.counter(row.counter)
}

/// The platform verifies: it is quicker there than in this module.
async fn is_signed(cx: &Cx, examined: &Examined, signature: &[u8]) -> bool {
    let numbers;
    let (how, jwk, signature) = match &examined.key {
        PublicKey::Es256(jwk) => match webauthn::numbers_of(signature) {
            Some(found) => {
                numbers = found;
                (Signing::Es256, jwk, numbers.as_slice())
            }
            None => return false,
        },
        PublicKey::EdDsa(jwk) => (Signing::EdDsa, jwk, signature),
    };
    cx.platform.verify(how, jwk, &examined.message, signature).await.unwrap_or(false)
}

fn refused(refusal: Refusal) -> Problem {
    let (_, sentence) = refusal.words();
    let mut letters = sentence.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    because(&first.into_iter().chain(letters).chain(['.']).collect::<String>())
}

fn because(sentence: &str) -> Problem {
    Problem::from(Code::PasskeyRefused).detail(sentence)
}
