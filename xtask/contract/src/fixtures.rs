//! What the black-box tests need to know of rows and no table says: whose object a path names, and what a plain member of the
//! organisation in it is answered.

use shared::route::Row;

use crate::tables::label;

/// For each row whose path names an object of somebody (`{id}`): the fixture of the black-box tests that
/// makes another person's real object, so that the tests can try to take it. `("GET /v1/orders/{id}", "order")`.
pub(crate) const FIXTURES: &[(&str, &str)] = &[
    ("GET /v1/admin/ai/providers/{id}", "provider"),
    ("PUT /v1/admin/ai/providers/{id}", "provider"),
    ("DELETE /v1/admin/ai/providers/{id}", "provider"),
    ("GET /v1/admin/ai/providers/{id}/keys", "provider"),
    ("POST /v1/admin/ai/providers/{id}/keys", "provider"),
    ("PATCH /v1/admin/ai/providers/{id}/keys/{key_id}", "provider"),
    ("DELETE /v1/admin/ai/providers/{id}/keys/{key_id}", "provider"),
    ("GET /v1/auth/passkeys/{id}", "passkey"),
    ("DELETE /v1/auth/passkeys/{id}", "passkey"),
    ("DELETE /v1/auth/sessions/{id}", "session"),
    ("GET /v1/keys/{id}", "key"),
    ("PATCH /v1/keys/{id}", "key"),
    ("DELETE /v1/keys/{id}", "key"),
    ("GET /v1/admin/users/{id}", "user"),
    ("POST /v1/admin/users/{id}/suspend", "user"),
    ("POST /v1/admin/users/{id}/restore", "user"),
    ("PUT /v1/admin/users/{id}/roles", "user"),
    ("GET /v1/admin/users/{id}/events", "user"),
    ("DELETE /v1/auth/identities/{id}", "identity"),
    ("DELETE /v1/oauth/consents/{id}", "consent"),
    ("GET /v1/oauth/clients/{id}", "app"),
    ("PUT /v1/oauth/clients/{id}", "app"),
    ("DELETE /v1/oauth/clients/{id}", "app"),
    ("POST /v1/oauth/clients/{id}/secret", "app"),
    ("POST /v1/admin/users/{id}/impersonate", "user"),
    ("DELETE /v1/admin/users/{id}/impersonate", "user acted for"),
    ("GET /v1/organisations/{id}", "organisation"),
    ("PATCH /v1/organisations/{id}", "organisation"),
    ("DELETE /v1/organisations/{id}", "organisation"),
    ("GET /v1/organisations/{id}/members", "organisation"),
    ("GET /v1/organisations/{id}/members/{user_id}", "organisation"),
    ("PATCH /v1/organisations/{id}/members/{user_id}", "organisation"),
    ("DELETE /v1/organisations/{id}/members/{user_id}", "organisation"),
    ("GET /v1/organisations/{id}/roles", "organisation"),
    ("GET /v1/organisations/{id}/roles/{role}", "organisation"),
    ("PUT /v1/organisations/{id}/roles/{role}", "organisation"),
    ("DELETE /v1/organisations/{id}/roles/{role}", "organisation"),
    ("POST /v1/organisations/{id}/invitations", "organisation"),
    ("GET /v1/organisations/{id}/invitations", "organisation"),
    ("GET /v1/organisations/{id}/invitations/{invitation_id}", "organisation"),
    ("DELETE /v1/organisations/{id}/invitations/{invitation_id}", "organisation"),
    ("GET /v1/organisations/{id}/limits", "organisation"),
    ("GET /v1/organisations/{id}/limits/{scope}", "organisation"),
    ("PUT /v1/organisations/{id}/limits/{scope}", "organisation"),
    ("DELETE /v1/organisations/{id}/limits/{scope}", "organisation"),
    ("PUT /v1/organisations/{id}/avatar", "organisation"),
    ("DELETE /v1/organisations/{id}/avatar", "organisation"),
    ("GET /v1/prompts/{id}", "prompt"),
    ("PATCH /v1/prompts/{id}", "prompt"),
    ("DELETE /v1/prompts/{id}", "prompt"),
    ("POST /v1/prompts/{id}/versions", "prompt"),
    ("GET /v1/prompts/{id}/versions", "prompt"),
    ("GET /v1/prompts/{id}/versions/{version}", "prompt"),
    ("PUT /v1/prompts/{id}/labels/{label}", "prompt"),
    ("DELETE /v1/prompts/{id}/labels/{label}", "prompt"),
    ("POST /v1/prompts/{id}/render", "prompt"),
    ("POST /v1/prompts/{id}/run", "prompt"),
    ("GET /v1/conversations/{id}", "conversation"),
    ("PATCH /v1/conversations/{id}", "conversation"),
    ("DELETE /v1/conversations/{id}", "conversation"),
    ("GET /v1/conversations/{id}/export", "conversation"),
    ("GET /v1/conversations/{id}/messages", "conversation"),
    ("POST /v1/conversations/{id}/messages", "conversation"),
    ("POST /v1/conversations/{id}/messages/{message_id}/regenerate", "conversation"),
    ("PUT /v1/conversations/{id}/messages/{message_id}/feedback", "conversation"),
    ("DELETE /v1/conversations/{id}/messages/{message_id}/feedback", "conversation"),
    ("GET /v1/files/{id}", "file"),
    ("DELETE /v1/files/{id}", "file"),
    ("GET /v1/files/{id}/content", "file"),
    ("GET /v1/uploads/{id}", "upload"),
    ("POST /v1/uploads/{id}/cancel", "upload"),
    ("POST /v1/uploads/{id}/parts", "upload"),
    ("POST /v1/uploads/{id}/complete", "upload"),
    ("POST /v1/uploads/{id}/direct", "upload"),
    ("POST /v1/uploads/{id}/direct/complete", "upload"),
    ("PUT /v1/files/{id}/content", "upload"),
    ("GET /v1/tus/{id}", "upload"),
    ("PATCH /v1/tus/{id}", "upload"),
    ("DELETE /v1/tus/{id}", "upload"),
    ("GET /v1/files/{id}/picture", "file"),
    ("POST /v1/files/{id}/variants", "file"),
    ("GET /v1/files/{id}/variants/{spec}", "file"),
    ("POST /v1/files/{id}/strip", "file"),
    ("PATCH /v1/files/{id}", "file"),
    ("POST /v1/files/{id}/restore", "file"),
    ("GET /v1/files/{id}/shares", "file"),
    ("PUT /v1/files/{id}/shares/{with}", "file"),
    ("DELETE /v1/files/{id}/shares/{with}", "file"),
    ("POST /v1/files/{id}/links", "file"),
    ("GET /v1/files/{id}/links", "file"),
    ("DELETE /v1/files/{id}/links/{link_id}", "file"),
    ("GET /v1/batches/{id}", "batch"),
    ("POST /v1/batches/{id}/cancel", "batch"),
    ("GET /v1/analyses/{id}", "analysis"),
    ("DELETE /v1/analyses/{id}", "analysis"),
    ("GET /v1/analyses/{id}/events", "analysis"),
    ("POST /v1/analyses/{id}/cancel", "analysis"),
    ("POST /v1/analyses/{id}/replay", "analysis"),
    ("POST /v1/analyses/{id}/rerun", "analysis"),
    ("GET /v1/admin/ai/calls/{id}", "call"),
    ("GET /v1/calls/{id}", "call"),
    ("GET /v1/calls/{id}/capture", "call"),
    ("GET /v1/evals/{id}", "evaluation"),
    ("POST /v1/evals/{id}", "evaluation"),
    ("DELETE /v1/evals/{id}", "evaluation"),
    ("POST /v1/evals/{id}/runs", "evaluation"),
    ("GET /v1/evals/{id}/runs", "evaluation"),
    ("GET /v1/evals/{id}/runs/{run_id}", "evaluation"),
    ("DELETE /v1/evals/{id}/runs/{run_id}", "evaluation"),
    ("POST /v1/evals/{id}/runs/{run_id}/cancel", "evaluation"),
    ("GET /v1/evals/{id}/runs/{run_id}/compare", "evaluation"),
    ("GET /v1/evals/{id}/runs/{run_id}/output_items", "evaluation"),
    ("GET /v1/evals/{id}/runs/{run_id}/output_items/{item_id}", "evaluation"),
    ("GET /v1/fine_tuning/jobs/{id}", "tuning job"),
    ("POST /v1/fine_tuning/jobs/{id}/cancel", "tuning job"),
    ("GET /v1/fine_tuning/jobs/{id}/events", "tuning job"),
    ("GET /v1/fine_tuning/jobs/{id}/checkpoints", "tuning job"),
    ("PUT /v1/calls/{id}/feedback", "call"),
    ("DELETE /v1/calls/{id}/feedback", "call"),
];

/// What a plain member of the organisation that a row's path names is answered: the role `member` as it is at first.
/// The paths of such rows begin with `/v1/organisations/{id}`.
const OF_MEMBERS: &[(&str, &str)] = &[
    ("GET /v1/organisations/{id}", "ok"),
    ("PATCH /v1/organisations/{id}", "403"),
    ("DELETE /v1/organisations/{id}", "403"),
    ("GET /v1/organisations/{id}/members", "ok"),
    ("GET /v1/organisations/{id}/members/{user_id}", "ok"),
    ("PATCH /v1/organisations/{id}/members/{user_id}", "403"),
    ("DELETE /v1/organisations/{id}/members/{user_id}", "403"),
    ("GET /v1/organisations/{id}/roles", "ok"),
    ("GET /v1/organisations/{id}/roles/{role}", "ok"),
    ("PUT /v1/organisations/{id}/roles/{role}", "403"),
    ("DELETE /v1/organisations/{id}/roles/{role}", "403"),
    ("POST /v1/organisations/{id}/invitations", "403"),
    ("GET /v1/organisations/{id}/invitations", "ok"),
    ("GET /v1/organisations/{id}/invitations/{invitation_id}", "404"),
    ("DELETE /v1/organisations/{id}/invitations/{invitation_id}", "404"),
    ("GET /v1/organisations/{id}/limits", "ok"),
    ("GET /v1/organisations/{id}/limits/{scope}", "ok"),
    ("PUT /v1/organisations/{id}/limits/{scope}", "403"),
    ("DELETE /v1/organisations/{id}/limits/{scope}", "403"),
    ("PUT /v1/organisations/{id}/avatar", "403"),
    ("DELETE /v1/organisations/{id}/avatar", "403"),
];

/// What a plain member is answered by a row; `None` where nobody shares its object.
pub(crate) fn of_member(row: &Row) -> Option<&'static str> {
    let line = label(row);
    OF_MEMBERS.iter().find(|(of, _)| *of == line).map(|(_, outcome)| *outcome)
}

/// A row that names somebody's object and no fixture.
pub(crate) fn fixture_fault(row: &Row, fixtures: &[(&str, &str)]) -> Option<String> {
    let line = label(row);
    let named = fixtures.iter().any(|(of, _)| *of == line);
    let wanted = row.path.contains("{id}") && !named;
    wanted.then(|| format!("{line} names somebody's object and has no fixture in xtask/contract/src/fixtures.rs"))
}

#[cfg(test)]
mod tests {
    use super::fixture_fault;
    use crate::tables::tests::SHOP;

    #[test]
    fn a_row_that_names_an_object_needs_a_fixture() {
        let row = &SHOP.table.rows[1];
        assert!(fixture_fault(row, &[]).is_some_and(|fault| fault.contains("GET /v1/orders/{id}")));
        assert_eq!(fixture_fault(row, &[("GET /v1/orders/{id}", "order")]), None);
    }
}
