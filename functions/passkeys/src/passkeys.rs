//! Passkeys of the signed-in caller: registering, listing, removing. Not here: signing in with one.

use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::json;
use shared::accounts::events::{Kind, event};
use shared::accounts::tokens;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::{DbError, One};
use shared::extract::{Json, Path};
use shared::problem::{Code, Problem};
use shared::time;

use crate::model::{
    Algorithm, CreationOptions, Descriptor, NewCredential, Party, Passkey, PasskeyUser, Passkeys, Registration,
    Selection,
};
use crate::relying_party;
use crate::store::{self, CHALLENGE_MS, NewPasskey, PasskeyRow, Purpose};
use crate::webauthn::{self, Refusal, Registered};

/// As many an account has.
const MOST: usize = 20;
/// As many ways to reach a credential are kept of it.
const MOST_TRANSPORTS: usize = 8;

/// `POST /v1/auth/passkeys/options`. What a browser needs to make a passkey, as
/// `PublicKeyCredential.parseCreationOptionsFromJSON` reads it. Its challenge is good once, for five minutes.
///
/// # Errors
/// 422 when the account has twenty passkeys, 503 where none are configured.
pub async fn options(cx: &Cx, caller: Rc<Caller>) -> Result<CreationOptions, Problem> {
    let party = relying_party::read(cx)?;
    let (user, challenge) = (caller.user_id(), new_challenge(cx));
    let batch =
        vec![store::add_challenge(&tokens::hash(&challenge), Purpose::Register(user), cx.now_ms()), store::list(user)];
    let mut rows = cx.platform.db().batch(batch).await?;
    let known: Vec<PasskeyRow> = rows.take(1)?;
    if known.len() >= MOST {
        return Err(Problem::invalid("", "too_many", "an account has at most twenty passkeys"));
    }
    let account = if caller.claims.email.is_empty() { user } else { &caller.claims.email };
    Ok(CreationOptions {
        rp: Party { name: relying_party::name(cx), id: party.id },
        user: PasskeyUser {
            id: Base64UrlUnpadded::encode_string(user.as_bytes()),
            name: account.to_owned(),
            display_name: account.to_owned(),
        },
        challenge,
        pub_key_cred_params: [-7, -8].map(|alg| Algorithm { kind: "public-key", alg }).into(),
        timeout: CHALLENGE_MS,
        exclude_credentials: known.into_iter().map(descriptor).collect(),
        authenticator_selection: Selection {
            resident_key: "required",
            require_resident_key: true,
            user_verification: "required",
        },
        attestation: "none",
    })
}

/// A fresh challenge: 256 random bits (§13.4.3).
pub(crate) fn new_challenge(cx: &Cx) -> String {
    Base64UrlUnpadded::encode_string(&cx.platform.random::<32>())
}

fn descriptor(row: PasskeyRow) -> Descriptor {
    let transports = shared::json::read(&row.transports).unwrap_or_default();
    Descriptor { kind: "public-key", id: row.credential_id, transports }
}

/// `POST /v1/auth/passkeys`. Keeps the passkey that a browser made with the options of this caller.
///
/// # Errors
/// 422 with a pointer and the name of the check that it does not pass.
pub async fn create(cx: &Cx, caller: Rc<Caller>, Json(asked): Json<Registration>) -> Result<Passkey, Problem> {
    let party = relying_party::read(cx)?;
    let (user, now, given) = (caller.user_id(), cx.now_ms(), &asked.credential);
    let client = &given.response.client_data.0;
    let challenge = webauthn::challenge_of(client).map_err(refused)?;
    let consumed = store::use_challenge(&tokens::hash(&challenge), Purpose::Register(user), now);
    let consumed: Option<One> = cx.platform.db().first(consumed).await?;
    consumed.ok_or_else(|| {
        Problem::invalid(
            "/credential/response/clientDataJSON",
            "challenge",
            "the challenge is unknown, used or expired",
        )
    })?;
    let registered = webauthn::register(&party, client, &given.response.attestation_object.0).map_err(refused)?;
    if registered.id != given.id.0 {
        return Err(refused(Refusal::Credential));
    }
    keep(cx, user, asked.name.as_str(), given, &registered).await
}

async fn keep(
    cx: &Cx,
    user: &str,
    name: &str,
    given: &NewCredential,
    registered: &Registered,
) -> Result<Passkey, Problem> {
    let (id, now) = (cx.new_id("psk"), cx.now_ms());
    let transports = given.response.transports.iter().filter(|word| word.len() <= 32).take(MOST_TRANSPORTS);
    let new = NewPasskey {
        id: &id,
        user_id: user,
        credential_id: &Base64UrlUnpadded::encode_string(&registered.id),
        public_key: &Base64UrlUnpadded::encode_string(&registered.key),
        counter: registered.counter,
        transports: &json!(transports.collect::<Vec<_>>()).to_string(),
        backed_up: registered.backed_up,
        name,
        now,
    };
    let added = event(cx, Kind::PasskeyAdded, user, &json!({ "passkey_id": id }));
    let known = |error: DbError| match error {
        error if error.violates("passkeys.credential_id") => {
            Problem::invalid("/credential/id", "known", "this passkey is registered already")
        }
        error => error.into(),
    };
    cx.platform.db().batch(vec![store::add(&new), added]).await.map_err(known)?;
    Ok(Passkey {
        id: id.clone(),
        name: name.to_owned(),
        backed_up: registered.backed_up,
        created_at: time::rfc3339(now),
        last_used_at: None,
    })
}

/// 422 that names the check and where it looked.
fn refused(refusal: Refusal) -> Problem {
    let (word, sentence) = refusal.words();
    let pointer = match refusal {
        Refusal::ClientData | Refusal::Type | Refusal::Origin => "/credential/response/clientDataJSON",
        Refusal::Credential => "/credential/id",
        _ => "/credential/response/attestationObject",
    };
    Problem::invalid(pointer, word, sentence)
}

/// `GET /v1/auth/passkeys`: the caller's own.
///
/// # Errors
/// None beyond the row's own.
pub async fn list(cx: &Cx, caller: Rc<Caller>) -> Result<Passkeys, Problem> {
    let rows: Vec<PasskeyRow> = cx.platform.db().all(store::list(caller.user_id())).await?;
    Ok(Passkeys { data: rows.into_iter().map(shown).collect(), next_cursor: None })
}

/// `GET /v1/auth/passkeys/{id}`.
///
/// # Errors
/// 404 for what is not the caller's.
pub async fn read(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Passkey, Problem> {
    let row: Option<PasskeyRow> = cx.platform.db().first(store::read(&id, caller.user_id())).await?;
    row.map(shown).ok_or_else(|| Code::NotFound.into())
}

/// `DELETE /v1/auth/passkeys/{id}`. It signs nobody in any more; sessions that began with it go on.
///
/// # Errors
/// 404 for what is not the caller's.
pub async fn remove(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<(), Problem> {
    let user = caller.user_id();
    let mut batch = Vec::from(store::delete(&id, user));
    batch.push(event(cx, Kind::PasskeyRemoved, user, &json!({ "passkey_id": id })));
    let lost = |error: DbError| match error {
        error if error.violates("users.factors") => Code::NotFound.into(),
        error => Problem::from(error),
    };
    cx.platform.db().batch(batch).await.map_err(lost).map(|_| ())
}

fn shown(row: PasskeyRow) -> Passkey {
    Passkey {
        id: row.id,
        name: row.name,
        backed_up: row.backed_up != 0,
        created_at: time::rfc3339(row.created_at),
        last_used_at: row.last_used_at.map(time::rfc3339),
    }
}
