//! The first admin: a one-time link that lets its holder claim an account with
//! the role `admin`. Not here: what the link's page does (`auth`).

use std::fs;
use std::io::Write;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::clock;
use crate::flags::Flags;
use crate::keys;
use crate::node;
use crate::process;
use crate::runtime::Runtime;
use crate::workspace::Workspace;

/// The address the local admin gets; a domain that can never receive mail.
pub(crate) const LOCAL_EMAIL: &str = "admin@example.com";

const LIFETIME_MS: u64 = 24 * 60 * 60 * 1000;

/// A one-time token and the statements that make it valid.
#[derive(Debug)]
pub(crate) struct Claim {
    token: String,
    /// Statements for the database, which holds only the token's hash.
    pub(crate) sql: String,
}

impl Claim {
    /// A fresh token for this address, valid for 24 hours. Older unused ones for the
    /// same address end with it.
    pub(crate) fn new(email: &str) -> Result<Self> {
        let well_formed = email.split_once('@').is_some_and(|(name, domain)| {
            !name.is_empty() && domain.contains('.') && !email.contains(char::is_whitespace)
        });
        if !well_formed || email.chars().any(char::is_control) {
            bail!("`{email}` is no e-mail address");
        }
        let token = BASE64URL_NOPAD.encode(&keys::random::<32>()?);
        let hash = keys::sha256_hex(&token);
        let quoted = email.to_lowercase().replace('\'', "''");
        let now = clock::now_ms();
        let sql = format!(
            "DELETE FROM one_time_tokens WHERE purpose = 'admin' AND email = '{quoted}' AND used_at IS NULL; \
             INSERT INTO one_time_tokens (token_hash, purpose, email, created_at, expires_at) \
             VALUES ('{hash}', 'admin', '{quoted}', {now}, {});",
            now + LIFETIME_MS
        );
        Ok(Self { token, sql })
    }

    /// The link. The token stands behind `#`, so that no server ever logs it.
    pub(crate) fn link(&self, origin: &str) -> String {
        format!("{}/claim#{}", origin.trim_end_matches('/'), self.token)
    }
}

/// A link for the local admin, if the local database has none yet.
pub(crate) fn local_link(runtime: &mut Runtime, origin: &str) -> Result<Option<String>> {
    let found = runtime.query("SELECT 1 AS found FROM users WHERE roles LIKE '%\"admin\"%' LIMIT 1")?;
    if !found.is_empty() {
        return Ok(None);
    }
    let claim = Claim::new(LOCAL_EMAIL)?;
    for statement in claim.sql.split_inclusive(';') {
        runtime.query(statement.trim())?;
    }
    Ok(Some(claim.link(origin)))
}

/// `cargo xtask admin --email E [--env ENV] [--persist DIR] [--origin URL]`.
pub(crate) fn command(mut flags: Flags) -> Result<ExitCode> {
    let email = flags.value("--email")?.context("--email is needed: whose account it will be")?;
    let environment = flags.value("--env")?.unwrap_or_else(|| "local".to_owned());
    let persist = flags.value("--persist")?;
    let origin = flags.value("--origin")?;
    flags.words()?;
    let workspace = Workspace::find()?;
    let folder = workspace.root().join(persist.as_deref().unwrap_or(".selvage"));
    let claim = Claim::new(&email)?;
    if environment != "local" || !asked_running(&folder, &claim.sql)? {
        write_by_wrangler(&workspace, &environment, &folder, &claim.sql)?;
    }
    let running = || gateway_of(&folder).unwrap_or_else(|| "http://127.0.0.1:8787".to_owned());
    let origin = match origin {
        Some(given) => given,
        None if environment == "local" => running(),
        None => "https://<the gateway's address>".to_owned(),
    };
    println!("{}", claim.link(&origin));
    eprintln!("valid once, for 24 hours, for {email}");
    Ok(ExitCode::SUCCESS)
}

/// Gives the statements to the stack that runs with this state, if one does: a second writer beside the
/// runtime would fail the request that comes at the same moment.
fn asked_running(folder: &Path, sql: &str) -> Result<bool> {
    for statement in sql.split_inclusive(';') {
        if query_running(folder, statement.trim())?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What the stack that runs with this state says to a statement, with its `rows`; `None` when none runs.
pub(crate) fn query_running(folder: &Path, sql: &str) -> Result<Option<Value>> {
    let Ok(mut socket) = UnixStream::connect(folder.join("v3/query.sock")) else { return Ok(None) };
    writeln!(socket, "{}", json!({ "sql": sql }))?;
    socket.shutdown(Shutdown::Write)?;
    let reply: Value = serde_json::from_reader(&socket)?;
    match reply.get("error") {
        Some(cause) => bail!("the running database refused: {cause}"),
        None => Ok(Some(reply)),
    }
}

fn write_by_wrangler(workspace: &Workspace, environment: &str, folder: &Path, sql: &str) -> Result<()> {
    let mut wrangler = node::ensure(workspace)?.command("wrangler");
    wrangler.args(["d1", "execute", "DB", "--yes", "--command", sql]);
    match environment {
        "local" => wrangler.arg("--local").arg("--persist-to").arg(folder),
        "staging" | "production" => wrangler.args(["--remote", "--env", environment]),
        other => bail!("there is no environment `{other}`; there are local, staging, production"),
    };
    let doing = format!("writing to the database of `{environment}`");
    process::output(wrangler.current_dir(workspace.config_dir("auth")), &doing).map(|_| ())
}

/// The origin of the stack that runs with this state.
pub(crate) fn gateway_of(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join("stack.json")).ok()?;
    let stack: Value = serde_json::from_str(&text).ok()?;
    stack.get("gateway").and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::Claim;
    use crate::keys::sha256_hex;

    #[test]
    fn the_database_gets_the_hash_and_the_link_the_token() {
        let claim = Claim::new("Ann@Example.com").unwrap();
        let link = claim.link("http://127.0.0.1:8787/");
        let token = link.strip_prefix("http://127.0.0.1:8787/claim#").unwrap();
        assert!(claim.sql.contains(&sha256_hex(token)));
        assert!(!claim.sql.contains(token));
        assert!(claim.sql.contains("ann@example.com"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for wrong in ["", "ann", "@example.com", "ann@", "a b@example.com", "ann@example.com\n"] {
            assert!(Claim::new(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_quote_in_an_address_stays_inside_the_string() {
        assert!(Claim::new("o'neil@example.com").unwrap().sql.contains("'o''neil@example.com'"));
    }
}
