//! People who are not, or not yet, who they seem: guests, who have an account before they have an address, and
//! administrators who act in somebody's place for a few minutes. Signing in by proof is `auth`'s and others'.

pub mod guests;
pub mod impersonation;
pub mod impersonation_store;
pub mod model;
pub mod store;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use model::{GuestWish, Impersonation, ImpersonationWish, Upgrade};
use shared::accounts::TokenReply;
use shared::auth::Caller;
use shared::extract::{Json, OptionalJson, Path};
use shared::health;
use shared::reply::Reply;
use shared::routes;

routes! { "guests":
    // method path                              who     limit  dialect [marks]  handler                                                       replies
    GET    "/healthz"                           public  none   problem         => health::live()                                               -> 200 health::Health;
    GET    "/readyz"                            public  none   problem         => health::ready()                                              -> 200 health::Health;
    POST   "/v1/auth/anonymous"                 public  strict problem [proof] => guests::create(OptionalJson<GuestWish>)                      -> 201 TokenReply;
    POST   "/v1/auth/anonymous/upgrade"         session strict problem         => guests::upgrade(Rc<Caller>, Json<Upgrade>)                   -> 202 Reply;
    POST   "/v1/admin/users/{id}/impersonate"   admin   normal problem [fresh] => impersonation::begin(Rc<Caller>, Path, Json<ImpersonationWish>) -> 201 Impersonation;
    DELETE "/v1/admin/users/{id}/impersonate"   admin   normal problem         => impersonation::end(Path)                                     -> 204 ();
}
