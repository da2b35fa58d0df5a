//! What the types of some rows do not say: bodies that a handler reads itself, and
//! raw replies. One entry a handler, by operation id; a raw reply without an entry
//! stops the generator.

use auth::model::Accepted;
use serde_json::{Value, json};
use shared::accounts::{TokenReply, User};

use crate::chat;
use crate::models;
use crate::operations::{Content, Success};
use crate::registry;
use crate::schemas::Schemas;

const JSON: &str = "application/json";

/// The body of an operation whose handler reads it itself.
pub(crate) fn request(id: &str, schemas: &mut Schemas) -> Option<Value> {
    match id {
        "ai.calls.chat" => Some(chat::request(schemas)),
        "oidc.authorize.show_form" => {
            Some(schemas.requests.subschema_for::<oidc::authorize::AuthorizationQuery>().to_value())
        }
        "files.upload.create" => Some(file_form()),
        "ingest.parts.add" => Some(part_form()),
        "ingest.content.put" | "ingest.tus.create" | "ingest.tus.patch" => {
            Some(json!({ "type": "string", "format": "binary" }))
        }
        "pictures.avatars.put" | "pictures.avatars.put_for_organisation" => {
            let about = "A PNG, JPEG, GIF, WebP or AVIF of 5 MiB at most; its content says which.";
            Some(json!({ "type": "string", "format": "binary", "description": about }))
        }
        id => registry::document(id).or_else(|| models::request(id)),
    }
}

/// The media type of an operation's body.
pub(crate) fn media(id: &str, is_form: bool) -> &'static str {
    match (id, is_form) {
        // It holds a file.
        ("ai.calls.transcriptions" | "files.upload.create" | "ingest.parts.add", _) => "multipart/form-data",
        ("ingest.content.put", _) => "application/octet-stream",
        ("ingest.tus.create" | "ingest.tus.patch", _) => "application/offset+octet-stream",
        ("pictures.avatars.put" | "pictures.avatars.put_for_organisation", _) => "application/octet-stream",
        (_, true) => "application/x-www-form-urlencoded",
        (_, false) => "application/json",
    }
}

/// Whether the body that a handler reads itself is a form.
pub(crate) fn is_form(id: &str) -> bool {
    matches!(id, "oidc.authorize.show_form" | "ai.calls.transcriptions" | "files.upload.create" | "ingest.parts.add")
}

/// The successes of an operation whose reply type does not tell them.
pub(crate) fn replies(id: &str, schemas: &mut Schemas) -> Option<Vec<Success>> {
    Some(match id {
        "auth.accounts.create" => vec![
            success(201, "Signed in, where addresses need no verification.", &[(JSON, schemas.reply::<TokenReply>())]),
            success(202, "A mail was sent, or would have been.", &[(JSON, schemas.reply::<Accepted>())]),
        ],
        "guests.guests.upgrade" => vec![
            success(200, "The account, where addresses need no verification.", &[(JSON, schemas.reply::<User>())]),
            success(202, "A mail was sent, or would have been.", &[(JSON, schemas.reply::<Accepted>())]),
        ],
        "ai.calls.chat" => {
            let contents = [(JSON, chat::completion(schemas)), ("text/event-stream", chat::stream(schemas))];
            let reply = success(200, "The answer: JSON, or a stream where `stream` is true.", &contents);
            vec![Success { headers: &["X-Cost-Nano-Usd", "X-Model", "X-Provider"], ..reply }]
        }
        "talk.prompt.running.run" | "talk.prompt.running.run_preset" => {
            let contents = [(JSON, chat::completion(schemas)), ("text/event-stream", chat::stream(schemas))];
            let reply = success(200, "The chat route's answer: JSON, or a stream where `stream` is true.", &contents);
            vec![Success { headers: &["X-Cost-Nano-Usd", "X-Model", "X-Provider", "X-Prompt-Version"], ..reply }]
        }
        "talk.turn.say" | "talk.turn.again" => {
            let contents =
                [(JSON, schemas.reply::<talk::turn::model::Exchanged>()), ("text/event-stream", chat::stream(schemas))];
            let about = "Both messages: JSON; or the chat route's own stream where `stream` is true.";
            let headers = &["X-Message-Id", "X-Answer-Id", "X-Cost-Nano-Usd", "X-Model", "X-Provider"];
            vec![Success { headers, ..success(200, about, &contents) }]
        }
        "analyses.analyses.read" => {
            let about = "How far it is, and what came of it.";
            let contents = [(JSON, schemas.reply::<analyses::model::Analysis>())];
            let reply = Success { headers: &["ETag", "Retry-After"], ..success(200, about, &contents) };
            vec![reply, Success { headers: &["ETag", "Retry-After"], ..success(304, "Nothing is new.", &[]) }]
        }
        "analyses.events.read" => {
            let about = "Events `status` and `done`, each with the analysis as it is then; `id` is its version.";
            // No type: tools that know server-sent events hold the schema against each event.
            let text = json!({ "x-event-data": schemas.reply::<analyses::model::Analysis>() });
            let ended = "It has ended, and `Last-Event-ID` has seen that.";
            vec![success(200, about, &[("text/event-stream", text)]), success(204, ended, &[])]
        }
        "files.content.read" => {
            let bytes = json!({ "type": "string", "format": "binary" });
            let several = [("application/octet-stream", bytes.clone()), ("multipart/byteranges", bytes.clone())];
            let any = json!({ "type": "string", "format": "binary" });
            let all = [
                ("application/octet-stream", bytes),
                ("image/*", any.clone()),
                ("audio/*", any.clone()),
                ("video/*", any),
            ];
            let whole = success(200, "The bytes.", &all);
            let part = success(206, "The ranges that were asked for.", &several);
            const HEADERS: &[&str] = &["Content-Disposition", "ETag", "Last-Modified", "Accept-Ranges"];
            vec![
                Success { headers: HEADERS, ..whole },
                Success { headers: &["Content-Range", "ETag"], ..part },
                Success { headers: &["ETag"], ..success(304, "The client has it already.", &[]) },
            ]
        }
        "shares.manifest.read" => {
            let about = "A line of JSON for each object, in the order of names.";
            let lines = success(200, about, &[("application/x-ndjson", json!({ "type": "string" }))]);
            vec![Success { headers: &["Selvage-Next-Cursor"], ..lines }]
        }
        "ingest.tus.create" => {
            let headers = &["Location", "Upload-Offset", "Upload-Expires", "Tus-Resumable"];
            vec![Success { headers, ..success(201, "The upload is there; no body.", &[]) }]
        }
        "ingest.tus.read" => {
            let headers = &["Upload-Offset", "Upload-Length", "Upload-Expires", "Tus-Resumable"];
            vec![Success { headers, ..success(200, "How much of it is there; no body.", &[]) }]
        }
        "ingest.tus.patch" => {
            let headers = &["Upload-Offset", "Upload-Expires", "Tus-Resumable"];
            vec![Success { headers, ..success(204, "The bytes are kept; with the last ones the file is there.", &[]) }]
        }
        "ingest.tus.remove" => {
            vec![Success { headers: &["Tus-Resumable"], ..success(204, "It was given up.", &[]) }]
        }
        "pictures.variants.read" | "pictures.avatars.read" => {
            let bytes = json!({ "type": "string", "format": "binary" });
            let known = ["image/webp", "image/avif", "image/jpeg", "image/png"];
            let kinds = if id == "pictures.avatars.read" { known.get(..1) } else { Some(&known[..]) };
            let contents: Vec<_> = kinds.unwrap_or_default().iter().map(|kind| (*kind, bytes.clone())).collect();
            let headers = &["ETag", "Cache-Control"];
            let unchanged = Success { headers, ..success(304, "It is the one you have.", &[]) };
            vec![Success { headers, ..success(200, "The picture.", &contents) }, unchanged]
        }
        "talk.conversation.export.read" => {
            let about = "The conversation as JSON Lines, or as Markdown.";
            let text = json!({ "type": "string" });
            vec![success(200, about, &[("application/jsonl", text.clone()), ("text/markdown", text)])]
        }
        "social.oauth.pass_on" | "social.oauth.pass_form_on" => {
            let about = "On to the client's page, with `state` and `code`, or `error`, behind `#`.";
            vec![Success { headers: &["Location"], ..success(303, about, &[]) }]
        }
        "registry.whole.read" => {
            let whole = success(200, "The whole registry.", &[(JSON, registry::whole())]);
            vec![Success { headers: &["ETag"], ..whole }]
        }
        "audit.admin.export" => {
            let about = "The chain as JSON Lines; no line is its end.";
            vec![success(200, about, &[("application/jsonl", json!({ "type": "string" }))])]
        }
        "oidc.authorize.show" | "oidc.authorize.show_form" => {
            let about = "Back to the app, with `error`, `state` and `iss`.";
            let back = Success { headers: &["Location"], ..success(303, about, &[]) };
            let about = "A page that says what is wrong with the app or its address: to neither is anybody sent back.";
            let problem = crate::failures::schema(shared::route::Dialect::Problem);
            let both = [("text/html", json!({ "type": "string" })), ("application/problem+json", problem)];
            vec![text("The page that asks the person.", "text/html"), back, success(400, about, &both)]
        }
        "oidc.page.device" => vec![text("A page.", "text/html")],
        "oidc.page.css" => vec![text("A style sheet.", "text/css")],
        "oidc.page.js" => vec![text("A script.", "text/javascript")],
        "gateway.pages.openapi" => {
            vec![success(200, "The description of this API, in OpenAPI 3.1.", &[(JSON, json!({ "type": "object" }))])]
        }
        "gateway.pages.docs"
        | "gateway.pages.claim"
        | "gateway.pages.verify"
        | "gateway.pages.reset"
        | "gateway.pages.magic"
        | "gateway.pages.change_email"
        | "gateway.pages.invitation"
        | "mail.mailbox.list"
        | "mail.mailbox.read" => {
            vec![text("A page.", "text/html")]
        }
        "gateway.pages.docs_css" => vec![text("A style sheet.", "text/css")],
        "gateway.pages.claim_js" | "gateway.pages.link_js" | "gateway.pages.invitation_js" => {
            vec![text("A script.", "text/javascript")]
        }
        id => vec![models::replies(id)?],
    })
}

/// The form of an upload.
fn file_form() -> Value {
    let purposes = ["batch", "fine-tune", "evals", "user_data"];
    json!({
        "type": "object", "additionalProperties": false, "required": ["file", "purpose"],
        "description": "A form in OpenAI's shape.",
        "properties": {
            "file": { "type": "string", "format": "binary", "description": "The file, with its name: 25 MiB at most." },
            "purpose": { "type": "string", "enum": purposes, "description": "What it is for." },
            "expires_after[anchor]": { "type": "string", "enum": ["created_at"], "description": "From when its life is counted." },
            "expires_after[seconds]": {
                "type": "integer", "minimum": 3600, "maximum": 2_592_000, "description": "How long it is kept.",
            },
        },
    })
}

/// The form of a part.
fn part_form() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["data"],
        "description": "A form in OpenAI's shape.",
        "properties": { "data": { "type": "string", "format": "binary", "description": "The part: 25 MiB at most." } },
    })
}

fn success(status: u16, about: &str, contents: &[(&'static str, Value)]) -> Success {
    let contents = contents.iter().map(|(media, schema)| Content { media, schema: schema.clone() });
    Success { status, about: about.to_owned(), contents: contents.collect(), headers: &[] }
}

fn text(about: &str, media: &'static str) -> Success {
    success(200, about, &[(media, json!({ "type": "string" }))])
}
