//! People and what is theirs: the API keys they make for their programs. Signing in is `auth`'s.

pub mod keys;
pub mod model;
pub mod store;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use model::{ApiKey, KeyChange, KeyWish, NewApiKey};
use shared::auth::Caller;
use shared::extract::{Json, Path, Query};
use shared::health;
use shared::page::{Page, PageQuery};
use shared::routes;

routes! { "users":
    // method path                who     limit  dialect [marks] handler                                                 replies
    GET    "/healthz"             public  none   problem        => health::live()                                         -> 200 health::Health;
    GET    "/readyz"              public  none   problem        => health::ready()                                        -> 200 health::Health;
    POST   "/v1/keys"             session normal problem [once] => keys::create(Rc<Caller>, Json<KeyWish>)                -> 201 NewApiKey;
    GET    "/v1/keys"             session normal problem        => keys::list(Rc<Caller>, Query<PageQuery>)               -> 200 Page<ApiKey>;
    GET    "/v1/keys/{id}"        session normal problem        => keys::read(Rc<Caller>, Path)                           -> 200 ApiKey;
    PATCH  "/v1/keys/{id}"        session normal problem        => keys::change(Rc<Caller>, Path, Json<KeyChange>)        -> 200 ApiKey;
    DELETE "/v1/keys/{id}"        session normal problem        => keys::revoke(Rc<Caller>, Path)                         -> 204 ();
}
