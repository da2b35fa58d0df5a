//! What the AI gateway calls and what it costs, changed without a deployment: providers, models, aliases, prices and
//! routes, their history, and the keys of providers. Calling anybody is `ai`'s.

pub mod aliases;
pub mod change;
pub mod entries;
pub mod key_store;
pub mod keys;
pub mod model;
pub mod models;
pub mod prices;
pub mod providers;
pub mod refusal;
pub mod revisions;
pub mod routes;
pub mod store;
pub mod unpriced;
pub mod whole;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use model::{Entry, KeyChange, KeyWish, ProviderKey, Revision, RevisionDetail, UnpricedModel};
use shared::auth::Caller;
use shared::extract::{Json, Path, PathPair, Query};
use shared::health;
use shared::page::{Page, PageQuery};
use shared::reply::Reply;
use shared::routes;

routes! { "registry":
    // method path                                       who    limit  dialect [marks]  handler                                                    replies
    GET    "/healthz"                                    public none   problem         => health::live()                                            -> 200 health::Health;
    GET    "/readyz"                                     public none   problem         => health::ready()                                           -> 200 health::Health;
    GET    "/v1/admin/ai/registry"                       admin  normal problem         => whole::read()                                             -> 200 Reply;
    PUT    "/v1/admin/ai/registry"                       admin  normal problem [fresh] => whole::replace(Rc<Caller>)                                -> 200 Revision;
    GET    "/v1/admin/ai/providers"                      admin  normal problem         => providers::list(Query<PageQuery>)                         -> 200 Page<Entry>;
    GET    "/v1/admin/ai/providers/{id}"                 admin  normal problem         => providers::read(Path)                                     -> 200 Entry;
    PUT    "/v1/admin/ai/providers/{id}"                 admin  normal problem [fresh] => providers::put(Rc<Caller>, Path)                          -> 200 Entry;
    DELETE "/v1/admin/ai/providers/{id}"                 admin  normal problem [fresh] => providers::remove(Rc<Caller>, Path)                       -> 204 ();
    GET    "/v1/admin/ai/providers/{id}/keys"            admin  normal problem         => keys::list(Path, Query<PageQuery>)                        -> 200 Page<ProviderKey>;
    POST   "/v1/admin/ai/providers/{id}/keys"            admin  normal problem [fresh, once] => keys::create(Rc<Caller>, Path, Json<KeyWish>)       -> 201 ProviderKey;
    PATCH  "/v1/admin/ai/providers/{id}/keys/{key_id}"   admin  normal problem [fresh] => keys::change(Rc<Caller>, PathPair, Json<KeyChange>)       -> 200 ProviderKey;
    DELETE "/v1/admin/ai/providers/{id}/keys/{key_id}"   admin  normal problem [fresh] => keys::remove(Rc<Caller>, PathPair)                        -> 204 ();
    GET    "/v1/admin/ai/models"                         admin  normal problem         => models::list(Query<PageQuery>)                            -> 200 Page<Entry>;
    GET    "/v1/admin/ai/models/{*model}"                admin  normal problem         => models::read(Path)                                        -> 200 Entry;
    PUT    "/v1/admin/ai/models/{*model}"                admin  normal problem         => models::put(Rc<Caller>, Path)                             -> 200 Entry;
    DELETE "/v1/admin/ai/models/{*model}"                admin  normal problem         => models::remove(Rc<Caller>, Path)                          -> 204 ();
    GET    "/v1/admin/ai/aliases"                        admin  normal problem         => aliases::list(Query<PageQuery>)                           -> 200 Page<Entry>;
    GET    "/v1/admin/ai/aliases/{alias}"                admin  normal problem         => aliases::read(Path)                                       -> 200 Entry;
    PUT    "/v1/admin/ai/aliases/{alias}"                admin  normal problem         => aliases::put(Rc<Caller>, Path)                            -> 200 Entry;
    DELETE "/v1/admin/ai/aliases/{alias}"                admin  normal problem         => aliases::remove(Rc<Caller>, Path)                         -> 204 ();
    GET    "/v1/admin/ai/prices"                         admin  normal problem         => prices::list(Query<PageQuery>)                            -> 200 Page<Entry>;
    GET    "/v1/admin/ai/prices/{*price}"                admin  normal problem         => prices::read(Path)                                        -> 200 Entry;
    PUT    "/v1/admin/ai/prices/{*price}"                admin  normal problem [fresh] => prices::put(Rc<Caller>, Path)                             -> 200 Entry;
    DELETE "/v1/admin/ai/prices/{*price}"                admin  normal problem [fresh] => prices::remove(Rc<Caller>, Path)                          -> 204 ();
    GET    "/v1/admin/ai/routes"                         admin  normal problem         => routes::list(Query<PageQuery>)                            -> 200 Page<Entry>;
    GET    "/v1/admin/ai/routes/{route}"                 admin  normal problem         => routes::read(Path)                                        -> 200 Entry;
    PUT    "/v1/admin/ai/routes/{route}"                 admin  normal problem         => routes::put(Rc<Caller>, Path)                             -> 200 Entry;
    DELETE "/v1/admin/ai/routes/{route}"                 admin  normal problem         => routes::remove(Rc<Caller>, Path)                          -> 204 ();
    GET    "/v1/admin/ai/revisions"                      admin  normal problem         => revisions::list(Query<PageQuery>)                         -> 200 Page<Revision>;
    GET    "/v1/admin/ai/revisions/{revision}"           admin  normal problem         => revisions::read(Path)                                     -> 200 RevisionDetail;
    POST   "/v1/admin/ai/revisions/{revision}/restore"   admin  normal problem [fresh] => revisions::restore(Rc<Caller>, Path)                      -> 200 Revision;
    GET    "/v1/admin/ai/unpriced"                       admin  normal problem         => unpriced::list(Query<PageQuery>)                          -> 200 Page<UnpricedModel>;
}
