//! `GET /v1/users/me/export`: what is in it, and that no table with things of people is forgotten.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::platform::testing::migrated;
use users::profile::exported;

use crate::profile::furnish;
use crate::service::Service;

/// Tables that know whose a row is and stand in no export: what nobody could read or would want back.
const LEFT_OUT: &[&str] = &[
    // Proofs under way, and what is kept of secrets as hashes alone.
    "links",
    "oauth_states",
    "passkey_challenges",
    "pending_sign_ins",
    "recovery_codes",
    "totp_factors",
    // Tokens of the apps that are in it.
    "oauth_grants",
    // The person's picture is at the profile's `avatar_ref`.
    "avatars",
    // Their letters are in their mailbox, what their programs were told is in the analyses.
    "letters",
    "webhook_deliveries",
    // Numbers of a day, for warnings.
    "sign_in_failures",
    // An organisation's: whom it invited, and which version of a prompt is in use.
    "invitations",
    "prompt_labels",
];

#[test]
fn a_table_with_things_of_people_is_in_the_export_or_left_out_on_purpose() {
    let connection = migrated();
    let sql = "SELECT DISTINCT m.name FROM sqlite_master m, pragma_foreign_key_list(m.name) f \
WHERE m.type = 'table' AND f.\"table\" = 'users' UNION \
SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'user_id'";
    let mut tables = connection.prepare(sql).unwrap();
    let found: BTreeSet<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let asked: Vec<&str> = exported("usr_1").iter().map(|statement| statement.sql).collect();
    let is_asked = |table: &str| {
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let named = |sql: &str, word: &str| sql.split(&format!("{word} {table}")).skip(1).any(ends);
        asked.iter().any(|sql| named(sql, "FROM") || named(sql, "JOIN"))
    };
    for table in &found {
        let left_out = LEFT_OUT.contains(&table.as_str());
        assert!(is_asked(table) != left_out, "{table}: put it into the export (`exported`), or say here why not");
    }
    for table in LEFT_OUT {
        assert!(found.contains(*table), "{table} is no table of people");
    }
}

#[test]
fn an_export_has_all_of_ones_own_and_nothing_of_anybody_else() {
    let service = Service::new();
    service.add_user("usr_2");
    furnish(&service, "usr_1");
    furnish(&service, "usr_2");
    let (status, export) = service.call("usr_1", "GET", "/v1/users/me/export", &Value::Null);
    assert_eq!((status, &export["complete"]), (200, &json!(true)));
    assert_eq!(export["profile"]["email"], "usr_1@example.com");
    assert_eq!((&export["keys"][0]["name"], &export["calls"][0]["cost_nano_usd"]), (&json!("laptop"), &json!(3)));
    assert_eq!((&export["events"][0]["kind"], export["sessions"].as_array().unwrap().len()), (&json!("signed_in"), 2));
    assert_eq!((&export["passkeys"][0]["name"], &export["profile"]["second_factors"]), (&json!("phone"), &json!([])));
    assert_eq!((&export["identities"][0]["subject"], &export["profile"]["phone"]), (&json!("s_usr_1"), &json!("+861")));
    assert_eq!((&export["apps"][0]["name"], export["apps"].as_array().unwrap().len()), (&json!("Board"), 1));
    assert_eq!(
        (&export["messages"][0]["content"], &export["conversations"][0]["title"]),
        (&json!("said by usr_1"), &json!("Talk"))
    );
    assert_eq!(export["prompts"][0]["versions"][0]["messages"][0]["content"], "hi");
    assert_eq!(export["feedback"][0]["about"], "msg_usr_1");
    assert_eq!(
        (&export["files"][0]["filename"], export["files"].as_array().unwrap().len()),
        (&json!("mine of usr_1"), 1)
    );
    let text = export.to_string();
    assert!(!text.contains("usr_2") && !text.contains("h_usr_1") && !text.contains("sealed"), "{text}");
}

#[test]
fn an_export_has_what_models_did_for_the_person_and_whom_they_share_with() {
    let service = Service::new();
    service.add_user("usr_2");
    furnish(&service, "usr_1");
    furnish(&service, "usr_2");
    service.bench.execute("INSERT INTO file_shares VALUES ('file_usr_2', 'usr_1', 0, NULL)");
    let (_, export) = service.call("usr_1", "GET", "/v1/users/me/export", &Value::Null);
    let check = |list: &str, expected: Value| {
        let items = export[list].as_array().unwrap();
        let of = |name: &String| items.iter().map(|item| item[name].clone()).collect::<Vec<_>>();
        for (name, values) in expected.as_object().unwrap() {
            assert_eq!(&json!(of(name)), values, "{list}: {name}");
        }
    };
    let ended = "1970-01-01T00:00:02.000Z";
    check("analyses", json!({"result": [{"text": "seen by usr_1"}], "error": [null], "ended_at": [ended]}));
    check("batches", json!({"input_file_id": ["file_usr_1"], "metadata": [null], "ended_at": [null]}));
    check("evaluations", json!({"name": ["of usr_1"], "criteria": [[{"type": "string_check"}]]}));
    check("evaluation_runs", json!({"evaluation_id": ["eval_usr_1"], "items": [3]}));
    check("tuning_jobs", json!({"training_file": ["file_usr_1"], "trained_tokens": [null]}));
    check("uploads", json!({"filename": ["of usr_1"], "bytes": [7]}));
    check("shares", json!({"file_id": ["file_usr_2", "file_usr_1"], "with": ["usr_1", "friend@example.com"]}));
    check("links", json!({"id": ["lnk_usr_1"], "revoked_at": [null]}));
    check("webhooks", json!({"url": ["https://usr_1.example"]}));
    check("settings", json!({"conversation_retention_days": [30]}));
    assert_eq!(export["complete"], true);
}

#[test]
fn an_export_says_when_it_has_not_all_that_analyses_came_to() {
    let service = Service::new();
    furnish(&service, "usr_1");
    for n in 0..5 {
        service.bench.execute(&format!(
            "INSERT INTO analyses (id, user_id, scopes, file_id, task, settings, model, status, next_at, result, created_at) \
VALUES ('anl_z{n}', 'usr_1', '[]', 'file_usr_1', 'describe', '{{}}', 'm', 'succeeded', 0, json_quote(hex(zeroblob(500000))), 0)"
        ));
    }
    let (_, export) = service.call("usr_1", "GET", "/v1/users/me/export", &Value::Null);
    let ids: Vec<&str> = export["analyses"].as_array().unwrap().iter().map(|a| a["id"].as_str().unwrap()).collect();
    assert_eq!((&export["complete"], ids), (&json!(false), vec!["anl_z4", "anl_z3", "anl_z2", "anl_z1"]));
}
