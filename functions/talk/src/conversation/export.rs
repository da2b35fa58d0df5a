//! A conversation as a file: JSON Lines with all that is kept, in every branch, or Markdown with the branch that is
//! shown, for people.

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{Path, Query};
use shared::problem::{Code, Problem};
use shared::reply::{Body, Reply};

use super::message_model::{Message, MessageRow};
use super::message_store;
use super::model::{Conversation, ConversationRow};
use super::store;

/// How a conversation is written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(Serialize, schemars::JsonSchema))]
pub enum Format {
    /// A line of JSON for the conversation, then one for each message.
    #[default]
    Jsonl,
    /// The branch that is shown.
    Markdown,
}

/// The query of an export.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ExportQuery {
    /// `jsonl` or `markdown`.
    pub format: Format,
}

/// A line of the export.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line<'a> {
    Conversation(&'a Conversation),
    Message(&'a Message),
}

/// `GET /v1/conversations/{id}/export`.
///
/// # Errors
/// 404 for another's.
pub async fn read(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Query(query): Query<ExportQuery>,
) -> Result<Reply, Problem> {
    let user = caller.user_id();
    let batch = vec![store::read(user, &id, cx.now_ms()), message_store::everything(user, &id)];
    let mut rows = cx.platform.db().batch(batch).await?;
    let conversation = rows.take::<ConversationRow>(0)?.into_iter().next().ok_or(Code::NotFound)?;
    let conversation = Conversation::from(conversation);
    let messages: Vec<Message> = rows.take::<MessageRow>(1)?.into_iter().map(Message::from).collect();
    let (media, ending, text) = match query.format {
        Format::Jsonl => ("application/jsonl", "jsonl", lines(&conversation, &messages)?),
        Format::Markdown => ("text/markdown; charset=utf-8", "md", markdown(&conversation, &messages)),
    };
    let name = format!("attachment; filename=\"{}.{ending}\"", conversation.id);
    Ok(Reply::new(200, media, Body::Text(text)).header("Content-Disposition", name))
}

fn lines(conversation: &Conversation, messages: &[Message]) -> Result<String, Problem> {
    let mut text = serde_json::to_string(&Line::Conversation(conversation)).map_err(Problem::internal)?;
    text.push('\n');
    for message in messages {
        text.push_str(&serde_json::to_string(&Line::Message(message)).map_err(Problem::internal)?);
        text.push('\n');
    }
    Ok(text)
}

/// The branch that is shown, from its beginning. Where texts have headings of their own they stay as they are: what was
/// said is not changed.
fn markdown(conversation: &Conversation, messages: &[Message]) -> String {
    let mut branch: Vec<&Message> = Vec::new();
    let mut next = conversation.head.as_deref();
    while let Some(message) = next.and_then(|id| messages.iter().find(|message| message.id == id)) {
        // A chain cannot be longer than all there are; were it a circle, it would end here.
        if branch.len() >= messages.len() {
            break;
        }
        branch.push(message);
        next = message.parent.as_deref();
    }
    let title = if conversation.title.is_empty() { &conversation.id } else { &conversation.title };
    let mut text = format!("# {title}\n");
    for message in branch.into_iter().rev() {
        let who = match message.model.as_deref() {
            Some(model) if message.role == "assistant" => format!("assistant ({model})"),
            _ => message.role.clone(),
        };
        text.push_str(&format!("\n## {who}, {}\n\n{}\n", message.created_at, message.content));
        if message.state != "complete" {
            text.push_str(&format!("\n*({})*\n", message.state));
        }
    }
    text
}
