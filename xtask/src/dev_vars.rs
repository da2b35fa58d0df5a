//! `.dev.vars`: the local secrets. The one in the root holds everything and is
//! the only one people edit; each function's folder gets a copy of what that
//! function needs, for a plain `wrangler dev` there. Not here: which function
//! needs what (`vars`).

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::keys;
use crate::vars;
use crate::workspace::Workspace;

/// Names and values, as `.dev.vars` holds them.
pub(crate) type Vars = BTreeMap<String, String>;

/// What is different on a developer's machine and no secret.
const LOCAL: [(&str, &str); 8] = [
    ("ENVIRONMENT", "local"),
    ("EMAIL_VERIFICATION", "off"),
    ("GUESTS", "on"),
    ("PASSKEY_RP_ID", "localhost"),
    ("PASSKEY_ORIGINS", "http://localhost:8787"),
    ("OIDC_REGISTRATION", "open"),
    ("MAIL_SENDER", "mailbox"),
    ("MAIL_FROM", "Selvage <no-reply@selvage.example>"),
];

/// Reads the root's `.dev.vars`; makes it, or adds what is missing, with fresh
/// keys. What stands there is never changed.
pub(crate) fn ensure(workspace: &Workspace) -> Result<Vars> {
    let path = workspace.path(".dev.vars");
    let before = fs::read_to_string(&path).unwrap_or_default();
    let mut vars = parse(&before);
    let added = add_missing(&mut vars)?;
    if added.is_empty() {
        return Ok(vars);
    }
    let mut text = before.clone();
    if text.is_empty() {
        text.push_str(
            "# Secrets of the local stack, made by `cargo xtask`. Never commit this file.\n\
             # Provider keys go here too: see .dev.vars.example.\n",
        );
        eprintln!("making .dev.vars with fresh keys");
    } else if !text.ends_with('\n') {
        text.push('\n');
    }
    for (name, value) in &added {
        text.push_str(&line(name, value));
    }
    write_private(&path, &text)?;
    Ok(vars)
}

/// Adds what a local stack cannot do without; returns the new ones.
fn add_missing(vars: &mut Vars) -> Result<Vec<(&'static str, String)>> {
    let mut added = Vec::new();
    let mut add = |vars: &mut Vars, name: &'static str, value: String| {
        vars.insert(name.to_owned(), value.clone());
        added.push((name, value));
    };
    let missing = |vars: &Vars, name: &str| !vars.contains_key(name);
    for (name, value) in LOCAL {
        if missing(vars, name) {
            add(vars, name, (*value).to_owned());
        }
    }
    let own_keys = missing(vars, "AUTH_KEYS");
    if own_keys {
        add(vars, "AUTH_KEYS", keys::signing_keys()?.to_string());
    }
    if own_keys || missing(vars, "AUTH_JWKS") {
        let private = vars.get("AUTH_KEYS").map_or("[]", String::as_str);
        let private: Value = serde_json::from_str(private).context("AUTH_KEYS in .dev.vars is no JSON")?;
        add(vars, "AUTH_JWKS", keys::public_set(&private)?.to_string());
    }
    for name in ["REFRESH_KEY", "STORE_KEY", "LINK_KEY"] {
        if missing(vars, name) {
            add(vars, name, keys::secret()?);
        }
    }
    if missing(vars, "AUDIT_KEYS") {
        add(vars, "AUDIT_KEYS", keys::audit_keys()?.to_string());
    }
    if missing(vars, "PEPPERS") {
        add(vars, "PEPPERS", keys::peppers()?.to_string());
    }
    Ok(added)
}

/// A fresh set of the secrets that every environment needs, as text of this format.
pub(crate) fn fresh_secrets() -> Result<String> {
    let mut vars = Vars::new();
    let made = add_missing(&mut vars)?;
    let kept = made.iter().filter(|(name, _)| LOCAL.iter().all(|(local, _)| local != name));
    Ok(kept.map(|(name, value)| line(name, value)).collect())
}

/// Writes each function's own `.dev.vars`. The gateway's folder is the root,
/// where its `wrangler.toml` names the secrets it may see.
pub(crate) fn distribute(workspace: &Workspace, functions: &[&str]) -> Result<()> {
    let all = ensure(workspace)?;
    for name in functions.iter().filter(|name| **name != "gateway") {
        let mut text = String::from("# Made from the .dev.vars in the root; edit that one instead.\n");
        for (name, value) in vars::of_function(name, &all) {
            text.push_str(&line(&name, &value));
        }
        let path = workspace.config_dir(name).join(".dev.vars");
        // Unchanged files are left alone: wrangler would reload.
        if fs::read_to_string(&path).ok().as_deref() != Some(&text) {
            write_private(&path, &text)?;
        }
    }
    Ok(())
}

/// Writes a file that only its owner can read.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true).mode(0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("{} cannot be written", path.display()))
}

/// A line of this format.
pub(crate) fn line(name: &str, value: &str) -> String {
    // Single quotes keep JSON as it is; our own values never hold one.
    if value.contains(['"', ' ', '#', '\\', '$']) { format!("{name}='{value}'\n") } else { format!("{name}={value}\n") }
}

/// Reads the format of `.dev.vars`: `NAME=value` lines, values quoted or not,
/// comments with `#`.
pub(crate) fn parse(text: &str) -> Vars {
    text.lines().filter_map(parse_line).collect()
}

fn parse_line(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
    let value = value.trim();
    let quoted = ['\'', '"', '`'].into_iter().find_map(|quote| {
        let inner = value.strip_prefix(quote)?;
        inner.rsplit_once(quote).map(|(inner, _)| (quote, inner))
    });
    let value = match quoted {
        Some(('"', inner)) => inner.replace("\\n", "\n"),
        Some((_, inner)) => inner.to_owned(),
        None => value.split(" #").next().unwrap_or_default().trim().to_owned(),
    };
    Some((name.trim().to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::{Vars, add_missing, line, parse};

    #[test]
    fn quoted_and_bare_values_are_read() {
        let vars = parse("# a comment\nA=1\nB='{\"x\": \"#1\"}'\nexport C=\"two words\"\nD=plain # why\nE=\n");
        let expected = [("A", "1"), ("B", "{\"x\": \"#1\"}"), ("C", "two words"), ("D", "plain"), ("E", "")];
        let expected: Vars = expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        assert_eq!(vars, expected);
    }

    #[test]
    fn what_is_written_is_read_back() {
        for value in ["[{\"kid\":\"k\"}]", "plain-value_1", "two words", ""] {
            assert_eq!(parse(&line("NAME", value)).get("NAME").map(String::as_str), Some(value));
        }
    }

    #[test]
    fn existing_values_are_kept() {
        let mut vars = parse("REFRESH_KEY=mine\nAUTH_KEYS=[]\n");
        let added = add_missing(&mut vars).unwrap();
        assert_eq!(vars["REFRESH_KEY"], "mine");
        assert_eq!(vars["AUTH_JWKS"], "{\"keys\":[]}");
        assert!(added.iter().all(|(name, _)| !["REFRESH_KEY", "AUTH_KEYS"].contains(name)));
    }

    #[test]
    fn new_signing_keys_bring_their_own_public_set() {
        let mut vars = parse("AUTH_JWKS={}\n");
        add_missing(&mut vars).unwrap();
        assert!(vars["AUTH_JWKS"].contains("EdDSA"));
    }
}
