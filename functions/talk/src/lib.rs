//! Prompts and talk: templates with versions and labels, presets, conversations with models and their history, feedback.
//!
//! Nothing here knows a model or a price. What is said goes to the AI function by service binding with the caller's own
//! credentials, so that it admits, counts and charges them as if they had called it themselves.

pub mod conversation;
pub mod feedback;
pub mod long_body;
pub mod preset;
pub mod prompt;
pub mod sweep;
pub mod turn;
pub mod upstream;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use conversation::export::ExportQuery;
use conversation::message_model::{Message, MessageQuery};
use conversation::model::{Conversation, ConversationChange, ConversationWish, Settings, SettingsWish};
use conversation::search::{Found, SearchQuery};
use feedback::model::{Feedback, FeedbackQuery, Opinion, Rated};
use long_body::LongJson;
use preset::{Preset, PresetList, PresetQuery};
use prompt::PromptQuery;
use prompt::model::{LabelWish, Prompt, PromptChange, PromptWish, VersionWish};
use prompt::version_model::{Asked, RenderedPrompt, Run, Version};
use shared::auth::Caller;
use shared::extract::{Json, OptionalJson, Path, PathPair, Query};
use shared::health;
use shared::page::{Page, PageQuery};
use shared::reply::Reply;
use shared::routes;
use turn::model::{AgainWish, TurnWish};

routes! { "talk":
    // method path                                                         who          limit  dialect [marks]       handler                                                                   replies
    GET    "/healthz"                                                      public       none   problem               => health::live()                                                      -> 200 health::Health;
    GET    "/readyz"                                                       public       none   problem               => health::ready()                                                     -> 200 health::Health;
    POST   "/v1/prompts"                                                   session      normal problem [once]        => prompt::create(Rc<Caller>, Json<PromptWish>)                        -> 201 Prompt;
    GET    "/v1/prompts"                                                   session      normal problem               => prompt::list(Rc<Caller>, Query<PromptQuery>)                        -> 200 Page<Prompt>;
    GET    "/v1/prompts/{id}"                                              session      normal problem               => prompt::read(Rc<Caller>, Path)                                      -> 200 Prompt;
    PATCH  "/v1/prompts/{id}"                                              session      normal problem               => prompt::change(Rc<Caller>, Path, Json<PromptChange>)                -> 200 Prompt;
    DELETE "/v1/prompts/{id}"                                              session      normal problem               => prompt::delete(Rc<Caller>, Path)                                    -> 204 ();
    POST   "/v1/prompts/{id}/versions"                                     session      normal problem [once]        => prompt::versions::create(Rc<Caller>, Path, Json<VersionWish>)       -> 201 Version;
    GET    "/v1/prompts/{id}/versions"                                     session      normal problem               => prompt::versions::list(Rc<Caller>, Path, Query<PageQuery>)          -> 200 Page<Version>;
    GET    "/v1/prompts/{id}/versions/{version}"                           session      normal problem               => prompt::versions::read(Rc<Caller>, PathPair)                        -> 200 Version;
    PUT    "/v1/prompts/{id}/labels/{label}"                               session      normal problem               => prompt::put_label(Rc<Caller>, PathPair, Json<LabelWish>)            -> 200 Prompt;
    DELETE "/v1/prompts/{id}/labels/{label}"                               session      normal problem               => prompt::delete_label(Rc<Caller>, PathPair)                          -> 204 ();
    POST   "/v1/prompts/{id}/render"                                       user(use:ai) normal problem               => prompt::running::render(Rc<Caller>, Path, LongJson<Asked>)          -> 200 RenderedPrompt;
    POST   "/v1/prompts/{id}/run"                                          user(use:ai) normal openai  [once, slow]  => prompt::running::run(Rc<Caller>, Path, LongJson<Run>)               -> 200 Reply;
    GET    "/v1/presets"                                                   user(use:ai) normal problem               => preset::list(Query<PresetQuery>)                                    -> 200 PresetList;
    GET    "/v1/presets/{preset}"                                          user(use:ai) normal problem               => preset::read(Path, Query<PresetQuery>)                              -> 200 Preset;
    POST   "/v1/presets/{preset}/render"                                   user(use:ai) normal problem               => prompt::running::render_preset(Path, LongJson<Asked>)               -> 200 RenderedPrompt;
    POST   "/v1/presets/{preset}/run"                                      user(use:ai) normal openai  [once, slow]  => prompt::running::run_preset(Path, LongJson<Run>)                    -> 200 Reply;
    POST   "/v1/conversations"                                             session      normal problem [once]        => conversation::create(Rc<Caller>, OptionalJson<ConversationWish>)    -> 201 Conversation;
    GET    "/v1/conversations"                                             session      normal problem [private]     => conversation::list(Rc<Caller>, Query<PageQuery>)                    -> 200 Page<Conversation>;
    GET    "/v1/conversations/search"                                      session      normal problem [private]     => conversation::search::find(Rc<Caller>, Query<SearchQuery>)          -> 200 Page<Found>;
    GET    "/v1/conversations/settings"                                    session      normal problem [private]     => conversation::settings(Rc<Caller>)                                  -> 200 Settings;
    PUT    "/v1/conversations/settings"                                    session      normal problem               => conversation::set(Rc<Caller>, Json<SettingsWish>)                   -> 200 Settings;
    GET    "/v1/conversations/{id}"                                        session      normal problem [private]     => conversation::read(Rc<Caller>, Path)                                -> 200 Conversation;
    PATCH  "/v1/conversations/{id}"                                        session      normal problem               => conversation::change(Rc<Caller>, Path, Json<ConversationChange>)    -> 200 Conversation;
    DELETE "/v1/conversations/{id}"                                        session      normal problem               => conversation::delete(Rc<Caller>, Path)                              -> 204 ();
    GET    "/v1/conversations/{id}/export"                                 session      normal problem [private]     => conversation::export::read(Rc<Caller>, Path, Query<ExportQuery>)    -> 200 Reply;
    GET    "/v1/conversations/{id}/messages"                               session      normal problem [private]     => conversation::messages::list(Rc<Caller>, Path, Query<MessageQuery>) -> 200 Page<Message>;
    POST   "/v1/conversations/{id}/messages"                               session      normal problem [once, slow]  => turn::say(Rc<Caller>, Path, LongJson<TurnWish>)                     -> 200 Reply;
    POST   "/v1/conversations/{id}/messages/{message_id}/regenerate"       session      normal problem [once, slow]  => turn::again(Rc<Caller>, PathPair, OptionalJson<AgainWish>)          -> 200 Reply;
    PUT    "/v1/conversations/{id}/messages/{message_id}/feedback"         session      normal problem               => feedback::rate(Rc<Caller>, PathPair, Json<Opinion>)                 -> 200 Rated;
    DELETE "/v1/conversations/{id}/messages/{message_id}/feedback"         session      normal problem               => feedback::forget(Rc<Caller>, PathPair)                              -> 204 ();
    PUT    "/v1/calls/{id}/feedback"                                       user(use:ai) normal problem               => feedback::rate_call(Rc<Caller>, Path, Json<Opinion>)                -> 200 Rated;
    DELETE "/v1/calls/{id}/feedback"                                       user(use:ai) normal problem               => feedback::forget_call(Rc<Caller>, Path)                             -> 204 ();
    GET    "/v1/admin/feedback"                                            admin        normal problem               => feedback::list(Query<FeedbackQuery>)                                -> 200 Page<Feedback>;
}
