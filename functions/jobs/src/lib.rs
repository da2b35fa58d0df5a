//! What goes on when nobody waits: batches of calls, evaluations. Jobs go step by step, each step a message of a queue that may come
//! twice; D1 says how far a job is, R2 holds what it has. A job calls models in the name of whoever made it, by a token of
//! errand that is minted for each few calls, so that a dead account or key ends it.

pub mod batch;
pub mod dispatch;
pub mod evaluation;
pub mod step;
pub mod tuning;
pub mod upstream;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use batch::model::{Batch, BatchList, BatchQuery, BatchWish};
use evaluation::comparing::{CompareQuery, Comparison};
use evaluation::item_model::OutputItem;
use evaluation::listing::{ListQuery, Listed};
use evaluation::model::{Eval, EvalChange, EvalDeleted, EvalWish};
use evaluation::run_model::{Run, RunDeleted, RunWish};
use evaluation::{items, runs};
use shared::auth::Caller;
use shared::extract::{Json, Path, PathPair, PathTriple, Query};
use shared::health;
use shared::routes;
use tuning::Checkpoints;
use tuning::model::{Event, Tuning, TuningList, TuningQuery, TuningWish};

routes! { "jobs":
    // method path                      who          limit  dialect [marks]  handler                                             replies
    GET    "/healthz"                   public       none   problem          => health::live()                                -> 200 health::Health;
    GET    "/readyz"                    public       none   problem          => health::ready()                               -> 200 health::Health;
    POST   "/v1/batches"                user(use:ai) normal openai  [once]   => batch::create(Rc<Caller>, Json<BatchWish>)    -> 200 Batch;
    GET    "/v1/batches"                user(use:ai) normal openai           => batch::list(Rc<Caller>, Query<BatchQuery>)    -> 200 BatchList;
    GET    "/v1/batches/{id}"           user(use:ai) normal openai           => batch::read(Rc<Caller>, Path)                 -> 200 Batch;
    POST   "/v1/batches/{id}/cancel"    user(use:ai) normal openai           => batch::cancel(Rc<Caller>, Path)               -> 200 Batch;
    POST   "/v1/evals"                                         user(use:ai) normal openai [once] => evaluation::create(Rc<Caller>, Json<EvalWish>)                   -> 201 Eval;
    GET    "/v1/evals"                                         user(use:ai) normal openai        => evaluation::list(Rc<Caller>, Query<ListQuery>)                   -> 200 Listed<Eval>;
    GET    "/v1/evals/{id}"                                    user(use:ai) normal openai        => evaluation::read(Rc<Caller>, Path)                               -> 200 Eval;
    POST   "/v1/evals/{id}"                                    user(use:ai) normal openai        => evaluation::change(Rc<Caller>, Path, Json<EvalChange>)           -> 200 Eval;
    DELETE "/v1/evals/{id}"                                    user(use:ai) normal openai        => evaluation::delete(Rc<Caller>, Path)                             -> 200 EvalDeleted;
    POST   "/v1/evals/{id}/runs"                               user(use:ai) normal openai [once] => runs::create(Rc<Caller>, Path, Json<RunWish>)                    -> 201 Run;
    GET    "/v1/evals/{id}/runs"                               user(use:ai) normal openai        => runs::list(Rc<Caller>, Path, Query<ListQuery>)                   -> 200 Listed<Run>;
    GET    "/v1/evals/{id}/runs/{run_id}"                      user(use:ai) normal openai        => runs::read(Rc<Caller>, PathPair)                                 -> 200 Run;
    DELETE "/v1/evals/{id}/runs/{run_id}"                      user(use:ai) normal openai        => runs::delete(Rc<Caller>, PathPair)                               -> 200 RunDeleted;
    POST   "/v1/evals/{id}/runs/{run_id}/cancel"               user(use:ai) normal openai        => runs::cancel(Rc<Caller>, PathPair)                               -> 200 Run;
    GET    "/v1/evals/{id}/runs/{run_id}/compare"              user(use:ai) normal openai        => evaluation::comparing::compare(Rc<Caller>, PathPair, Query<CompareQuery>) -> 200 Comparison;
    GET    "/v1/evals/{id}/runs/{run_id}/output_items"         user(use:ai) normal openai        => items::list(Rc<Caller>, PathPair, Query<ListQuery>)              -> 200 Listed<OutputItem>;
    GET    "/v1/evals/{id}/runs/{run_id}/output_items/{item_id}" user(use:ai) normal openai      => items::read(Rc<Caller>, PathTriple)                              -> 200 OutputItem;
    POST   "/v1/fine_tuning/jobs"                              user(use:ai) normal openai [once] => tuning::create(Rc<Caller>, Json<TuningWish>)                     -> 200 Tuning;
    GET    "/v1/fine_tuning/jobs"                              user(use:ai) normal openai        => tuning::list(Rc<Caller>, Query<TuningQuery>)                     -> 200 TuningList<Tuning>;
    GET    "/v1/fine_tuning/jobs/{id}"                         user(use:ai) normal openai        => tuning::read(Rc<Caller>, Path)                                   -> 200 Tuning;
    POST   "/v1/fine_tuning/jobs/{id}/cancel"                  user(use:ai) normal openai        => tuning::cancel(Rc<Caller>, Path)                                 -> 200 Tuning;
    GET    "/v1/fine_tuning/jobs/{id}/events"                  user(use:ai) normal openai        => tuning::events(Rc<Caller>, Path, Query<TuningQuery>)             -> 200 TuningList<Event>;
    GET    "/v1/fine_tuning/jobs/{id}/checkpoints"             user(use:ai) normal openai        => tuning::checkpoints(Rc<Caller>, Path, Query<TuningQuery>)        -> 200 Checkpoints;
}
