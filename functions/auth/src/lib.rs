//! Accounts: who there is, how they sign in, what sessions they have, and the keys
//! that sign their tokens. Passwords are hashed elsewhere, by `hash`, so that no
//! other request waits for it.

pub mod accounts;
pub mod admin_link;
pub mod challenges;
pub mod end_store;
pub mod guesses;
pub mod keys;
#[cfg(target_arch = "wasm32")]
mod limiter;
pub mod model;
mod password;
pub mod sessions;
pub mod store;
pub mod sweep;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use model::{AdminLink, Credentials, LogoutRequest, RefreshRequest, Registration, TokenClaims};
use shared::accounts::sign_in::SignIn;
use shared::accounts::{TokenReply, User};
use shared::auth::Caller;
use shared::auth::keys::KeySet;
use shared::challenge::Challenge;
use shared::extract::{Json, OptionalJson};
use shared::health;
use shared::reply::Reply;
use shared::routes;

routes! { "auth":
    // method path                   who     limit  dialect [marks]    handler                                                  replies
    GET  "/healthz"                  public  none   problem          => health::live()                                          -> 200 health::Health;
    GET  "/readyz"                   public  none   problem          => password::ready()                                       -> 200 health::Health;
    GET  "/.well-known/jwks.json"    public  none   problem [cached] => keys::read()                                            -> 200 KeySet;
    POST "/v1/auth/register"         public  strict problem [once, proof] => accounts::create(Json<Registration>)                    -> 201 Reply;
    POST "/v1/auth/login"            public  strict problem [proof]  => sessions::create(Json<Credentials>)                     -> 200 SignIn;
    POST "/v1/auth/challenge"        public  normal problem          => challenges::create()                                    -> 200 Challenge;
    POST "/v1/auth/refresh"          public  normal problem          => sessions::refresh(Json<RefreshRequest>)                 -> 200 TokenReply;
    POST "/v1/auth/logout"           session normal problem          => sessions::end(Rc<Caller>, OptionalJson<LogoutRequest>)  -> 204 ();
    GET  "/v1/auth/me"               session normal problem          => accounts::read(Rc<Caller>)                              -> 200 User;
    GET  "/v1/auth/token"            user    normal problem          => accounts::token(Rc<Caller>)                             -> 200 TokenClaims;
    POST "/v1/auth/claim"            public  strict problem          => admin_link::consume(Json<AdminLink>)                    -> 200 SignIn;
}
