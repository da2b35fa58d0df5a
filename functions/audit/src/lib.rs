//! What happened to accounts. Security events are written by whoever causes them; here they are sealed in a hash
//! chain whose signed end is kept outside of the database, shown to administrators and to those they are about,
//! and looked at: for sign-ins that are unlike earlier ones, and for what an owner must be told.

pub mod admin;
pub mod head;
pub mod keys;
pub mod model;
pub mod own;
pub mod publish;
pub mod schedule;
pub mod seal;
pub mod store;
pub mod unusual;
pub mod watch;
pub mod watch_store;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use head::AuditHead;
use model::{AuditEvent, AuditQuery, ExportQuery, OwnEvent};
use shared::auth::Caller;
use shared::auth::keys::KeySet;
use shared::extract::Query;
use shared::health;
use shared::page::{Page, PageQuery};
use shared::reply::Reply;
use shared::routes;

routes! { "audit":
    // method path                who     limit  dialect [marks]   handler                                       replies
    GET  "/healthz"               public  none   problem          => health::live()                             -> 200 health::Health;
    GET  "/readyz"                public  none   problem          => keys::ready()                              -> 200 health::Health;
    GET  "/v1/audit/keys"         public  none   problem [cached] => keys::read()                               -> 200 KeySet;
    GET  "/v1/users/me/events"    session normal problem          => own::list(Rc<Caller>, Query<PageQuery>)    -> 200 Page<OwnEvent>;
    GET  "/v1/admin/audit"        admin   normal problem          => admin::list(Query<AuditQuery>)             -> 200 Page<AuditEvent>;
    GET  "/v1/admin/audit/head"   admin   normal problem          => admin::head()                              -> 200 AuditHead;
    GET  "/v1/admin/audit/export" admin   normal problem          => admin::export(Query<ExportQuery>)          -> 200 Reply;
    POST "/v1/admin/audit/seal"   admin   normal problem          => admin::seal()                              -> 200 AuditHead;
}
