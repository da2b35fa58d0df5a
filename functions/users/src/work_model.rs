//! What the rows of an account's export look like that the database writes itself (`work_export`): for the description of the
//! interface, on the host alone.

use schemars::JsonSchema;
use serde_json::Value;

/// An analysis of a picture, for its owner's records.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "a description")]
pub struct PastAnalysis {
    /// `anl_…`.
    id: String,
    /// The organisation whose key made it; null: the person's own.
    organisation_id: Option<String>,
    /// The picture.
    file_id: String,
    /// What the model was to do: `describe`, `tags`, `text`, `moderate`, `score`, `custom`.
    task: String,
    /// What was said beside the task: language, prompt, rubric, schema.
    settings: Value,
    /// The model, as it was asked for.
    model: String,
    /// `queued`, `running`, `succeeded`, `failed`, `cancelled`.
    status: String,
    /// What came of it; null before, and where it failed.
    result: Option<Value>,
    /// Why it failed.
    error: Option<Value>,
    /// Nano-dollars; null when they are not known.
    cost_nano_usd: Option<u64>,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339; null while it goes on.
    ended_at: Option<String>,
}

/// A batch, for its owner's records; what it wrote are files.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "a description")]
pub struct PastBatch {
    /// `batch_…`.
    id: String,
    /// The organisation whose key made it; null: the person's own.
    organisation_id: Option<String>,
    /// What its lines are asked of.
    endpoint: String,
    /// The lines.
    input_file_id: String,
    /// What came of them.
    output_file_id: Option<String>,
    /// Lines that failed.
    error_file_id: Option<String>,
    /// The owner's own words.
    metadata: Option<Value>,
    /// As `GET /v1/batches/{id}` says it.
    status: String,
    /// Lines.
    total: u64,
    /// Lines that were answered.
    completed: u64,
    /// Lines that failed.
    failed: u64,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339; null while it goes on.
    ended_at: Option<String>,
}

/// An evaluation, for its owner's records.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "a description")]
pub struct PastEvaluation {
    /// `eval_…`.
    id: String,
    /// The organisation whose key made it; null: the person's own.
    organisation_id: Option<String>,
    /// What it is called.
    name: String,
    /// The owner's own words.
    metadata: Value,
    /// What is asked of answers.
    criteria: Value,
    /// RFC 3339.
    created_at: String,
}

/// A run of an evaluation, for its owner's records; its rows are read one by one.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "a description")]
pub struct PastRun {
    /// `evalrun_…`.
    id: String,
    /// `eval_…`.
    evaluation_id: String,
    /// What it is called.
    name: String,
    /// The model.
    model: String,
    /// `queued`, `in_progress`, `completed`, `failed`, `canceled`.
    status: String,
    /// Rows.
    items: u64,
    /// Rows whose answer passed.
    passed: u64,
    /// Rows whose answer failed.
    failed: u64,
    /// Rows without an answer.
    errored: u64,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339; null while it goes on.
    finished_at: Option<String>,
}

/// A model that was trained further, for its owner's records.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "a description")]
pub struct PastTuning {
    /// `ftjob_…`.
    id: String,
    /// The organisation whose key made it; null: the person's own.
    organisation_id: Option<String>,
    /// Who trains.
    provider: String,
    /// The model that is trained further.
    model: String,
    /// `file_…`.
    training_file: String,
    /// `file_…`.
    validation_file: Option<String>,
    /// As `GET /v1/fine_tuning/jobs/{id}` says it.
    status: String,
    /// The name to call it by.
    fine_tuned_model: Option<String>,
    /// Tokens it was trained with.
    trained_tokens: Option<u64>,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339; null while it goes on.
    finished_at: Option<String>,
}

/// An upload that is not whole yet, for its owner's records.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "a description")]
pub struct OpenUpload {
    /// `file_…`.
    id: String,
    /// The organisation it is made for.
    organisation_id: Option<String>,
    /// As its owner called it.
    filename: String,
    /// The length it will have.
    bytes: u64,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339; it is gone then.
    expires_at: String,
}

/// A file that is open to somebody, for the records of whose it is and of who reads it.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "a description")]
pub struct KnownShare {
    /// `file_…`.
    file_id: String,
    /// Who reads it: `usr_…`, or an address.
    with: String,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339; null: until it is taken back.
    expires_at: Option<String>,
}

/// A link that the person made to a file, for their records.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "a description")]
pub struct KnownLink {
    /// `lnk_…`.
    id: String,
    /// `file_…`.
    file_id: String,
    /// `content`, or `picture`.
    scope: String,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339.
    expires_at: String,
    /// RFC 3339; null while it holds.
    revoked_at: Option<String>,
}

/// Where the person's programs are told, for their records.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "a description")]
pub struct KnownWebhook {
    /// The organisation whose keys it is for; null: the person's own.
    organisation_id: Option<String>,
    /// Null: where an analysis names one.
    url: Option<String>,
    /// RFC 3339.
    created_at: String,
}

/// What the person has set, where it is not as it is for everybody.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "a description")]
pub struct KnownSettings {
    /// Days for which conversations are kept.
    conversation_retention_days: u32,
}
