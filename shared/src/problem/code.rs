//! Everything that goes wrong, by its name: status, code and title. Not here: how it is told.

/// Every kind of failure a client can meet. The code's name is stable and part of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each one's title says it, in the table below")]
pub enum Code {
    MalformedRequest,
    ValidationFailed,
    Unauthenticated,
    InvalidCredentials,
    RefreshRefused,
    SignatureRefused,
    LinkRefused,
    SignInRefused,
    CodeRefused,
    PasskeyRefused,
    BudgetExhausted,
    Forbidden,
    Suspended,
    EmailUnverified,
    StepUpRequired,
    ImpersonationRefused,
    InvitationRefused,
    ProviderBlocked,
    NotFound,
    ModelNotFound,
    /// The model's provider has no such route, and nobody can stand in for it.
    NotOffered,
    MethodNotAllowed,
    EmailTaken,
    FactorExists,
    IdentityTaken,
    LastWayIn,
    SlugTaken,
    LastOwner,
    RoleInUse,
    ConversationBusy,
    ConversationFull,
    /// A job that has not ended reads the file.
    FileInUse,
    /// The caller has as many files, or bytes of files, as they may.
    QuotaExceeded,
    /// The file is kept until a time that was set for it.
    FileRetained,
    /// A scanner found something in the file that harms.
    FileInfected,
    /// The bytes that were asked for are not there, or too many pieces of them.
    RangeNotSatisfiable,
    /// The upload goes on at another place than was said, or in another way.
    OffsetMismatch,
    /// The upload is whole, or was given up.
    UploadEnded,
    /// Bytes do not come to the checksum that came with them (tus' own status).
    ChecksumMismatch,
    /// Another version of tus than is spoken here.
    TusVersion,
    /// There are no keys by which clients could write to the bucket themselves.
    DirectUnavailable,
    /// The job has ended, so nothing can be changed about it.
    JobEnded,
    /// The job did not fail, so there is nothing to be done again.
    NotFailed,
    IdempotencyInProgress,
    RevisionChanged,
    IdempotencyMismatch,
    PasswordLeaked,
    /// The file's content is none of the kinds of pictures that are known.
    NotAPicture,
    /// More pixels or frames than anything here decodes.
    PictureTooLarge,
    /// It begins as a picture and cannot be read as one.
    PictureUnreadable,
    ProofRequired,
    PayloadTooLarge,
    UnsupportedMediaType,
    RateLimited,
    ConcurrencyExceeded,
    Internal,
    UpstreamFailed,
    UpstreamRefusedUs,
    UpstreamInvalid,
    Unavailable,
    UpstreamTimeout,
}

impl Code {
    /// All codes, for the reference page and for tests.
    pub const ALL: &'static [Self] = &[
        Self::MalformedRequest,
        Self::ValidationFailed,
        Self::Unauthenticated,
        Self::InvalidCredentials,
        Self::RefreshRefused,
        Self::SignatureRefused,
        Self::LinkRefused,
        Self::SignInRefused,
        Self::CodeRefused,
        Self::PasskeyRefused,
        Self::BudgetExhausted,
        Self::Forbidden,
        Self::Suspended,
        Self::EmailUnverified,
        Self::StepUpRequired,
        Self::ImpersonationRefused,
        Self::InvitationRefused,
        Self::ProviderBlocked,
        Self::NotFound,
        Self::ModelNotFound,
        Self::NotOffered,
        Self::MethodNotAllowed,
        Self::EmailTaken,
        Self::FactorExists,
        Self::IdentityTaken,
        Self::LastWayIn,
        Self::SlugTaken,
        Self::LastOwner,
        Self::RoleInUse,
        Self::ConversationBusy,
        Self::ConversationFull,
        Self::FileInUse,
        Self::QuotaExceeded,
        Self::FileRetained,
        Self::FileInfected,
        Self::RangeNotSatisfiable,
        Self::OffsetMismatch,
        Self::UploadEnded,
        Self::ChecksumMismatch,
        Self::TusVersion,
        Self::DirectUnavailable,
        Self::JobEnded,
        Self::NotFailed,
        Self::IdempotencyInProgress,
        Self::RevisionChanged,
        Self::IdempotencyMismatch,
        Self::PasswordLeaked,
        Self::NotAPicture,
        Self::PictureTooLarge,
        Self::PictureUnreadable,
        Self::ProofRequired,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::RateLimited,
        Self::ConcurrencyExceeded,
        Self::Internal,
        Self::UpstreamFailed,
        Self::UpstreamRefusedUs,
        Self::UpstreamInvalid,
        Self::Unavailable,
        Self::UpstreamTimeout,
    ];

    /// Status, stable name, and title for people.
    pub const fn facts(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::MalformedRequest => (400, "malformed_request", "The request could not be read"),
            Self::ValidationFailed => (422, "validation_failed", "The request has invalid values"),
            Self::Unauthenticated => (401, "unauthenticated", "Sign in first: no valid access token was given"),
            Self::InvalidCredentials => (401, "invalid_credentials", "The e-mail address or the password is wrong"),
            Self::RefreshRefused => (401, "refresh_refused", "The refresh token is unknown, used or expired"),
            Self::SignatureRefused => (401, "signature_refused", "The request's signature was not accepted"),
            Self::LinkRefused => (401, "link_refused", "The link is unknown, used or expired"),
            Self::CodeRefused => (401, "code_refused", "The code is wrong, or was used before"),
            Self::PasskeyRefused => (401, "passkey_refused", "The passkey was not accepted"),
            Self::SignInRefused => {
                (401, "sign_in_refused", "This sign-in is unknown, used, expired or tried too often: begin again")
            }
            Self::BudgetExhausted => (402, "budget_exhausted", "The budget does not cover this call"),
            Self::Forbidden => (403, "forbidden", "You may not do this"),
            Self::Suspended => (403, "suspended", "This account is suspended"),
            Self::EmailUnverified => (403, "email_unverified", "Confirm the e-mail address first"),
            Self::StepUpRequired => (403, "step_up_required", "Prove again who you are: the last proof is too old"),
            Self::ImpersonationRefused => {
                (403, "impersonation_refused", "Only the person themselves may do this, nobody in their place")
            }
            Self::InvitationRefused => (403, "invitation_refused", "This invitation cannot be used by this account"),
            Self::ProviderBlocked => (403, "provider_blocked", "The service you sign in with has blocked this person"),
            Self::NotFound => (404, "not_found", "There is nothing here"),
            Self::NotOffered => (501, "not_offered", "The model's provider does not offer this"),
            Self::ModelNotFound => (404, "model_not_found", "There is no such model, or you may not use it"),
            Self::MethodNotAllowed => (405, "method_not_allowed", "This path does not answer that method"),
            Self::EmailTaken => (409, "email_taken", "An account with this e-mail address exists"),
            Self::FactorExists => (409, "factor_exists", "This second factor is on already"),
            Self::IdentityTaken => (409, "identity_taken", "This sign-in belongs to another account"),
            Self::LastWayIn => (409, "last_way_in", "This is the only way into the account"),
            Self::SlugTaken => (409, "slug_taken", "Another organisation has this short name"),
            Self::LastOwner => (409, "last_owner", "An organisation keeps at least one owner"),
            Self::RoleInUse => (409, "role_in_use", "Members have this role: give them another one first"),
            Self::ConversationBusy => {
                (409, "conversation_busy", "An answer is being written in this conversation: one at a time")
            }
            Self::FileInUse => (409, "file_in_use", "A job is reading this file"),
            Self::QuotaExceeded => (403, "quota_exceeded", "There is no room for more files"),
            Self::FileRetained => (409, "file_retained", "This file is kept until a time that was set for it"),
            Self::FileInfected => (403, "file_infected", "This file was found to be infected: nobody reads it"),
            Self::RangeNotSatisfiable => (416, "range_not_satisfiable", "These bytes of the file cannot be had"),
            Self::OffsetMismatch => (409, "offset_mismatch", "The upload goes on at another place, or in another way"),
            Self::UploadEnded => (409, "upload_ended", "This upload has ended already"),
            Self::ChecksumMismatch => (460, "checksum_mismatch", "The bytes do not come to the checksum"),
            Self::TusVersion => (412, "tus_version", "Another version of tus is spoken here"),
            Self::DirectUnavailable => {
                (409, "direct_unavailable", "This deployment lets nobody write to its bucket directly")
            }
            Self::JobEnded => (409, "job_ended", "This job has ended already"),
            Self::NotFailed => (409, "not_failed", "Only what failed or was cancelled is done again"),
            Self::ConversationFull => (409, "conversation_full", "There is no room for more"),
            Self::IdempotencyInProgress => {
                (409, "idempotency_in_progress", "The first request with this key has not finished")
            }
            Self::RevisionChanged => (412, "revision_changed", "This was changed since you read it: read it again"),
            Self::IdempotencyMismatch => (422, "idempotency_mismatch", "This key was used with another request"),
            Self::NotAPicture => (422, "not_a_picture", "The file is no picture of a known kind"),
            Self::PictureTooLarge => (422, "picture_too_large", "The picture is larger than what is decoded here"),
            Self::PictureUnreadable => (422, "picture_unreadable", "The picture is broken"),
            Self::PasswordLeaked => {
                (422, "password_leaked", "This password stands in lists of leaked ones: choose another")
            }
            Self::ProofRequired => {
                (428, "proof_required", "Solve a challenge first: POST /v1/auth/challenge, then send Selvage-Proof")
            }
            Self::PayloadTooLarge => (413, "payload_too_large", "The body is too large"),
            Self::UnsupportedMediaType => (415, "unsupported_media_type", "The body must be application/json"),
            Self::RateLimited => (429, "rate_limited", "Too many requests"),
            Self::ConcurrencyExceeded => (429, "concurrency_exceeded", "Too many calls at the same time"),
            Self::Internal => (500, "internal", "Something went wrong on our side"),
            Self::UpstreamFailed => (502, "upstream_failed", "The provider failed"),
            Self::UpstreamRefusedUs => (502, "upstream_auth", "The provider refused our credentials"),
            Self::UpstreamInvalid => (502, "upstream_invalid", "The provider's answer could not be read"),
            Self::Unavailable => (503, "unavailable", "This function is not available"),
            Self::UpstreamTimeout => (504, "upstream_timeout", "The provider did not answer in time"),
        }
    }
}
