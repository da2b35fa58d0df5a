//! What AI calls cost: the consumer that takes finished calls from the queue into the
//! ledger, once each however often they are delivered, warnings of budgets, and the reports read from the ledger.

pub mod consumer;
pub mod model;
pub mod reports;
pub mod store;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use model::{Report, ReportQuery};
use shared::auth::Caller;
use shared::extract::Query;
use shared::health;
use shared::routes;

routes! { "usage":
    // method path     who              limit  dialect  handler                                         replies
    GET "/healthz"     public           none   problem => health::live()                                  -> 200 health::Health;
    GET "/readyz"      public           none   problem => health::ready()                                 -> 200 health::Health;
    GET "/v1/usage"    user(read:usage) normal problem => reports::read(Rc<Caller>, Query<ReportQuery>)   -> 200 Report;
}
