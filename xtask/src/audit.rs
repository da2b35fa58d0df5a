//! `cargo xtask audit`: takes the audit chain out of a stack, and says offline whether it is whole. Not here: what
//! is hashed (the crate `chain`, which the Worker that seals links, too).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use chain::{Entry, Event, Personal, Told, Verifier};
use data_encoding::BASE64URL_NOPAD;
use ed25519_compact::{PublicKey, Signature};
use serde_json::Value;

use crate::audit_export;
use crate::flags::Flags;

/// Carries out `audit verify` or `audit export`.
pub(crate) fn command(mut flags: Flags) -> Result<ExitCode> {
    match flags.word().as_deref() {
        Some("verify") => verify(flags),
        Some("export") => audit_export::command(flags),
        _ => bail!("`cargo xtask audit verify` or `cargo xtask audit export`"),
    }
}

fn verify(mut flags: Flags) -> Result<ExitCode> {
    let path =
        |value: Option<String>, name: &str| value.map(PathBuf::from).with_context(|| format!("{name} is needed"));
    let head = path(flags.value("--head")?, "--head: the signed head")?;
    let keys = path(flags.value("--keys")?, "--keys: the public keys, kept from before")?;
    let after = flags.value("--after")?.map(PathBuf::from);
    let files = flags.words()?;
    if files.is_empty() {
        bail!("name the files of the export, in order");
    }
    let mut lines = String::new();
    for file in &files {
        lines.push_str(&text(Path::new(file))?);
    }
    let head = Head::read(&text(&head)?)?;
    let after = after.map(|file| Head::read(&text(&file)?)).transpose()?;
    match checked(&lines, &head, after.as_ref(), &text(&keys)?) {
        Ok(told) => {
            tell(&head, &told);
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            println!("NOT WHOLE: {error:#}");
            Ok(ExitCode::FAILURE)
        }
    }
}

fn text(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

fn tell(head: &Head, told: &Told) {
    let Told { events, personal, forgotten, behind_head, missing_rows } = told;
    println!("whole: {events} events of `{}` up to head {}, sealed at {}", head.chain, head.sequence, head.sealed_at);
    println!("  {personal} with what is personal in them, as it was; of {forgotten} it was forgotten with the account");
    if *behind_head > 0 {
        println!("  {behind_head} stand behind the head: sealed later, and this head does not vouch for them");
    }
    for (after, missing) in missing_rows {
        println!("  warning: {missing} rows are missing behind row {after}: taken out before they were sealed");
    }
}

/// A signed head.
#[derive(Debug)]
struct Head {
    chain: String,
    sequence: u64,
    hash: String,
    sealed_at: String,
    kid: String,
    signature: String,
}

impl Head {
    fn read(json: &str) -> Result<Self> {
        let head: Value = serde_json::from_str(json).context("the head is no JSON")?;
        let member =
            |name: &str| string(&head, name).map(str::to_owned).with_context(|| format!("the head has no {name}"));
        Ok(Self {
            chain: member("chain")?,
            sequence: head.get("sequence").and_then(Value::as_u64).context("the head has no sequence")?,
            hash: member("hash")?,
            sealed_at: member("sealed_at")?,
            kid: member("kid")?,
            signature: member("signature")?,
        })
    }

    /// Fails unless one of these keys, a JSON Web Key Set, signed it.
    fn verify(&self, keys: &str) -> Result<()> {
        let set: Value = serde_json::from_str(keys).context("the keys are no JSON")?;
        let all = set.get("keys").and_then(Value::as_array).context("the keys are no JSON Web Key Set")?;
        let key = all.iter().find(|key| string(key, "kid") == Some(&self.kid));
        let key =
            key.with_context(|| format!("head {}: its key `{}` is not among the keys", self.sequence, self.kid))?;
        let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).ok();
        let key = string(key, "x").and_then(decode).and_then(|bytes| PublicKey::from_slice(&bytes).ok());
        let signature = decode(&self.signature).and_then(|bytes| Signature::from_slice(&bytes).ok());
        let signed = chain::head_text(&self.chain, self.sequence, &self.hash, &self.sealed_at);
        let good = key.zip(signature).is_some_and(|(key, signature)| key.verify(signed, &signature).is_ok());
        if good { Ok(()) } else { bail!("head {}: the signature is not that of key `{}`", self.sequence, self.kid) }
    }
}

/// Whether these lines lead from the beginning, or from an earlier head, to the head.
fn checked(lines: &str, head: &Head, after: Option<&Head>, keys: &str) -> Result<Told> {
    head.verify(keys)?;
    let mut verifier = match after {
        None => Verifier::new(&head.chain, head.sequence),
        Some(earlier) => {
            earlier.verify(keys)?;
            if earlier.chain != head.chain {
                bail!("the two heads are of two chains");
            }
            let hash = chain::unhex(&earlier.hash).context("the earlier head's hash is none")?;
            Verifier::after(earlier.sequence, hash, head.sequence)
        }
    };
    for (number, line) in (1..).zip(lines.lines()) {
        let value: Value = serde_json::from_str(line).with_context(|| format!("line {number} is no JSON"))?;
        let entry = entry(&value).with_context(|| format!("line {number} is no event"))?;
        verifier.next(&entry).map_err(|fault| anyhow!("line {number}: {fault}"))?;
    }
    verifier.end(&head.hash).map_err(|fault| anyhow!("{fault}"))
}

fn string<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

fn entry(line: &Value) -> Option<Entry<'_>> {
    let number = |name: &str| line.get(name).and_then(Value::as_u64);
    // Absent and null are the same; anything else that is no text is no event.
    let optional = |name: &str| match line.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) => Some(Some(text.as_str())),
        Some(_) => None,
    };
    let event = Event {
        sequence: number("sequence")?,
        row: number("row")?,
        id: string(line, "id")?,
        at: string(line, "at")?,
        kind: string(line, "kind")?,
        user_id: optional("user_id")?,
        actor_id: optional("actor_id")?,
    };
    let salt = optional("salt")?;
    let personal = match salt {
        None => None,
        Some(salt) => {
            let part = |name: &str| string(line, name);
            Some(Personal { salt, network: part("network")?, user_agent: part("user_agent")?, detail: part("detail")? })
        }
    };
    // Lines of the bucket have no such member; lines of the database have it, and null when it was forgotten.
    let forgotten = line.get("salt").is_some_and(Value::is_null);
    Some(Entry { event, personal, forgotten, commitment: string(line, "commitment")?, hash: string(line, "hash")? })
}

#[cfg(test)]
mod tests {
    use super::{Head, checked};
    use crate::keys;
    use chain::{Event, Personal, commitment, genesis, hex, link};
    use data_encoding::BASE64URL_NOPAD;
    use ed25519_compact::{KeyPair, Seed};
    use serde_json::{Value, json};

    /// An export of three events, its head, and its keys.
    fn export() -> (Vec<Value>, Head, String) {
        let mut before = genesis("test");
        let mut lines = Vec::new();
        for sequence in 1..=3 {
            let (salt, detail) = (format!("{sequence:032}"), "{}");
            let personal = Personal { salt: &salt, network: "192.0.2.1", user_agent: "curl", detail };
            let (id, at) = (format!("evt_{sequence}"), "2026-11-20T10:30:00.000Z");
            let (kind, user_id) = ("signed_in", Some("usr_1"));
            let event = Event { sequence, row: sequence, id: &id, at, kind, user_id, actor_id: None };
            let committed = commitment(&personal);
            before = link(&before, &event, &committed);
            lines.push(json!({
                "sequence": sequence, "row": sequence, "id": id, "at": at, "kind": kind, "user_id": "usr_1",
                "actor_id": null, "salt": salt, "network": "192.0.2.1", "user_agent": "curl", "detail": "{}",
                "commitment": hex(&committed), "hash": hex(&before),
            }));
        }
        let private = keys::audit_keys().unwrap();
        let head = sign(&private, 3, &hex(&before));
        (lines, head, keys::public_set(&private).unwrap().to_string())
    }

    fn sign(private: &Value, sequence: u64, hash: &str) -> Head {
        let seed = BASE64URL_NOPAD.decode(private[0]["d"].as_str().unwrap().as_bytes()).unwrap();
        let pair = KeyPair::from_seed(Seed::from_slice(&seed).unwrap());
        let sealed_at = "2026-11-20T10:31:00.000Z".to_owned();
        let signed = chain::head_text("test", sequence, hash, &sealed_at);
        let signature = BASE64URL_NOPAD.encode(pair.sk.sign(signed, None).as_ref());
        let kid = private[0]["kid"].as_str().unwrap().to_owned();
        Head { chain: "test".to_owned(), sequence, hash: hash.to_owned(), sealed_at, kid, signature }
    }

    fn jsonl(lines: &[Value]) -> String {
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    fn refused(change: impl FnOnce(&mut Vec<Value>, &mut Head, &mut String)) -> String {
        let (mut lines, mut head, mut keys) = export();
        change(&mut lines, &mut head, &mut keys);
        checked(&jsonl(&lines), &head, None, &keys).unwrap_err().to_string()
    }

    #[test]
    fn an_export_that_nobody_touched_is_whole() {
        let (lines, head, keys) = export();
        let told = checked(&jsonl(&lines), &head, None, &keys).unwrap();
        assert_eq!((told.events, told.personal, told.forgotten), (3, 3, 0));
    }

    #[test]
    fn an_edited_inserted_moved_or_cut_line_is_found() {
        assert!(refused(|lines, _, _| lines[1]["kind"] = "signed_out".into()).contains("line 2: event 2"));
        assert!(refused(|lines, _, _| lines[1]["network"] = "10.0.0.1".into()).contains("personal in event 2"));
        assert!(refused(|lines, _, _| lines[1]["salt"] = Value::Null).contains("no deletion of the account"));
        assert!(refused(|lines, _, _| lines.insert(1, lines[1].clone())).contains("event 2 stands where 3"));
        assert!(refused(|lines, _, _| lines.swap(0, 1)).contains("event 2 stands where 1"));
        assert!(refused(|lines, _, _| drop(lines.remove(0))).contains("event 2 stands where 1"));
        assert!(refused(|lines, _, _| drop(lines.pop())).contains("ends with event 2, the head names event 3"));
        assert!(refused(|lines, _, _| lines[1]["row"] = "2".into()).contains("line 2 is no event"));
    }

    #[test]
    fn a_head_that_was_replaced_or_signed_by_another_is_found() {
        assert!(refused(|_, head, _| head.sequence = 2).contains("the signature is not"));
        assert!(refused(|_, head, _| head.hash = "0".repeat(64)).contains("the signature is not"));
        assert!(refused(|_, head, _| head.chain = "staging".to_owned()).contains("the signature is not"));
        let other = keys::audit_keys().unwrap();
        let by_other = |head: &Head| sign(&other, head.sequence, &head.hash);
        assert!(refused(|_, head, _| *head = by_other(head)).contains("is not among the keys"));
        let same_name = |head: &mut Head| {
            let kid = head.kid.clone();
            *head = Head { kid, ..by_other(head) };
        };
        assert!(refused(|_, head, _| same_name(head)).contains("the signature is not"));
    }

    #[test]
    fn a_chain_that_was_made_anew_needs_the_key_to_have_a_head() {
        let (lines, head, keys) = export();
        let (other, _, _) = export();
        assert!(checked(&jsonl(&lines[..2]), &head, None, &keys).is_err());
        let mut mixed = lines.clone();
        mixed[2]["at"] = "2026-11-20T10:30:00.001Z".into();
        assert!(checked(&jsonl(&mixed), &head, None, &keys).is_err());
        assert_eq!(other.len(), 3);
    }

    #[test]
    fn verifying_goes_on_from_an_earlier_head_that_is_signed() {
        let (lines, head, keys) = export();
        let mut forged = Head { sequence: 1, hash: lines[0]["hash"].as_str().unwrap().to_owned(), ..head_of(&head) };
        assert!(checked(&jsonl(&lines[1..]), &head, Some(&forged), &keys).is_err());
        forged.kid = "nobody".to_owned();
        assert!(checked(&jsonl(&lines[1..]), &head, Some(&forged), &keys).is_err());
    }

    fn head_of(head: &Head) -> Head {
        let Head { chain, sequence, hash, sealed_at, kid, signature } = head;
        let (chain, hash, sealed_at) = (chain.clone(), hash.clone(), sealed_at.clone());
        Head { chain, sequence: *sequence, hash, sealed_at, kid: kid.clone(), signature: signature.clone() }
    }
}
