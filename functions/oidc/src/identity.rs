//! How a person proved who they are, in the words of tokens (OpenID Connect Core 1.0 §2, RFC 8176). Pure.

/// One proof; two proofs, or a passkey, which is two in one.
pub const ACR: [&str; 2] = ["urn:selvage:acr:1", "urn:selvage:acr:2"];

/// `amr`: the methods of a session, `["password","totp"]`, in RFC 8176's words.
pub fn amr(methods: &[String]) -> Vec<&'static str> {
    let mut words: Vec<&'static str> = Vec::new();
    for method in methods {
        let said: &[&str] = match method.as_str() {
            "password" => &["pwd"],
            "totp" | "recovery_code" => &["otp"],
            // The authenticator has verified its user, by a finger or a number.
            "passkey" => &["pop", "user"],
            // Links, and what other services say.
            _ => &[],
        };
        words.extend(said);
    }
    if is_multiple(methods) {
        words.push("mfa");
    }
    words.dedup();
    words
}

/// `acr`: the class of the proofs.
pub fn acr(methods: &[String]) -> &'static str {
    let [one, two] = ACR;
    if is_multiple(methods) { two } else { one }
}

fn is_multiple(methods: &[String]) -> bool {
    methods.len() > 1 || methods.iter().any(|method| method == "passkey")
}

#[cfg(test)]
mod tests {
    use super::{ACR, acr, amr};

    #[test]
    fn proofs_are_told_in_the_words_of_rfc_8176() {
        let check = |methods: &[&str], wanted: &[&str], class: usize| {
            let methods: Vec<String> = methods.iter().map(|m| (*m).to_owned()).collect();
            assert_eq!((amr(&methods).as_slice(), acr(&methods)), (wanted, ACR[class]));
        };
        check(&["password"], &["pwd"], 0);
        check(&["password", "totp"], &["pwd", "otp", "mfa"], 1);
        check(&["passkey"], &["pop", "user", "mfa"], 1);
        check(&["github"], &[], 0);
    }
}
