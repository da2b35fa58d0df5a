//! Members of a body that stand for themselves, and what becomes of each: tables, and the one function that walks them.

use crate::dialect::ask::{Ask, Extra};
use crate::dialect::node::{Notes, Object};

/// What becomes of a member where its value means something.
#[derive(Clone, Copy)]
pub(crate) enum Fate {
    /// It is left out, and its name told.
    Drop,
    /// The request cannot be served without it.
    Refuse(&'static str),
    /// OpenAI's other dialect has it under this name; elsewhere it is left out.
    Openai(&'static str),
}

/// A member's name, the values that ask for nothing (JSON text, parted by blanks), and its fate otherwise.
pub(crate) type Row = (&'static str, &'static str, Fate);

const BUILT_IN: &str = "Tools that run at the provider are not offered here; declare functions.";
const LOGPROBS: &str = "Log probabilities are not told across dialects.";
const STORED: &str = "Nothing is stored here; send the whole conversation, and `store: false`.";
const OLD: &str = "`functions` are deprecated; use `tools`.";
const AUDIO: &str = "The model's provider does not speak.";
const MODERATED: &str = "The model's provider moderates by its own rules only.";
const PLACE: &str = "Where the model runs cannot be chosen at its provider.";

/// Members of OpenAI's chat that other dialects do not have.
pub(crate) const CHAT: &[Row] = &[
    ("audio", "", Fate::Refuse(AUDIO)),
    ("frequency_penalty", "0", Fate::Drop),
    ("function_call", "", Fate::Refuse(OLD)),
    ("functions", "[]", Fate::Refuse(OLD)),
    ("logit_bias", "{}", Fate::Refuse("The model's provider takes no bias of tokens.")),
    ("logprobs", "false", Fate::Refuse(LOGPROBS)),
    ("metadata", "{}", Fate::Drop),
    ("modalities", "[\"text\"]", Fate::Refuse(AUDIO)),
    ("moderation", "", Fate::Refuse(MODERATED)),
    ("n", "1", Fate::Refuse("The model's provider gives one choice.")),
    ("prediction", "", Fate::Drop),
    ("presence_penalty", "0", Fate::Drop),
    ("prompt_cache_key", "", Fate::Openai("prompt_cache_key")),
    ("prompt_cache_options", "{}", Fate::Drop),
    ("prompt_cache_retention", "", Fate::Openai("prompt_cache_retention")),
    ("seed", "", Fate::Drop),
    ("store", "false", Fate::Refuse(STORED)),
    ("top_logprobs", "0", Fate::Refuse(LOGPROBS)),
    ("verbosity", "\"medium\"", Fate::Openai("verbosity")),
    ("web_search_options", "", Fate::Refuse(BUILT_IN)),
];

/// Members of Anthropic's messages that OpenAI's chat does not have.
pub(crate) const MESSAGES: &[Row] = &[
    ("container", "", Fate::Refuse(BUILT_IN)),
    ("diagnostics", "{}", Fate::Drop),
    ("inference_geo", "", Fate::Refuse(PLACE)),
    ("mcp_servers", "[]", Fate::Refuse(BUILT_IN)),
    ("speed", "\"standard\"", Fate::Refuse("The fast mode is not priced here.")),
    ("user_profile_id", "", Fate::Drop),
    ("workspace_id", "", Fate::Drop),
];

/// Members of OpenAI's responses.
pub(crate) const RESPONSES: &[Row] = &[
    ("access_programs", "{}", Fate::Refuse("Access programmes are the provider's own.")),
    ("background", "false", Fate::Refuse("Nothing runs in the background here.")),
    ("context_management", "[]", Fate::Refuse(STORED)),
    ("conversation", "", Fate::Refuse(STORED)),
    ("image", "{}", Fate::Drop),
    ("max_tool_calls", "", Fate::Drop),
    ("metadata", "{}", Fate::Drop),
    ("moderation", "", Fate::Refuse(MODERATED)),
    ("previous_response_id", "", Fate::Refuse(STORED)),
    ("prompt", "", Fate::Refuse("Prompt templates of the provider cannot be named here.")),
    ("prompt_cache_key", "", Fate::Openai("prompt_cache_key")),
    ("prompt_cache_options", "{}", Fate::Drop),
    ("prompt_cache_retention", "", Fate::Openai("prompt_cache_retention")),
    ("store", "false", Fate::Refuse(STORED)),
    ("top_logprobs", "0", Fate::Refuse(LOGPROBS)),
    ("truncation", "\"disabled\"", Fate::Drop),
];

/// Why log probabilities cannot be had.
pub(crate) const NO_LOGPROBS: &str = LOGPROBS;
/// Why a tool is refused.
pub(crate) const NO_BUILT_IN: &str = BUILT_IN;
/// Why a reference to something stored is refused.
pub(crate) const NOT_STORED: &str = STORED;

/// Lets each member of the table meet its fate.
#[inline(never)]
pub(crate) fn meet<'a>(table: &[Row], object: &mut Object<'a>, ask: &mut Ask<'a>, notes: &mut Notes) {
    for (name, harmless, fate) in table {
        let Some(value) = object.take(name, notes) else { continue };
        if harmless.split(' ').any(|one| one == value) {
            continue;
        }
        let at = object.under(name);
        match *fate {
            Fate::Drop => notes.drop(&at),
            Fate::Refuse(reason) => notes.refuse(&at, reason),
            Fate::Openai(name) => ask.extras.push(Extra { name, value, at }),
        }
    }
}
