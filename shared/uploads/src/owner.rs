//! Whose a file is, and who reaches it.

use shared::auth::Caller;

/// A person, and the organisation whose key they call with. What was made with an organisation's key is marked with it: such
/// a key reaches what was made for its organisation and nothing else of its owner's. The person reaches all of it.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// `usr_…`.
    pub user_id: &'a str,
    /// `org_…`.
    pub organisation_id: Option<&'a str>,
}

impl<'a> Owner<'a> {
    /// Whoever calls.
    pub fn of(caller: &'a Caller) -> Self {
        let organisation = caller.key.as_ref().and_then(|key| key.organisation_id.as_deref());
        Self { user_id: caller.user_id(), organisation_id: organisation }
    }
}

/// Whoever wants to read: somebody, or nobody that is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reader<'a> {
    /// `usr_…`.
    pub user_id: Option<&'a str>,
    /// `org_…` of the key that is shown: with it nothing is reached but what is that organisation's, or anybody's.
    pub organisation_id: Option<&'a str>,
}

impl<'a> Reader<'a> {
    /// Whoever calls.
    pub fn of(caller: Option<&'a Caller>) -> Self {
        caller.map(Owner::of).map_or_else(Self::default, |owner| Self {
            user_id: Some(owner.user_id),
            organisation_id: owner.organisation_id,
        })
    }
}
