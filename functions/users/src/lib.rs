//! People: what they see and change of themselves, where they are signed in, the API keys they make for their programs,
//! what calls to models may cost, and what administrators do with accounts. Signing in is `auth`'s.

pub mod admin;
pub mod device_store;
pub mod devices;
pub mod export_model;
pub mod file_export;
pub mod key_row;
pub mod keys;
pub mod limit_model;
pub mod limit_store;
pub mod limits;
pub mod model;
pub mod person_model;
pub mod person_store;
pub mod profile;
pub mod store;
pub mod talk_model;
pub mod talk_store;
pub mod work_export;
#[cfg(not(target_arch = "wasm32"))]
pub mod work_model;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use devices::Session;
use export_model::Export;
use limit_model::{Limit, LimitWish};
use model::{ApiKey, KeyChange, KeyWish, NewApiKey};
use person_model::{PeopleQuery, Person, ProfileChange, RolesWish, SecurityEvent};
use shared::auth::Caller;
use shared::extract::{Json, Path, PathPair, Query};
use shared::health;
use shared::page::{Page, PageQuery};
use shared::routes;

routes! { "users":
    // method path                             who     limit  dialect [marks]  handler                                                  replies
    GET    "/healthz"                          public  none   problem         => health::live()                                          -> 200 health::Health;
    GET    "/readyz"                           public  none   problem         => health::ready()                                         -> 200 health::Health;
    GET    "/v1/users/me"                      session normal problem         => profile::read(Rc<Caller>)                               -> 200 Person;
    PATCH  "/v1/users/me"                      session normal problem         => profile::change(Rc<Caller>, Json<ProfileChange>)        -> 200 Person;
    DELETE "/v1/users/me"                      session normal problem [fresh] => profile::delete(Rc<Caller>)                             -> 204 ();
    GET    "/v1/users/me/export"               session normal problem [private] => profile::export(Rc<Caller>)                             -> 200 Export;
    GET    "/v1/auth/sessions"                 session normal problem         => devices::list(Rc<Caller>, Query<PageQuery>)             -> 200 Page<Session>;
    DELETE "/v1/auth/sessions/{id}"            session normal problem         => devices::end(Rc<Caller>, Path)                          -> 204 ();
    POST   "/v1/keys"                          session normal problem [once]  => keys::create(Rc<Caller>, Json<KeyWish>)                 -> 201 NewApiKey;
    GET    "/v1/keys"                          session normal problem [private] => keys::list(Rc<Caller>, Query<PageQuery>)                -> 200 Page<ApiKey>;
    GET    "/v1/keys/{id}"                     session normal problem [private] => keys::read(Rc<Caller>, Path)                            -> 200 ApiKey;
    PATCH  "/v1/keys/{id}"                     session normal problem         => keys::change(Rc<Caller>, Path, Json<KeyChange>)         -> 200 ApiKey;
    DELETE "/v1/keys/{id}"                     session normal problem         => keys::revoke(Rc<Caller>, Path)                          -> 204 ();
    GET    "/v1/organisations/{id}/limits"         session normal problem     => limits::list(Rc<Caller>, Path, Query<PageQuery>)           -> 200 Page<Limit>;
    GET    "/v1/organisations/{id}/limits/{scope}" session normal problem     => limits::read_own(Rc<Caller>, PathPair)                      -> 200 Limit;
    PUT    "/v1/organisations/{id}/limits/{scope}" session normal problem     => limits::put_own(Rc<Caller>, PathPair, Json<LimitWish>)      -> 200 Limit;
    DELETE "/v1/organisations/{id}/limits/{scope}" session normal problem     => limits::delete_own(Rc<Caller>, PathPair)                    -> 204 ();
    GET    "/v1/admin/limits/{scope}"          admin   normal problem         => limits::read_any(Rc<Caller>, Path)                          -> 200 Limit;
    PUT    "/v1/admin/limits/{scope}"          admin   normal problem         => limits::put_any(Rc<Caller>, Path, Json<LimitWish>)          -> 200 Limit;
    DELETE "/v1/admin/limits/{scope}"          admin   normal problem         => limits::delete_any(Rc<Caller>, Path)                        -> 204 ();
    GET    "/v1/admin/users"                   admin   normal problem         => admin::list(Query<PeopleQuery>)                         -> 200 Page<Person>;
    GET    "/v1/admin/users/{id}"              admin   normal problem         => admin::read(Path)                                       -> 200 Person;
    POST   "/v1/admin/users/{id}/suspend"      admin   normal problem         => admin::suspend(Rc<Caller>, Path)                        -> 200 Person;
    POST   "/v1/admin/users/{id}/restore"      admin   normal problem         => admin::restore(Rc<Caller>, Path)                        -> 200 Person;
    PUT    "/v1/admin/users/{id}/roles"        admin   normal problem         => admin::set_roles(Rc<Caller>, Path, Json<RolesWish>)     -> 200 Person;
    GET    "/v1/admin/users/{id}/events"       admin   normal problem         => admin::events(Path, Query<PageQuery>)                   -> 200 Page<SecurityEvent>;
}
