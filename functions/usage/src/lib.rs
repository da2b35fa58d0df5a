//! What AI calls cost: the consumer that takes finished calls from the queue into the
//! ledger, once each however often they are delivered, warnings of budgets, and the reports read from the ledger.

pub mod calls;
pub mod capture;
pub mod consumer;
pub mod line;
pub mod model;
pub mod reports;
pub mod reprice;
pub mod store;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use calls::detail::CallDetail;
use calls::model::Call;
use calls::query::CallsQuery;
use capture::model::{Capture, CaptureSetting, CaptureWish};
use model::{Report, ReportQuery};
use reprice::model::{Repricing, RepricingWish};
use shared::auth::Caller;
use shared::extract::{Json, Path, Query};
use shared::health;
use shared::page::{Page, PageQuery};
use shared::routes;

routes! { "usage":
    // method path                                  who              limit  dialect [marks]    handler                                                    replies
    GET    "/healthz"                               public           none   problem           => health::live()                                            -> 200 health::Health;
    GET    "/readyz"                                public           none   problem           => health::ready()                                           -> 200 health::Health;
    GET    "/v1/usage"                              user(read:usage) normal problem           => reports::read(Rc<Caller>, Query<ReportQuery>)             -> 200 Report;
    GET    "/v1/calls"                              user(read:usage) normal problem           => calls::list(Rc<Caller>, Query<CallsQuery>)                -> 200 Page<Call>;
    GET    "/v1/calls/{id}"                         user(read:usage) normal problem           => calls::read(Rc<Caller>, Path)                             -> 200 CallDetail;
    GET    "/v1/calls/{id}/capture"                 session          normal problem [private] => capture::read(Rc<Caller>, Path)                           -> 200 Capture;
    GET    "/v1/admin/ai/calls/{id}"                admin            normal problem           => calls::read_any(Rc<Caller>, Path)                         -> 200 CallDetail;
    GET    "/v1/admin/ai/captures"                  admin            normal problem           => capture::settings::list(Query<PageQuery>)                 -> 200 Page<CaptureSetting>;
    GET    "/v1/admin/ai/captures/{organisation}"   admin            normal problem           => capture::settings::read(Path)                             -> 200 CaptureSetting;
    PUT    "/v1/admin/ai/captures/{organisation}"   admin            normal problem [fresh]   => capture::settings::put(Rc<Caller>, Path, Json<CaptureWish>) -> 200 CaptureSetting;
    DELETE "/v1/admin/ai/captures/{organisation}"   admin            normal problem [fresh]   => capture::settings::remove(Rc<Caller>, Path)               -> 204 ();
    POST   "/v1/admin/ai/reprice"                   admin            normal problem [fresh]   => reprice::create(Rc<Caller>, Json<RepricingWish>)          -> 200 Repricing;
}
