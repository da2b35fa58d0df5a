//! What owners see of their passkeys, what is configured, and what each route costs.

use serde_json::{Value, json};

use crate::authenticator::{Authenticator, ORIGIN, RP_ID};
use crate::ceremonies::{PASSKEYS, begin, challenge, finish, register, service};
use crate::service::Service;

#[test]
fn passkeys_are_listed_read_and_removed_by_their_owner_alone() {
    let service = service();
    let id = register(&service, &Authenticator::es256()).1["id"].as_str().unwrap().to_owned();
    let own = format!("{PASSKEYS}/{id}");
    let (_, listed) = service.call("GET", PASSKEYS, &json!({}));
    assert_eq!((&listed["data"][0]["id"], &listed["next_cursor"]), (&json!(id), &Value::Null));
    assert_eq!(service.call("GET", &own, &json!({})).0, 200);
    service.bench.execute("UPDATE passkeys SET user_id = 'usr_2'");
    for method in ["GET", "DELETE"] {
        assert_eq!(service.send(method, &own, &json!({})).status, 404, "{method} of another's");
    }
    service.bench.execute("UPDATE passkeys SET user_id = 'usr_1'");
    assert_eq!(service.send("DELETE", &own, &json!({})).status, 204);
    assert_eq!(service.send("DELETE", &own, &json!({})).status, 404);
    assert_eq!(service.value("SELECT count(*) AS value FROM security_events WHERE kind = 'passkey_removed'"), "1");
}

#[test]
fn an_account_has_at_most_twenty_passkeys_and_browsers_are_told_of_them() {
    let service = service();
    register(&service, &Authenticator::es256());
    let (_, options) = service.call("POST", "/v1/auth/passkeys/options", &json!({}));
    assert_eq!(options["excludeCredentials"][0]["transports"], json!(["internal"]));
    for n in 2..=20 {
        service.bench.execute(&format!(
            "INSERT INTO passkeys (id, user_id, credential_id, public_key, counter, backed_up, created_at)
             VALUES ('psk_{n}', 'usr_1', 'c{n}', '', 0, 0, 0)"
        ));
    }
    assert_eq!(service.call("POST", "/v1/auth/passkeys/options", &json!({})).1["errors"][0]["code"], "too_many");
}

#[test]
fn where_no_relying_party_is_configured_there_are_no_passkeys() {
    for vars in [vec![], vec![("PASSKEY_RP_ID", RP_ID)], vec![("PASSKEY_ORIGINS", ORIGIN)]] {
        let service = Service::with(&vars);
        assert_eq!(service.call("POST", "/v1/auth/passkeys/options", &json!({})).0, 503);
        assert_eq!(service.post("/v1/auth/passkeys/sign-in/options", &json!({})).status, 503);
    }
}

#[test]
fn what_is_no_ceremony_is_refused_and_panics_nowhere() {
    let service = service();
    register(&service, &Authenticator::es256());
    let id = "Y3JlZGVudGlhbCBvbmU";
    for (client, data) in [("", ""), ("e30", ""), ("bnVsbA", "AAAA"), ("WzFd", "")] {
        let response = json!({ "clientDataJSON": client, "authenticatorData": data, "signature": "" });
        assert_eq!(finish(&service, &json!({ "id": id, "response": response })).0, 401);
        let response = json!({ "clientDataJSON": client, "attestationObject": data });
        let body = json!({ "credential": { "id": id, "response": response } });
        assert_eq!(service.call("POST", PASSKEYS, &body).0, 422);
    }
    assert_eq!(finish(&service, &json!({ "id": "*", "response": {} })).0, 422);
}

#[test]
fn round_trips_are_those_of_the_budget() {
    let service = service();
    let trips = |out: shared::platform::Outgoing| {
        assert!(out.status < 400);
        let timing = out.header("Server-Timing").unwrap().to_owned();
        timing.split_once("desc=\"").map_or(String::new(), |(_, trips)| trips.trim_end_matches('"').to_owned())
    };
    let mut authenticator = Authenticator::es256();
    let options = "/v1/auth/passkeys/options";
    assert_eq!(trips(service.send("POST", options, &json!({}))), "d1=2");
    let credential = authenticator.create(&challenge(&service));
    assert_eq!(trips(service.send("POST", PASSKEYS, &json!({ "credential": credential }))), "d1=3");
    assert_eq!(trips(service.post("/v1/auth/passkeys/sign-in/options", &json!({}))), "d1=1 object=1");
    authenticator.counter = 2;
    let used = json!({ "credential": authenticator.get(&begin(&service), "usr_1") });
    assert_eq!(trips(service.post("/v1/auth/passkeys/sign-in", &used)), "d1=2 object=1");
    assert_eq!(trips(service.send("GET", PASSKEYS, &json!({}))), "d1=2");
}
