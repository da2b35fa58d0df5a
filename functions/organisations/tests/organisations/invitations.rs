//! Invitations: to whom, by whom, once.

use serde_json::{Value, json};
use shared::accounts::links::{LinkKey, Purpose};

use crate::service::{Service, each};

/// The token that stands in the letter.
fn token(invitation: &Value) -> String {
    let key = LinkKey::read("bGlua3MgYXJlIGRlcml2ZWQgdW5kZXIgdGhpcyBrZXk").unwrap();
    key.token(Purpose::Invite, invitation["id"].as_str().unwrap())
}

fn accept(service: &Service, user: &str, invitation: &Value) -> (u16, Value) {
    service.call_of(user, "POST", "/v1/invitations/accept", &json!({"token": token(invitation)}))
}

/// An invitation of `usr_other` by this member.
fn invite(service: &Service, id: &str, by: &str, role: &str) -> (u16, Value) {
    let body = json!({"email": "usr_other@example.com", "role": role});
    service.call(by, "POST", &format!("/{id}/invitations"), &body)
}

#[test]
fn an_invited_person_joins_once() {
    let service = Service::new();
    let id = service.organisation();
    let (status, invitation) = invite(&service, &id, "usr_admin", "member");
    assert_eq!((status, &invitation["email"]), (201, &json!("usr_other@example.com")));
    service.bench.settle();
    assert_eq!(service.bench.queued().len(), 1, "a letter");
    let letter = "SELECT count(*) AS one FROM letters WHERE kind = 'invite' AND about = 'usr_admin@example.com'";
    assert_eq!(service.count(letter), 1);
    let preview = json!({"token": token(&invitation)});
    let (status, shown) = service.call_of("usr_other", "POST", "/v1/invitations/preview", &preview);
    assert_eq!((status, &shown["organisation_name"]), (200, &json!("Acme")));
    let (status, joined) = accept(&service, "usr_other", &invitation);
    assert_eq!((status, &joined["id"], &joined["role"]), (200, &json!(id), &json!("member")));
    let (status, again) = accept(&service, "usr_other", &invitation);
    assert_eq!((status, &again["code"]), (403, &json!("invitation_refused")));
    assert_eq!(service.count("SELECT count(*) AS one FROM security_events WHERE kind = 'organisation_joined'"), 1);
    let (_, open) = service.call("usr_admin", "GET", &format!("/{id}/invitations"), &Value::Null);
    assert!(each(&open, "id").is_empty());
}

#[test]
fn an_invitation_is_bound_to_the_proven_address() {
    let service = Service::new();
    let id = service.organisation();
    let (_, invitation) = invite(&service, &id, "usr_owner", "member");
    service.add_user("usr_thief");
    assert_eq!(accept(&service, "usr_thief", &invitation).0, 403);
    service.bench.execute("UPDATE users SET email_verified_at = NULL WHERE id = 'usr_other'");
    assert_eq!(accept(&service, "usr_other", &invitation).0, 403);
    service.bench.execute("UPDATE users SET email_verified_at = 1 WHERE id = 'usr_other'");
    assert_eq!(accept(&service, "usr_other", &invitation).0, 200);
}

#[test]
fn an_invitation_ends_by_time_by_revocation_and_by_a_newer_one() {
    let service = Service::new();
    let id = service.organisation();
    let (_, first) = invite(&service, &id, "usr_owner", "member");
    let (_, second) = invite(&service, &id, "usr_owner", "admin");
    assert_eq!(accept(&service, "usr_other", &first).0, 403, "replaced");
    let path = format!("/{id}/invitations/{}", second["id"].as_str().unwrap());
    assert_eq!(service.call("usr_member", "DELETE", &path, &Value::Null).0, 404, "members see none");
    assert_eq!(service.call("usr_other", "DELETE", &path, &Value::Null).0, 404);
    assert_eq!(service.call("usr_admin", "GET", &path, &Value::Null).0, 200);
    assert_eq!(service.call("usr_admin", "DELETE", &path, &Value::Null).0, 204);
    assert_eq!(service.call("usr_admin", "DELETE", &path, &Value::Null).0, 404);
    assert_eq!(accept(&service, "usr_other", &second).0, 403, "revoked");
    let (_, third) = invite(&service, &id, "usr_owner", "member");
    service.bench.pass(7 * 86_400_000);
    assert_eq!(accept(&service, "usr_other", &third).0, 403, "expired");
}

#[test]
fn who_may_not_invite_any_more_has_invited_nobody() {
    let service = Service::new();
    let id = service.organisation();
    let (_, invitation) = invite(&service, &id, "usr_admin", "admin");
    let demote =
        |role: &str| service.call("usr_owner", "PATCH", &format!("/{id}/members/usr_admin"), &json!({"role": role})).0;
    assert_eq!(demote("member"), 200);
    assert_eq!(accept(&service, "usr_other", &invitation).0, 403);
    assert_eq!(demote("admin"), 200);
    assert_eq!(accept(&service, "usr_other", &invitation).0, 200);
}

#[test]
fn only_those_who_may_invite_do_and_only_to_what_they_may_themselves() {
    let service = Service::new();
    let id = service.organisation();
    let check = |by: &str, role: &str, expected: u16| {
        let (status, reply) = invite(&service, &id, by, role);
        assert_eq!(status, expected, "{by} {role}: {reply}");
    };
    check("usr_member", "member", 403);
    check("usr_other", "member", 404);
    check("usr_admin", "owner", 403);
    check("usr_admin", "unheard-of", 422);
    check("usr_owner", "owner", 201);
    service.bench.execute("UPDATE users SET email_verified_at = NULL WHERE id = 'usr_owner'");
    let (status, reply) = invite(&service, &id, "usr_owner", "member");
    assert_eq!((status, &reply["code"]), (403, &json!("email_unverified")));
    assert_eq!(service.count("SELECT count(*) AS one FROM security_events WHERE kind = 'invited'"), 1);
}

#[test]
fn inviting_again_and_again_sends_two_letters_an_hour() {
    let service = Service::new();
    let id = service.organisation();
    for _ in 0..5 {
        assert_eq!(invite(&service, &id, "usr_owner", "member").0, 201);
    }
    assert_eq!(service.count("SELECT count(*) AS one FROM letters"), 2);
    assert_eq!(service.count("SELECT count(*) AS one FROM invitations WHERE revoked_at IS NULL"), 1);
}

#[test]
fn a_member_who_accepts_keeps_their_role() {
    let service = Service::new();
    let id = service.organisation();
    let (_, invitation) = invite(&service, &id, "usr_owner", "member");
    service.join(&id, "usr_other", "admin");
    assert_eq!(accept(&service, "usr_other", &invitation).1["role"], "admin");
}
