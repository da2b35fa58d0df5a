//! Tuning: a model of a provider is trained further with examples, in OpenAI's shape. The files are ours and looked through
//! here; the training is the provider's; the new model is registered for its owner alone. A job is followed step by step
//! over a queue.

pub mod dispatch;
mod following;
pub mod job;
pub mod model;
mod preparing;
pub mod provider;
pub mod registering;
pub mod remote;
pub mod store;
pub mod training;
pub mod wish;
#[cfg(target_arch = "wasm32")]
mod worker;
pub mod working;

use std::rc::Rc;

use job::Checkpoints;
use model::{Event, Tuning, TuningList, TuningQuery};
use shared::auth::Caller;
use shared::extract::{Json, Path, Query};
use shared::health;
use shared::routes;
use wish::TuningWish;

routes! { "tuning":
    // method path                      who          limit  dialect [marks]  handler                                             replies
    GET    "/healthz"                   public       none   problem          => health::live()                                -> 200 health::Health;
    GET    "/readyz"                    public       none   problem          => health::ready()                               -> 200 health::Health;
    POST   "/v1/fine_tuning/jobs"                              user(use:ai) normal openai [once] => job::create(Rc<Caller>, Json<TuningWish>)                     -> 200 Tuning;
    GET    "/v1/fine_tuning/jobs"                              user(use:ai) normal openai        => job::list(Rc<Caller>, Query<TuningQuery>)                     -> 200 TuningList<Tuning>;
    GET    "/v1/fine_tuning/jobs/{id}"                         user(use:ai) normal openai        => job::read(Rc<Caller>, Path)                                   -> 200 Tuning;
    POST   "/v1/fine_tuning/jobs/{id}/cancel"                  user(use:ai) normal openai        => job::cancel(Rc<Caller>, Path)                                 -> 200 Tuning;
    GET    "/v1/fine_tuning/jobs/{id}/events"                  user(use:ai) normal openai        => job::events(Rc<Caller>, Path, Query<TuningQuery>)             -> 200 TuningList<Event>;
    GET    "/v1/fine_tuning/jobs/{id}/checkpoints"             user(use:ai) normal openai        => job::checkpoints(Rc<Caller>, Path, Query<TuningQuery>)        -> 200 Checkpoints;
}
