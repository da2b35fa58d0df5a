//! Evaluations: a data set's rows are put to a model, and scorers say what its answers are worth. OpenAI's rows, a part
//! of them; what is outside of it is refused. A run goes step by step over a queue and calls models in the name of whoever
//! made it.

pub mod answer;
pub mod comparing;
pub mod data_set;
pub mod dispatch;
pub mod evaluation;
pub mod item_model;
pub mod item_store;
pub mod items;
pub mod listing;
pub mod model;
pub mod run_model;
pub mod run_store;
pub mod run_wish;
pub mod runs;
pub mod scoring;
pub mod store;
pub mod template;
mod trying;
#[cfg(target_arch = "wasm32")]
mod worker;
pub mod working;

use std::rc::Rc;

use comparing::{CompareQuery, Comparison};
use item_model::OutputItem;
use listing::{ListQuery, Listed};
use model::{Eval, EvalChange, EvalDeleted, EvalWish};
use run_model::{Run, RunDeleted};
use run_wish::RunWish;
use shared::auth::Caller;
use shared::extract::{Json, Path, PathPair, PathTriple, Query};
use shared::health;
use shared::routes;

routes! { "evaluations":
    // method path                      who          limit  dialect [marks]  handler                                             replies
    GET    "/healthz"                   public       none   problem          => health::live()                                -> 200 health::Health;
    GET    "/readyz"                    public       none   problem          => health::ready()                               -> 200 health::Health;
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
    GET    "/v1/evals/{id}/runs/{run_id}/compare"              user(use:ai) normal openai        => comparing::compare(Rc<Caller>, PathPair, Query<CompareQuery>) -> 200 Comparison;
    GET    "/v1/evals/{id}/runs/{run_id}/output_items"         user(use:ai) normal openai        => items::list(Rc<Caller>, PathPair, Query<ListQuery>)              -> 200 Listed<OutputItem>;
    GET    "/v1/evals/{id}/runs/{run_id}/output_items/{item_id}" user(use:ai) normal openai      => items::read(Rc<Caller>, PathTriple)                              -> 200 OutputItem;
}
