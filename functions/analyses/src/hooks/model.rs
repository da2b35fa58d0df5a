//! Webhooks as clients write and read them, and as they are stored.

use serde::{Deserialize, Serialize};
use shared::page::{Limit, Page};
use shared::problem::Problem;
use shared::time::rfc3339;

use crate::columns::Columns;
use crate::shown::Shown;

/// The body of `PUT /v1/webhook`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct WebhookWish {
    /// Who is told of every analysis; null: only analyses that name a URL of their own are told of.
    pub url: Option<String>,
}

/// Of which settings.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct WebhookQuery {
    /// An organisation that the person is a member of: who is told of what their keys of it made.
    pub organisation_id: Option<String>,
}

/// Who is told, and how it is signed.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Webhook {
    /// Who is told of every analysis that names nobody else.
    pub url: Option<String>,
    /// The secret, where it was made by this very request; it is shown never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Until when the secret before this one signs, too.
    pub former_secret_until: Option<String>,
    /// Whether there is a secret to sign with. Without one nobody is told anything.
    pub has_secret: bool,
    /// When the secret was last replaced.
    pub rotated_at: Option<String>,
}

impl Webhook {
    /// Nothing is set up.
    pub const NONE: Self =
        Self { url: None, secret: None, former_secret_until: None, has_secret: false, rotated_at: None };
}

impl Webhook {
    /// Of a row of `webhook_settings`, as its owner sees it; with the secret when it is new.
    pub fn of(mut row: Columns, secret: Option<String>, now: u64) -> Self {
        Self {
            url: row.maybe("url"),
            secret,
            former_secret_until: row.maybe_number("former_until").filter(|until| now < *until).map(rfc3339),
            has_secret: true,
            rotated_at: row.maybe_number("rotated_at").map(rfc3339),
        }
    }
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename_all = "lowercase"))]
pub enum DeliveryStatus {
    /// It is tried, or tried again later.
    Pending,
    /// The receiver took it.
    Delivered,
    /// It was given up.
    Failed,
}

impl DeliveryStatus {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// A message to a webhook, and what became of it, in the shape that the database tells it in (`shown`).
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "WebhookDelivery"))]
pub struct Delivery {
    /// `msg_…`: the header `webhook-id`, the same in every try.
    pub id: String,
    /// The analysis.
    pub analysis_id: String,
    /// `analysis.succeeded` or `analysis.failed`.
    pub event: String,
    /// Who is told.
    pub url: String,
    /// How far it is.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: u64,
    /// What the receiver answered last.
    pub last_status: Option<u16>,
    /// Why there was no answer, or none that counts.
    pub last_error: Option<String>,
    /// When it is tried again.
    pub next_attempt_at: Option<String>,
    /// When it was noted.
    pub created_at: String,
    /// When it was delivered or given up.
    pub ended_at: Option<String>,
}

/// A page of deliveries.
pub type Deliveries = Page<Shown<Delivery>>;

/// The query of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct DeliveryQuery {
    /// Deliveries at most.
    pub limit: Limit,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Those of this analysis.
    pub analysis_id: Option<String>,
    /// Those that are so far.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<DeliveryStatus>"))]
    pub status: Option<String>,
}

impl DeliveryQuery {
    /// Checks what its types do not say.
    ///
    /// # Errors
    /// 422.
    pub fn check(&self) -> Result<(), Problem> {
        let known = |name: &str| matches!(name, "pending" | "delivered" | "failed");
        let fits = self.status.as_deref().is_none_or(known);
        if fits { Ok(()) } else { Err(Problem::invalid("status", "invalid", "must be a status of deliveries")) }
    }
}
