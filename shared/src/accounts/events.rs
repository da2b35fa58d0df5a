//! Security events: what happened to an account, written in the transaction that made it happen, so
//! that neither is there without the other.

use serde::{Serialize, Serializer};

use crate::cx::Cx;
use crate::db::{Param, Statement};
use crate::head::HeaderName;
use crate::sql;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An account was made.
    Registered,
    /// A session began.
    SignedIn,
    /// The owner of the mailbox proved the address.
    EmailVerified,
    /// A new address was proven and taken over.
    EmailChanged,
    /// A new password was set by a mailed link.
    PasswordReset,
    /// A second factor was turned on.
    SecondFactorOn,
    /// The second factor was turned off.
    SecondFactorOff,
    /// Recovery codes were made anew.
    RecoveryCodesMade,
    /// A session's person proved again who they are.
    SteppedUp,
    /// So many proofs were wrong that further ones must wait.
    ProofsRefused,
    /// One session or all of them were ended by signing out.
    SignedOut,
    /// A session was ended from the list of sessions.
    SessionEnded,
    /// A refresh token was used again: its session was ended.
    RefreshReused,
    /// A one-time link made the account an administrator's.
    AdminClaimed,
    /// An administrator suspended the account.
    Suspended,
    /// An administrator took the suspension back.
    Restored,
    /// An administrator changed the roles.
    RolesChanged,
    /// The person deleted the account.
    Deleted,
    /// An API key was made.
    KeyCreated,
    /// An API key was renamed, or its scopes or its end changed.
    KeyChanged,
    /// An API key was revoked.
    KeyRevoked,
    /// A passkey was registered.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
    /// A passkey's counter did not grow: it may have been cloned.
    PasskeyCounterWentBack,
    /// Another service's word for this person became a way in.
    IdentityLinked,
    /// It is a way in no more.
    IdentityUnlinked,
    /// Two accounts of one person became one.
    AccountsMerged,
    /// Two accounts of one person were left as they are, because both have more than that person's WeChat.
    AccountsKeptApart,
    /// An address nobody had proven was taken away, because its owner came with proof.
    AddressWithdrawn,
    /// The person let an app in.
    AppAllowed,
    /// What an app was allowed was taken back: by the person, or by the app.
    AppEnded,
    /// A code or a refresh token of an app was used again: what it was allowed has ended.
    AppReplayed,
    /// An app was registered to sign people in here; of the administrator's account.
    AppRegistered,
    /// What is known of an app was changed, or its secret; of the administrator's account.
    AppChanged,
    /// An app was removed; of the administrator's account.
    AppRemoved,
    /// The password was changed by somebody who was signed in.
    PasswordChanged,
    /// A guest got an address and a password.
    GuestUpgraded,
    /// An administrator began to act as this person.
    ImpersonationBegan,
    /// An administrator's acting as this person was ended.
    ImpersonationEnded,
    /// The person made an organisation.
    OrganisationCreated,
    /// The person deleted an organisation.
    OrganisationDeleted,
    /// The person became a member of an organisation.
    OrganisationJoined,
    /// The person is a member no more.
    OrganisationLeft,
    /// The person has another role in an organisation.
    MemberRoleChanged,
    /// The person changed what a role of an organisation may do.
    RolePermissionsChanged,
    /// The person invited somebody into an organisation.
    Invited,
    /// The person took an invitation back.
    InvitationRevoked,
    /// The person changed what calls to models may cost an organisation, a member or a model of it.
    LimitsChanged,
    /// The administrator said how many files somebody may have: of that account, or, for an organisation, of their own.
    FileRoomChanged,
    /// A service said which telephone number is the person's.
    PhoneVerified,
    /// A session began unlike the earlier ones: elsewhere, with something else, or behind many wrong passwords.
    UnusualSignIn,
    /// The administrator changed what the AI gateway calls or what that costs.
    AiRegistryChanged,
    /// The administrator added a key of a provider.
    ProviderKeyAdded,
    /// The administrator took a provider's key out of use, or into use again, or named it.
    ProviderKeyChanged,
    /// The administrator removed a provider's key.
    ProviderKeyRemoved,
    /// The administrator said whose calls are captured.
    CaptureChanged,
    /// Somebody else read what was said in a call of the person's.
    CaptureRead,
    /// The administrator priced calls again.
    LedgerRepriced,
    /// A file of the person's is read by others than before.
    FileVisibilityChanged,
    /// A file of the person's was opened to somebody.
    FileShared,
    /// A link to a file of the person's was made.
    FileLinked,
    /// Somebody else deleted a file of the person's for good.
    FileDeleted,
    /// A scanner found that a file of the person's harms.
    FileInfected,
}

impl Kind {
    /// The name it is stored and shown by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::SignedIn => "signed_in",
            Self::EmailVerified => "email_verified",
            Self::EmailChanged => "email_changed",
            Self::PasswordReset => "password_reset",
            Self::SecondFactorOn => "second_factor_on",
            Self::SecondFactorOff => "second_factor_off",
            Self::RecoveryCodesMade => "recovery_codes_made",
            Self::SteppedUp => "stepped_up",
            Self::ProofsRefused => "proofs_refused",
            Self::SignedOut => "signed_out",
            Self::SessionEnded => "session_ended",
            Self::RefreshReused => "refresh_reused",
            Self::AdminClaimed => "admin_claimed",
            Self::Suspended => "suspended",
            Self::Restored => "restored",
            Self::RolesChanged => "roles_changed",
            Self::Deleted => "deleted",
            Self::KeyCreated => "key_created",
            Self::KeyChanged => "key_changed",
            Self::KeyRevoked => "key_revoked",
            Self::PasskeyAdded => "passkey_added",
            Self::PasskeyRemoved => "passkey_removed",
            Self::PasskeyCounterWentBack => "passkey_counter_went_back",
            Self::IdentityLinked => "identity_linked",
            Self::IdentityUnlinked => "identity_unlinked",
            Self::AccountsMerged => "accounts_merged",
            Self::AccountsKeptApart => "accounts_kept_apart",
            Self::AddressWithdrawn => "address_withdrawn",
            Self::AppAllowed => "app_allowed",
            Self::AppEnded => "app_ended",
            Self::AppReplayed => "app_replayed",
            Self::AppRegistered => "app_registered",
            Self::AppChanged => "app_changed",
            Self::AppRemoved => "app_removed",
            Self::PasswordChanged => "password_changed",
            Self::GuestUpgraded => "guest_upgraded",
            Self::ImpersonationBegan => "impersonation_began",
            Self::ImpersonationEnded => "impersonation_ended",
            Self::OrganisationCreated => "organisation_created",
            Self::OrganisationDeleted => "organisation_deleted",
            Self::OrganisationJoined => "organisation_joined",
            Self::OrganisationLeft => "organisation_left",
            Self::MemberRoleChanged => "member_role_changed",
            Self::RolePermissionsChanged => "role_permissions_changed",
            Self::LimitsChanged => "limits_changed",
            Self::FileRoomChanged => "file_room_changed",
            Self::Invited => "invited",
            Self::InvitationRevoked => "invitation_revoked",
            Self::PhoneVerified => "phone_verified",
            Self::UnusualSignIn => "unusual_sign_in",
            Self::AiRegistryChanged => "ai_registry_changed",
            Self::ProviderKeyAdded => "provider_key_added",
            Self::ProviderKeyChanged => "provider_key_changed",
            Self::ProviderKeyRemoved => "provider_key_removed",
            Self::CaptureChanged => "capture_changed",
            Self::CaptureRead => "capture_read",
            Self::LedgerRepriced => "ledger_repriced",
            Self::FileVisibilityChanged => "file_visibility_changed",
            Self::FileShared => "file_shared",
            Self::FileLinked => "file_linked",
            Self::FileDeleted => "file_deleted",
            Self::FileInfected => "file_infected",
        }
    }
}

/// Every statement of this module, for the test that prepares them.
pub const ALL: &[&str] = &[ADD_EVENT];

const ADD_EVENT: &str = "INSERT INTO security_events (id, at, kind, user_id, actor_id, network, user_agent, detail) \
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// As many bytes of a user agent are kept.
const LONGEST_AGENT: usize = 256;

/// Notes an event of a user's account. The actor is kept when it is somebody else: the caller of the
/// request. `detail` is kept as JSON; it never holds a secret.
pub fn event(cx: &Cx, kind: Kind, user_id: &str, detail: &impl Serialize) -> Statement {
    event_when(cx, ADD_EVENT, kind, Some(user_id), detail, [])
}

/// The SQL of an event that is noted only when something came true in the same transaction:
/// `event_sql!("s.user_id", "FROM sessions s WHERE s.id = ?9 AND …")`. The first argument says whose account
/// it is; `?4` is the `user_id` given to `event_when`, `?2` is now, and `?9` and on are the condition's own.
#[macro_export]
macro_rules! event_sql {
    ($user:literal, $condition:expr) => {
        concat!(
            "INSERT INTO security_events (id, at, kind, user_id, actor_id, network, user_agent, detail) SELECT ?1, ?2, ?3, ",
            $user,
            ", ?5, ?6, ?7, ?8 ",
            $condition
        )
    };
}

/// As `event`, by a statement of `event_sql!` with the parameters of its condition.
pub fn event_when<const N: usize>(
    cx: &Cx,
    sql: &'static str,
    kind: Kind,
    user_id: Option<&str>,
    detail: &impl Serialize,
    condition: [Param; N],
) -> Statement {
    let caller = cx.caller();
    let actor = caller.as_deref().map(crate::auth::Caller::actor_id).filter(|id| Some(*id) != user_id);
    let (id, detail) = (cx.new_id("evt"), serde_json::to_string(detail).unwrap_or_default());
    let mut statement = sql!(sql, id, cx.now_ms(), kind.as_str(), user_id, actor, cx.network(), user_agent(cx), detail);
    statement.params.extend(condition);
    statement
}

/// An event that nobody's request has caused, but an earlier event of the same account, from whose network and
/// user agent it is told.
#[derive(Clone, Copy, Debug)]
pub struct Later<'a> {
    /// `evt_…`.
    pub id: &'a str,
    /// Milliseconds.
    pub now: u64,
    /// What happened.
    pub kind: Kind,
    /// Whose account.
    pub user_id: &'a str,
    /// From where.
    pub network: &'a str,
    /// With what.
    pub user_agent: &'a str,
    /// Particulars, as JSON.
    pub detail: &'a str,
}

/// Notes such an event.
pub fn later(event: &Later<'_>) -> Statement {
    let Later { id, now, kind, user_id, network, user_agent, detail } = *event;
    sql!(ADD_EVENT, id, now, kind.as_str(), user_id, None::<&str>, network, user_agent, detail)
}

/// What is told of an event: an object of texts. `serde_json::Value` would bring a map and every kind of
/// number into each Worker.
#[derive(Debug)]
pub struct Detail<'a>(pub &'a [(&'a str, &'a str)]);

impl Serialize for Detail<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

/// The beginning of what the client calls itself.
pub fn user_agent(cx: &Cx) -> &str {
    let agent = cx.head.header(HeaderName::UserAgent).unwrap_or_default();
    let end = agent.floor_char_boundary(LONGEST_AGENT);
    agent.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{ALL, Detail};
    use crate::platform::testing::check_sql;

    #[test]
    fn every_statement_prepares() {
        check_sql(ALL);
    }

    #[test]
    fn the_detail_is_an_object_of_texts() {
        let check = |members: &[_], wanted: &str| assert_eq!(serde_json::to_string(&Detail(members)).unwrap(), wanted);
        check(&[], "{}");
        check(&[("method", "pass\"word"), ("id", "ses_1")], r#"{"method":"pass\"word","id":"ses_1"}"#);
    }
}
