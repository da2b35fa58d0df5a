//! The account that an identity leads to: found, linked or made, one step after the other, each decided anew from
//! what stands then. Not here: the decision (`linking`).

use serde::Deserialize;
use shared::accounts::UserRow;
use shared::accounts::events::{Kind, event};
use shared::accounts::identities::{Subject, link};
use shared::accounts::identities_store::{NewUser, add_user, touch};
use shared::accounts::store::placeholder;
use shared::cx::Cx;
use shared::db::{DbError, Statement};
use shared::problem::{Code, Problem};

use crate::linking::{Local, Step, next};
use crate::oauth_exchange::Told;
use crate::oauth_providers::Provider;
use crate::oauth_store::{self, Owner};

/// How often what was read may have changed by the time it is written.
const ATTEMPTS: usize = 6;

#[derive(Deserialize)]
struct LocalRow {
    id: String,
    email_verified_at: Option<u64>,
}

fn local_of(row: Option<LocalRow>) -> Local {
    match row {
        None => Local::Nobody,
        Some(LocalRow { id, email_verified_at: Some(_) }) => Local::Proven(id),
        Some(LocalRow { id, .. }) => Local::Unproven(id),
    }
}

/// Goes from step to step until the identity leads to an account; what is to be written with the sign-in.
pub(crate) async fn enter(cx: &Cx, provider: &Provider, told: &Told) -> Result<(UserRow, Vec<Statement>), Problem> {
    let email = told.email.as_ref().map(|email| email.as_str());
    for _ in 0..ATTEMPTS {
        let asked = oauth_store::find(&provider.id, &provider.issuer, &told.subject, email);
        let mut rows = cx.platform.db().batch(asked).await?;
        let owner: Option<Owner> = rows.take(0)?.into_iter().next();
        let local = local_of(rows.take(1)?.into_iter().next());
        let statements = match (next(owner.is_some(), &local), owner) {
            (Step::Enter, Some(owner)) => return Ok((owner.user, vec![touch(&owner.identity_id, cx.now_ms())])),
            (Step::Link(user), _) => link(cx, &user, &identity_of(provider, told)),
            (Step::Withdraw(user), _) => withdraw(cx, &user, email.unwrap_or_default()),
            (Step::Create | Step::Enter, _) => create(cx, provider, told),
        };
        match cx.platform.db().batch(statements).await {
            Ok(_) | Err(DbError::Constraint(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::from(Code::Unavailable).because("oauth: the accounts kept changing").header("Retry-After", "1"))
}

fn withdraw(cx: &Cx, user: &str, email: &str) -> Vec<Statement> {
    let mut all = oauth_store::withdraw(user, email, &placeholder(user), cx.now_ms());
    all.push(event(cx, Kind::AddressWithdrawn, user, &[("reason", "its owner signed in elsewhere")]));
    all
}

fn create(cx: &Cx, provider: &Provider, told: &Told) -> Vec<Statement> {
    let (id, now) = (cx.new_id("usr"), cx.now_ms());
    let address = told.email.as_ref().map(|email| email.as_str().to_owned());
    let verified_at = address.as_ref().map(|_| now);
    let email = address.unwrap_or_else(|| placeholder(&id));
    let user = NewUser { id: &id, email: &email, name: told.name.as_str(), locale: "en", verified_at, now };
    let mut all = vec![add_user(&user), event(cx, Kind::Registered, &id, &[("method", &provider.id)])];
    all.extend(link(cx, &id, &identity_of(provider, told)));
    all
}

/// The identity that a provider has told of.
pub(crate) fn identity_of<'a>(provider: &'a Provider, told: &'a Told) -> Subject<'a> {
    Subject {
        provider: &provider.id,
        realm: &provider.issuer,
        subject: &told.subject,
        union_id: None,
        label: &told.label,
    }
}
