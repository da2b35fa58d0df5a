//! Pictures that a model has looked at: described, tagged, read, judged, scored by a rubric, or asked anything else about. An
//! analysis waits in a queue, calls the model in the name of whoever made it, and keeps what came of it beside the file. When
//! it ends, its owner's program is told: by a poll, a stream of events or a signed webhook. Not here: files and their bytes.

pub mod analyses;
pub mod asked;
pub mod card;
pub mod columns;
pub mod events;
pub mod hooks;
pub mod model;
pub mod row;
pub mod rubric;
pub mod shown;
pub mod store;
pub mod task;
pub mod work;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use hooks::model::{Deliveries, DeliveryQuery, Webhook, WebhookQuery, WebhookWish};
use hooks::{deliveries, settings};
use model::{Analysis, AnalysisQuery, AnalysisWish, RerunWish};
use shared::auth::Caller;
use shared::extract::{Json, OptionalJson, Path, Query};
use shared::health;
use shared::page::Page;
use shared::reply::Reply;
use shared::routes;
use shown::Shown;

routes! { "analyses":
    // method path                      who          limit  dialect [marks]  handler                                                          replies
    GET    "/healthz"                   public       none   problem          => health::live()                                             -> 200 health::Health;
    GET    "/readyz"                    public       none   problem          => health::ready()                                            -> 200 health::Health;
    POST   "/v1/analyses"               user(use:ai) normal problem [once]   => analyses::create(Rc<Caller>, Json<AnalysisWish>)           -> 202 Shown<Analysis>;
    GET    "/v1/analyses"               user(use:ai) normal problem          => analyses::list(Rc<Caller>, Query<AnalysisQuery>)           -> 200 Page<Shown<Analysis>>;
    GET    "/v1/analyses/{id}"          user(use:ai) normal problem          => analyses::read(Rc<Caller>, Path)                           -> 200 Reply;
    DELETE "/v1/analyses/{id}"          user(use:ai) normal problem          => analyses::delete(Rc<Caller>, Path)                         -> 204 ();
    GET    "/v1/analyses/{id}/events"   user(use:ai) normal problem          => events::read(Rc<Caller>, Path)                             -> 200 Reply;
    POST   "/v1/analyses/{id}/cancel"   user(use:ai) normal problem          => analyses::cancel(Rc<Caller>, Path)                         -> 200 Shown<Analysis>;
    POST   "/v1/analyses/{id}/replay"   user(use:ai) normal problem          => analyses::replay(Rc<Caller>, Path)                         -> 202 Shown<Analysis>;
    POST   "/v1/analyses/{id}/rerun"    user(use:ai) normal problem [once]   => analyses::rerun(Rc<Caller>, Path, OptionalJson<RerunWish>) -> 202 Shown<Analysis>;
    GET    "/v1/webhook"                user(use:ai) normal problem          => settings::read(Rc<Caller>, Query<WebhookQuery>)                -> 200 Webhook;
    PUT    "/v1/webhook"                session      normal problem          => settings::set(Rc<Caller>, Query<WebhookQuery>, Json<WebhookWish>) -> 200 Webhook;
    DELETE "/v1/webhook"                session      normal problem          => settings::delete(Rc<Caller>, Query<WebhookQuery>)              -> 204 ();
    POST   "/v1/webhook/secret"         session      normal problem          => settings::rotate(Rc<Caller>, Query<WebhookQuery>)              -> 200 Webhook;
    GET    "/v1/webhook/deliveries"     user(use:ai) normal problem          => deliveries::list(Rc<Caller>, Query<DeliveryQuery>)         -> 200 Deliveries;
}
