//! Signing in by another service's word: OAuth with any configured service, and the identities people have at such
//! services. A session begins where all of them do, in `shared::accounts::sign_in`. Not here: WeChat
//! (`functions/wechat`).

mod github;
pub mod id_token;
pub mod identities;
pub mod linking;
pub mod oauth;
mod oauth_accounts;
pub mod oauth_exchange;
mod oauth_flow;
pub mod oauth_model;
pub mod oauth_providers;
pub mod oauth_state;
pub mod oauth_store;
pub mod oidc;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use oauth_model::{CallbackQuery, IdentityList, LinkStart, OauthAnswer, OauthBegun, OauthStart};
use shared::accounts::identities::Identity;
use shared::accounts::sign_in::SignIn;
use shared::auth::Caller;
use shared::extract::{Json, Path, Query};
use shared::health;
use shared::reply::Reply;
use shared::routes;

routes! { "social":
    // method path                                  who     limit  dialect [marks] handler                                              replies
    GET    "/healthz"                               public  none   problem         => health::live()                                       -> 200 health::Health;
    GET    "/readyz"                                public  none   problem         => health::ready()                                      -> 200 health::Health;
    POST   "/v1/auth/oauth/{provider}"              public  strict problem         => oauth::begin(Path, Json<OauthStart>)                 -> 200 OauthBegun;
    GET    "/v1/auth/oauth/{provider}/callback"     public  normal problem         => oauth::pass_on(Path, Query<CallbackQuery>)           -> 303 Reply;
    POST   "/v1/auth/oauth/{provider}/callback"     public  normal problem         => oauth::pass_form_on(Path)                            -> 303 Reply;
    POST   "/v1/auth/oauth/complete"                public  strict problem         => oauth::complete(Json<OauthAnswer>)                   -> 200 SignIn;
    GET    "/v1/auth/identities"                    session normal problem [private] => identities::list(Rc<Caller>)                         -> 200 IdentityList;
    POST   "/v1/auth/identities"                    session strict problem [fresh] => identities::begin(Rc<Caller>, Json<LinkStart>)       -> 200 OauthBegun;
    POST   "/v1/auth/identities/complete"           session strict problem         => identities::complete(Rc<Caller>, Json<OauthAnswer>)  -> 200 Identity;
    DELETE "/v1/auth/identities/{id}"               session normal problem [fresh] => identities::delete(Rc<Caller>, Path)                 -> 204 ();
}
