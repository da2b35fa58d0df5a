//! Rendering prompts and presets, and running them: rendered, then sent to the AI function with the caller's own
//! credentials; its answer goes back as it came.

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::Path;
use shared::problem::{Code, Problem};
use shared::reply::Reply;

use super::choice::{self, Chosen};
use super::version_model::{Asked, RenderedPrompt, Run};
use crate::long_body::LongJson;
use crate::preset;
use crate::upstream::{self, Asking, Upstream};

async fn chosen(cx: &Cx, caller: &Caller, id: &str, asked: &Asked) -> Result<Chosen, Problem> {
    let user = caller.user_id();
    let mut rows = cx.platform.db().batch(choice::statements(user, id, asked)?).await?;
    choice::choose(&mut rows, 0, user, id, asked)
}

fn told(Chosen { version, model, rendered }: Chosen) -> RenderedPrompt {
    RenderedPrompt { version, model, messages: rendered.messages, parameters: rendered.parameters }
}

/// `POST /v1/prompts/{id}/render`: what a model would be asked. No model is.
///
/// # Errors
/// 404 for a prompt that the caller does not reach; 422 with a pointer for each value that does not fit.
pub async fn render(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    LongJson(asked): LongJson<Asked>,
) -> Result<RenderedPrompt, Problem> {
    chosen(cx, &caller, &id, &asked).await.map(told)
}

/// `POST /v1/prompts/{id}/run`: the answer of the chat route to the rendered prompt, streamed if asked.
///
/// # Errors
/// As `render`, and as `POST /v1/chat/completions`.
pub async fn run(cx: &Cx, caller: Rc<Caller>, Path(id): Path, LongJson(run): LongJson<Run>) -> Result<Reply, Problem> {
    let (asked, model, stream) = run.split();
    let chosen = chosen(cx, &caller, &id, &asked).await?;
    answered(cx, chosen, model.as_ref().map(|model| model.as_str()), stream).await
}

/// `POST /v1/presets/{preset}/render`.
///
/// # Errors
/// 404 for an unknown preset; 422 with a pointer for each value that does not fit.
pub async fn render_preset(
    cx: &Cx,
    Path(name): Path,
    LongJson(asked): LongJson<Asked>,
) -> Result<RenderedPrompt, Problem> {
    of_preset(cx, &name, &asked).map(told)
}

/// `POST /v1/presets/{preset}/run`.
///
/// # Errors
/// As `render_preset`, and as `POST /v1/chat/completions`.
pub async fn run_preset(cx: &Cx, Path(name): Path, LongJson(run): LongJson<Run>) -> Result<Reply, Problem> {
    let (asked, model, stream) = run.split();
    let chosen = of_preset(cx, &name, &asked)?;
    answered(cx, chosen, model.as_ref().map(|model| model.as_str()), stream).await
}

fn of_preset(cx: &Cx, name: &str, asked: &Asked) -> Result<Chosen, Problem> {
    let locale = asked.locale.as_ref().map(|locale| locale.as_str());
    let source = preset::source(name, preset::language(cx, locale)).ok_or(Code::NotFound)?;
    choice::of_preset(&source, asked)
}

/// Calls the model and passes its answer on.
async fn answered(cx: &Cx, chosen: Chosen, model: Option<&str>, stream: bool) -> Result<Reply, Problem> {
    let default = upstream::default_model(cx);
    let model = model.or(chosen.model.as_deref()).unwrap_or(&default);
    let rendered = &chosen.rendered;
    let asking = Asking { model, messages: &rendered.messages, parameters: &rendered.parameters, stream };
    let reply = Upstream::of(cx)?.pass(cx, &asking).await?;
    Ok(match chosen.version {
        Some(version) => reply.header("X-Prompt-Version", version.to_string()),
        None => reply,
    })
}
