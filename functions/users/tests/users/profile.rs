//! `/v1/users/me`.

use serde_json::{Value, json};

use crate::service::Service;

fn changed(service: &Service, body: &Value) -> Value {
    let (status, reply) = service.call("usr_1", "PATCH", "/v1/users/me", body);
    assert_eq!(status, 200, "{reply}");
    reply
}

#[test]
fn what_is_named_is_changed_and_null_takes_the_picture_away() {
    let service = Service::new();
    let with = changed(&service, &json!({"avatar_ref": "https://example.com/a.png", "locale": "zh-CN"}));
    assert_eq!((&with["name"], &with["locale"]), (&json!("One"), &json!("zh-CN")));
    assert_eq!(changed(&service, &json!({"name": " Ada "}))["avatar_ref"], "https://example.com/a.png");
    let without = changed(&service, &json!({"avatar_ref": null}));
    assert_eq!((&without["name"], &without["avatar_ref"]), (&json!("Ada"), &Value::Null));
    assert_eq!(service.call("usr_1", "GET", "/v1/users/me", &Value::Null), (200, without));
}

#[test]
fn nobody_changes_what_is_not_theirs_to_change() {
    let service = Service::new();
    for body in [
        json!({"roles": ["admin"]}),
        json!({"email": "x@example.com"}),
        json!({"status": "active"}),
        json!({"id": "usr_2"}),
        json!({"avatar_ref": "javascript:alert(1)"}),
        json!({"locale": "zh_CN"}),
    ] {
        assert_eq!(service.call("usr_1", "PATCH", "/v1/users/me", &body).0, 422, "{body}");
    }
}

#[test]
fn a_change_is_of_the_caller_alone() {
    let service = Service::new();
    service.add_user("usr_2");
    changed(&service, &json!({"name": "Ada"}));
    assert_eq!(service.call("usr_2", "GET", "/v1/users/me", &Value::Null).1["name"], "One");
}

/// Rows of work that models did for `id`, and of files that are open to others.
fn work_of(id: &str) -> String {
    let about = format!("'{id}', 'of {id}'");
    format!(
        "INSERT INTO analyses (id, user_id, scopes, file_id, task, settings, model, status, next_at, result, created_at, ended_at)
           VALUES ('anl_{id}', '{id}', '[]', 'file_{id}', 'describe', '{{}}', 'm', 'succeeded', 0, '{{\"text\":\"seen by {id}\"}}', 1500, 2000);
         INSERT INTO batches (id, user_id, scopes, endpoint, input_file_id, object, bytes, metadata, status, created_at, expires_at, touched_at)
           VALUES ('btc_{id}', '{id}', '[]', '/v1/embeddings', 'file_{id}', 'o', 1, NULL, 'in_progress', 0, 1, 0);
         INSERT INTO evaluations (id, user_id, name, metadata, item_schema, criteria, created_at, updated_at)
           VALUES ('eval_{id}', {about}, '{{}}', '{{}}', '[{{\"type\":\"string_check\"}}]', 0, 0);
         INSERT INTO evaluation_runs (id, evaluation_id, scopes, name, metadata, source, model, status, items, created_at)
           VALUES ('evalrun_{id}', 'eval_{id}', '[]', 'run', '{{}}', '{{}}', 'm', 'queued', 3, 0);
         INSERT INTO tuning_jobs (id, user_id, provider, model, request, training_file, status, next_at, created_at)
           VALUES ('ftjob_{id}', '{id}', 'p', 'm', '{{}}', 'file_{id}', 'running', 0, 0);
         INSERT INTO uploads (id, user_id, filename, purpose, length, created_at, expires_at)
           VALUES ('file_up_{id}', {about}, 'user_data', 7, 0, 1);
         INSERT INTO file_addresses (file_id, email, created_at) VALUES ('file_{id}', 'friend@example.com', 0);
         INSERT INTO file_links (id, file_id, scope, created_by, created_at, expires_at)
           VALUES ('lnk_{id}', 'file_{id}', 'content', '{id}', 0, 1);
         INSERT INTO webhook_settings (user_id, url, secret, created_at) VALUES ('{id}', 'https://{id}.example', 'sealed', 0);"
    )
}

/// Gives `id` something in every table that has things of people.
pub(crate) fn furnish(service: &Service, id: &str) {
    service.bench.execute(&format!(
        "INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES ('ses_{id}', '{id}', 0, 9000000000000);
         INSERT INTO refresh_tokens (hash, session_id, created_at, expires_at) VALUES ('h_{id}', 'ses_{id}', 0, 1);
         INSERT INTO api_keys (id, user_id, name, hash, ending, scopes, created_at)
           VALUES ('key_{id}', '{id}', 'laptop', 'h', 'e', '[]', 0);
         INSERT INTO security_events (id, at, kind, user_id, network, user_agent) VALUES ('evt_{id}', 0, 'signed_in', '{id}', 'n', 'a');
         INSERT INTO idempotency_keys (scope, key, fingerprint, claimed_at, expires_at) VALUES ('{id} POST /v1/keys', 'k', 'f', 0, 1);
         INSERT INTO one_time_tokens (token_hash, purpose, email, created_at, expires_at)
           VALUES ('t_{id}', 'admin', '{id}@example.com', 0, 1);
         INSERT INTO passkeys (id, user_id, credential_id, public_key, counter, backed_up, name, created_at)
           VALUES ('pk_{id}', '{id}', 'c_{id}', 'k', 0, 0, 'phone', 0);
         UPDATE users SET email_verified_at = 1 WHERE id = '{id}';
         INSERT INTO identities (id, user_id, provider, realm, subject, label, created_at, last_used_at)
           VALUES ('idn_{id}', '{id}', 'google', 'i', 's_{id}', 'Ada', 0, 0);
         INSERT INTO phones (user_id, number, source, verified_at) VALUES ('{id}', '+86' || substr('{id}', 5), 'wechat', 0);
         INSERT OR IGNORE INTO oauth_clients (id, name, auth_method, application_type, redirect_uris, grant_types, scopes, verified, created_at)
           VALUES ('app_1', 'Board', 'none', 'web', '[]', '[]', 'openid', 1, 0);
         INSERT INTO oauth_consents (id, user_id, client_id, scopes, created_at, updated_at)
           VALUES ('con_{id}', '{id}', 'app_1', 'openid', 0, 0);
         INSERT INTO ledger (call_id, org_id, user_id, request_id, trace_id, model, provider, stream, status, settlement,
           prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, price_version, cost_nano_usd, started_at, finished_at)
           VALUES ('call_{id}', '{id}', '{id}', 'r', 't', 'm', 'p', 0, 'succeeded', 'reported', 1, 0, 2, 0, '1', 3, 4, 5);
         INSERT INTO conversations (id, user_id, title, model, context_messages, context_bytes, created_at, updated_at)
           VALUES ('cnv_{id}', '{id}', 'Talk', 'm', 1, 1, 0, 0);
         INSERT INTO messages (id, conversation_id, user_id, role, content, bytes, state, created_at)
           VALUES ('msg_{id}', 'cnv_{id}', '{id}', 'user', 'said by {id}', 5, 'complete', 0);
         INSERT INTO prompts (id, user_id, created_by, name, newest, changed_as, created_at, updated_at)
           VALUES ('prm_{id}', '{id}', '{id}', 'Mine', 1, 'x', 0, 0);
         INSERT INTO prompt_versions (prompt_id, version, messages, variables, parameters, created_by, created_at)
           VALUES ('prm_{id}', 1, '[{{\"role\":\"user\",\"content\":\"hi\"}}]', '[]', '{{}}', '{id}', 0);
         INSERT INTO conversation_settings VALUES ('{id}', 30);
         INSERT INTO feedback (id, user_id, message_id, rating, created_at, updated_at)
           VALUES ('fbk_{id}', '{id}', 'msg_{id}', 'up', 0, 0);
         INSERT INTO files (id, user_id, filename, purpose, bytes, sha256, object, created_at)
           VALUES ('file_{id}', '{id}', 'mine of {id}', 'user_data', 1, printf('%064d', 0), 'files/file_{id}', 0);"
    ));
    service.bench.execute(&work_of(id));
}

#[test]
fn deleting_an_account_leaves_nothing_of_the_person_but_money_and_events() {
    let service = Service::new();
    service.add_user("usr_2");
    furnish(&service, "usr_1");
    furnish(&service, "usr_2");
    let out = service.send("usr_1", "DELETE", "/v1/users/me", &Value::Null);
    assert_eq!((out.status, out.body.len()), (204, 0));
    for table in [
        "SELECT count(*) AS value FROM users",
        "SELECT count(*) AS value FROM sessions WHERE id <> 'ses_1'",
        "SELECT count(*) AS value FROM refresh_tokens",
        "SELECT count(*) AS value FROM api_keys",
        "SELECT count(*) AS value FROM passkeys",
        "SELECT count(*) AS value FROM idempotency_keys",
        "SELECT count(*) AS value FROM one_time_tokens",
        "SELECT count(*) AS value FROM conversations",
        "SELECT count(*) AS value FROM messages",
        "SELECT count(*) AS value FROM prompt_versions",
        "SELECT count(*) AS value FROM conversation_settings",
        "SELECT count(*) AS value FROM feedback",
    ] {
        assert_eq!(service.values(table), [json!(1)], "the other's is left: {table}");
    }
    assert_eq!(service.values("SELECT sum(cost_nano_usd) AS value FROM ledger"), [json!(6)], "money is kept");
    let noted = service.values("SELECT kind AS value FROM security_events WHERE user_id = 'usr_1' ORDER BY seq");
    assert_eq!(noted, [json!("signed_in"), json!("deleted")]);
    assert_eq!(service.send_again("usr_1", "GET", "/v1/users/me", &Value::Null).status, 401);
    service.bench.settle();
    let hint = futures_value(&service, "ended:ses_usr_1");
    assert_eq!(hint.as_deref(), Some("1"));
}

fn futures_value(service: &Service, key: &str) -> Option<String> {
    crate::service::at_once(service.bench.platform().kv().get(key)).unwrap()
}

#[test]
fn deleting_an_account_wants_a_fresh_proof() {
    let service = Service::new();
    service.bench.pass(10 * 60_000);
    let (status, problem) = service.call("usr_1", "DELETE", "/v1/users/me", &Value::Null);
    assert_eq!((status, problem["code"].as_str()), (403, Some("step_up_required")));
    assert_eq!(service.values("SELECT count(*) AS value FROM users"), [json!(1)]);
}
