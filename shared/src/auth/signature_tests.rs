//! Reading signatures, and the example of RFC 9421, appendix B.2.6.

use super::{Signature, Target};

const PARAMS: &str = "created=1618884473;keyid=\"key_1\";nonce=\"12345678\"";
const BYTES: &str = "sig1=:AAAA:";

fn target() -> Target<'static> {
    Target {
        method: "POST",
        url: "https://example.com/foo?param=Value&Pet=dog",
        path: "/foo",
        query: Some("param=Value&Pet=dog"),
    }
}

fn read(components: &str, params: &str) -> Result<Signature, &'static str> {
    Signature::read(&format!("sig1=({components});{params}"), BYTES)
}

fn field(name: &str) -> Option<String> {
    let value = match name {
        "date" => "Tue, 20 Apr 2021 02:07:55 GMT",
        "content-type" => "application/json",
        "content-length" => "18",
        _ => return None,
    };
    Some(value.to_owned())
}

#[test]
fn the_text_of_appendix_b_2_6_is_signed_by_its_key() {
    use base64ct::{Base64, Base64UrlUnpadded, Encoding};
    let components = r#""date" "@method" "@path" "@authority" "content-type" "content-length""#;
    let mut signature = read(components, PARAMS).unwrap();
    // The example has no nonce, which we demand.
    signature.list.params.retain(|(name, _)| name != "nonce");
    signature.list.params[1].1 = super::Value::Text("test-key-ed25519".to_owned());
    let base = signature.base(&target(), field).unwrap();
    let expected = "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@method\": POST\n\"@path\": /foo\n\
\"@authority\": example.com\n\"content-type\": application/json\n\"content-length\": 18\n\
\"@signature-params\": (\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")\
;created=1618884473;keyid=\"test-key-ed25519\"";
    assert_eq!(base, expected);
    let made = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==";
    let public = Base64UrlUnpadded::decode_vec("JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs").unwrap();
    let key = ed25519_dalek::VerifyingKey::from_bytes(&public.try_into().unwrap()).unwrap();
    let signed = ed25519_dalek::Signature::from_slice(&Base64::decode_vec(made).unwrap()).unwrap();
    key.verify_strict(base.as_bytes(), &signed).unwrap();
}

#[test]
fn components_are_those_of_the_request_as_it_was_sent() {
    let all = r#""@method" "@target-uri" "@authority" "@scheme" "@path" "@query""#;
    let base = read(all, PARAMS).unwrap().base(&target(), field).unwrap();
    let lines: Vec<&str> = base.lines().take(6).collect();
    assert_eq!(
        lines,
        [
            "\"@method\": POST",
            "\"@target-uri\": https://example.com/foo?param=Value&Pet=dog",
            "\"@authority\": example.com",
            "\"@scheme\": https",
            "\"@path\": /foo",
            "\"@query\": ?param=Value&Pet=dog"
        ]
    );
    let bare = Target { url: "https://example.com", path: "", query: None, ..target() };
    let base = read(r#""@path" "@query""#, PARAMS).unwrap().base(&bare, field).unwrap();
    assert!(base.starts_with("\"@path\": /\n\"@query\": ?\n"));
}

#[test]
fn a_component_that_is_unknown_or_not_there_is_refused() {
    for name in ["@status", "@request-target", "@query-param", "@signature-params", "x-missing", "Date", "", "date:"] {
        assert!(read(&format!("\"{name}\""), PARAMS).unwrap().base(&target(), field).is_err(), "{name}");
    }
}

#[test]
fn what_is_asked_for_must_be_covered() {
    let complete = |components: &str| read(components, PARAMS).unwrap().complete(&target()).is_ok();
    assert!(complete(r#""@method" "@target-uri""#));
    assert!(complete(r#""@method" "@authority" "@path" "@query""#));
    for less in [
        "",
        r#""@target-uri""#,
        r#""@method""#,
        r#""@method" "@path" "@query""#,
        r#""@method" "@authority" "@query""#,
        r#""@method" "@authority" "@path""#,
    ] {
        assert!(!complete(less), "{less}");
    }
    let bare = Target { query: None, ..target() };
    assert!(read(r#""@method" "@authority" "@path""#, PARAMS).unwrap().complete(&bare).is_ok());
}

#[test]
fn parameters_must_be_there_once_and_known() {
    let ok = |params: &str| read("\"@method\"", params).is_ok();
    assert!(ok(PARAMS) && ok(&format!("{PARAMS};alg=\"ed25519\";tag=\"app\";expires=1618884999")));
    for bad in [
        "created=1618884473;keyid=\"key_1\"",
        "keyid=\"key_1\";nonce=\"12345678\"",
        "created=1618884473;nonce=\"12345678\"",
        "created=\"1618884473\";keyid=\"key_1\";nonce=\"12345678\"",
        "created=1618884473;keyid=\"key_1\";nonce=\"1234567\"",
        &format!("{PARAMS};alg=\"rsa-pss-sha512\""),
        &format!("{PARAMS};alg=\"hmac-sha256\""),
        &format!("{PARAMS};created=1618884474"),
        &format!("{PARAMS};extra=1"),
    ] {
        assert!(!ok(bad), "{bad}");
    }
}

#[test]
fn labels_and_components_are_there_once() {
    let input = format!("sig1=(\"@method\");{PARAMS}");
    for bad in ["sig2=:AAAA:", "sig1=:AAAA:, sig1=:BBBB:", "sig1=:AAAA:, sig2=:BBBB:", "sig1=AAAA", ""] {
        assert!(Signature::read(&input, bad).is_err(), "{bad}");
    }
    assert!(Signature::read(&format!("{input}, sig1=(\"@path\");{PARAMS}"), BYTES).is_err());
    assert!(read(r#""@method" "@method""#, PARAMS).is_err());
    assert!(Signature::read(&format!("{input}{}", " ".repeat(5000)), BYTES).is_err());
}

#[test]
fn a_signature_is_good_for_its_window() {
    let signature = read("\"@method\"", &format!("{PARAMS};expires=1618884600")).unwrap();
    let made = 1_618_884_473;
    let check = |now: u64| signature.timely(now, 300).is_ok();
    assert!(check(made) && check(made - 300) && check(made + 126));
    assert!(!check(made - 301) && !check(made + 127), "too early, expired");
    let open = read("\"@method\"", PARAMS).unwrap();
    assert!(open.timely(made + 300, 300).is_ok() && open.timely(made + 301, 300).is_err());
    let far = read("\"@method\"", "created=999999999999999;keyid=\"k\";nonce=\"12345678\"").unwrap();
    assert!(far.timely(made, u64::MAX).is_ok() && far.timely(made, 300).is_err());
}
