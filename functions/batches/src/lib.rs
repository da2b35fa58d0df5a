//! Batches of calls: files of requests, asked when nobody waits. A batch goes step by step, each step a message of a queue that
//! may come twice; D1 says how far it is, R2 holds what it has. It calls models in the name of whoever made it, by a token of
//! errand that is minted for each few calls, so that a dead account or key ends it.

pub mod batch;
pub mod dispatch;
pub mod line;
pub mod model;
pub mod outcome;
pub mod row;
pub mod slice_store;
pub mod steps;
pub mod store;
pub mod survey;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use model::{Batch, BatchList, BatchQuery, BatchWish};
use shared::auth::Caller;
use shared::extract::{Json, Path, Query};
use shared::health;
use shared::routes;

routes! { "batches":
    // method path                      who          limit  dialect [marks]  handler                                             replies
    GET    "/healthz"                   public       none   problem          => health::live()                                -> 200 health::Health;
    GET    "/readyz"                    public       none   problem          => health::ready()                               -> 200 health::Health;
    POST   "/v1/batches"                user(use:ai) normal openai  [once]   => batch::create(Rc<Caller>, Json<BatchWish>)    -> 200 Batch;
    GET    "/v1/batches"                user(use:ai) normal openai           => batch::list(Rc<Caller>, Query<BatchQuery>)    -> 200 BatchList;
    GET    "/v1/batches/{id}"           user(use:ai) normal openai           => batch::read(Rc<Caller>, Path)                 -> 200 Batch;
    POST   "/v1/batches/{id}/cancel"    user(use:ai) normal openai           => batch::cancel(Rc<Caller>, Path)               -> 200 Batch;
}
