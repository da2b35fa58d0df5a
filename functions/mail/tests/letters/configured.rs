//! What a deployment may set, and what is refused.

use mail::configured::{Configured, Sender, read};
use shared::platform::Security;

use crate::office::Office;

fn check(vars: &[(&str, &str)]) -> Result<Configured, String> {
    read(&Office::with(vars).bench.platform())
}

fn refusal(vars: &[(&str, &str)]) -> String {
    check(vars).err().expect("a refusal")
}

const PRODUCTION: [(&str, &str); 2] = [("ENVIRONMENT", "production"), ("PUBLIC_URL", "https://app.example/")];

fn production(vars: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    PRODUCTION.iter().chain(vars).copied().collect()
}

#[test]
fn links_lead_to_the_configured_origin_and_never_to_plain_http_but_locally() {
    let configured = check(&production(&[("MAIL_SENDER", "cloudflare")])).unwrap();
    assert_eq!(configured.origin, "https://app.example");
    let plain = production(&[("MAIL_SENDER", "cloudflare"), ("PUBLIC_URL", "http://app.example")]);
    assert!(refusal(&plain).contains("PUBLIC_URL"));
    let missing = [("ENVIRONMENT", "production"), ("MAIL_SENDER", "cloudflare")];
    assert!(refusal(&missing).contains("PUBLIC_URL"));
}

#[test]
fn a_sender_is_an_address_with_or_without_a_name() {
    for (text, name, address) in [
        ("post@shop.example", "", "post@shop.example"),
        ("Shop <post@shop.example>", "Shop", "post@shop.example"),
        ("\"The Shop\" <Post@shop.example>", "The Shop", "post@shop.example"),
        ("织边 <post@shop.example>", "织边", "post@shop.example"),
    ] {
        let configured = check(&[("MAIL_FROM", text)]).unwrap();
        assert_eq!((configured.from_name.as_str(), configured.from.as_str()), (name, address));
    }
    for bad in ["Shop", "Shop <post>", "a\nb <post@shop.example>", "Shop <post@shop.example\r\nBcc: x@y.z>"] {
        assert!(refusal(&[("MAIL_FROM", bad)]).contains("MAIL_FROM"), "{bad}");
    }
}

#[test]
fn smtp_is_secured_everywhere_but_locally() {
    let smtp = [("MAIL_SENDER", "smtp"), ("SMTP_HOST", "smtp.example")];
    for (security, expected, port) in
        [("", Security::Tls, 465), ("tls", Security::Tls, 465), ("starttls", Security::StartTls, 587)]
    {
        let mut vars = production(&smtp);
        vars.push(("SMTP_SECURITY", security));
        let Sender::Smtp(server) = check(&vars).unwrap().sender else { panic!("no server") };
        assert_eq!((server.security, server.port), (expected, port));
    }
    for security in ["none", "TLS", "opportunistic"] {
        let mut vars = production(&smtp);
        vars.push(("SMTP_SECURITY", security));
        assert!(refusal(&vars).contains("SMTP_SECURITY"), "{security}");
    }
    let local = [smtp[0], smtp[1], ("SMTP_SECURITY", "none"), ("SMTP_PORT", "2525")];
    let Sender::Smtp(server) = check(&local).unwrap().sender else { panic!("no server") };
    assert_eq!((server.security, server.port), (Security::Plain, 2525));
}

#[test]
fn half_a_configuration_is_refused_with_what_is_missing() {
    for (vars, missing) in [
        (&[("MAIL_SENDER", "pigeon")][..], "MAIL_SENDER"),
        (&[("MAIL_SENDER", "smtp")], "SMTP_HOST"),
        (&[("MAIL_SENDER", "smtp"), ("SMTP_HOST", "h"), ("SMTP_PORT", "70000")], "SMTP_PORT"),
        (&[("MAIL_SENDER", "smtp"), ("SMTP_HOST", "h"), ("SMTP_USERNAME", "u")], "SMTP_PASSWORD"),
        (&[("MAIL_SENDER", "http")], "MAIL_HTTP_URL"),
        (&[("MAIL_SENDER", "http"), ("MAIL_HTTP_URL", "ftp://x")], "MAIL_HTTP_URL"),
        (&[("MAIL_SENDER", "http"), ("MAIL_HTTP_URL", "https://x"), ("MAIL_HTTP_BODY", "{")], "MAIL_HTTP_BODY"),
    ] {
        assert!(refusal(vars).contains(missing), "{vars:?}");
    }
    let http = production(&[("MAIL_SENDER", "http"), ("MAIL_HTTP_URL", "http://api.example")]);
    assert!(refusal(&http).contains("MAIL_HTTP_URL"));
    assert!(refusal(&production(&[("MAIL_SENDER", "mailbox")])).contains("MAIL_SENDER"));
}
