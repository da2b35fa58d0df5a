//! `cargo xtask deploy`: creates what is missing, migrates, and deploys every
//! Worker after those it calls. Not here: what exists (`resources`), building
//! (wrangler calls `cargo xtask build`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Map, Value};

use crate::build::Builder;
use crate::dev_vars::{self, Vars};
use crate::flags::Flags;
use crate::keys;
use crate::process;
use crate::resources;
use crate::vars;
use crate::workspace::{FUNCTIONS, Profile, Workspace};

/// The environments that every `wrangler.toml` has.
pub(crate) const ENVIRONMENTS: [&str; 2] = ["staging", "production"];

/// Carries out the command.
pub(crate) fn command(mut flags: Flags) -> Result<ExitCode> {
    let environment = flags.value("--env")?.context("--env is needed: staging or production")?;
    if !ENVIRONMENTS.contains(&environment.as_str()) {
        bail!("there is no environment `{environment}`; there are {}", ENVIRONMENTS.join(", "));
    }
    let dry_run = flags.switch("--dry-run");
    let secrets_file = flags.value("--secrets-file")?.map(PathBuf::from);
    flags.words()?;
    let builder = Builder::prepare(Workspace::find()?)?;
    builder.build(FUNCTIONS, Profile::Release)?;
    if dry_run {
        for &name in FUNCTIONS {
            println!("{name}: {}", rehearse(&builder, name, Some(&environment))?);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let secrets = given_secrets(secrets_file.as_deref())?;
    deploy(&builder, &environment, &secrets)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs everything of a deployment that needs no account; returns wrangler's line
/// on the size of the upload.
pub(crate) fn rehearse(builder: &Builder, name: &str, environment: Option<&str>) -> Result<String> {
    let outdir = builder.workspace.target().join("deploy").join(environment.unwrap_or("top"));
    let mut wrangler = builder.node.command("wrangler");
    wrangler
        .args(["deploy", "--dry-run", "--outdir"])
        .arg(outdir.join(name))
        .current_dir(builder.workspace.config_dir(name));
    if let Some(environment) = environment {
        wrangler.args(["--env", environment]);
    }
    let what = format!("the dry run of `{name}`");
    let told = process::output(&mut wrangler, &what)?;
    let size = told.lines().find(|line| line.starts_with("Total Upload"));
    Ok(size.with_context(|| format!("{what} uploaded nothing"))?.to_owned())
}

fn deploy(builder: &Builder, environment: &str, secrets: &Vars) -> Result<()> {
    let Builder { workspace, node, .. } = builder;
    let names = resources::names(workspace, environment)?;
    resources::ensure_queues(node, &names.queues)?;
    resources::ensure_buckets(node, &names.buckets)?;
    resources::ensure_databases(node, &names.databases)?;
    let namespace = resources::ensure_namespace(node, &format!("selvage-cache-{environment}"))?;
    eprintln!("applying the migrations");
    let mut migrate = node.command("wrangler");
    migrate.args(["d1", "migrations", "apply", "DB", "--remote", "--env", environment]);
    process::run(migrate.current_dir(workspace.config_dir("auth")), "migrating the database")?;
    for &name in FUNCTIONS {
        deploy_one(builder, name, environment, &namespace, secrets)?;
    }
    Ok(())
}

fn deploy_one(builder: &Builder, name: &str, environment: &str, namespace: &str, secrets: &Vars) -> Result<()> {
    eprintln!("deploying {name} to {environment}");
    let folder = builder.workspace.config_dir(name);
    let mut config = resources::configuration(&builder.workspace, name)?;
    name_namespaces(&mut config, environment, namespace);
    // Beside the original, because paths in it are relative.
    let written = Temporary::new(folder.join("wrangler.deploy.json"));
    dev_vars::write_private(&written.path, &serde_json::to_string_pretty(&config)?)?;
    let mut wrangler = builder.node.command("wrangler");
    wrangler.args(["deploy", "--env", environment, "--config"]).arg(&written.path);
    let own = secrets_for(name, secrets);
    let file = Temporary::new(folder.join(".secrets.deploy.json"));
    if !own.is_empty() {
        dev_vars::write_private(&file.path, &Value::Object(own).to_string())?;
        wrangler.arg("--secrets-file").arg(&file.path);
    }
    let hint = if secrets.is_empty() {
        format!(
            "; a first deployment needs secrets: `cargo xtask keys > {environment}.secrets`, then \
             `cargo xtask deploy --env {environment} --secrets-file {environment}.secrets`"
        )
    } else {
        String::new()
    };
    let result = process::run(wrangler.current_dir(&folder), &format!("deploying `{name}`"));
    result.map_err(|error| anyhow!("{error}{hint}"))
}

/// Writes the id of the environment's one namespace into every binding, so that
/// all functions share it.
fn name_namespaces(config: &mut toml::Table, environment: &str, id: &str) {
    let bindings = config
        .get_mut("env")
        .and_then(|all| all.get_mut(environment))
        .and_then(|section| section.get_mut("kv_namespaces"))
        .and_then(toml::Value::as_array_mut);
    for binding in bindings.into_iter().flatten().filter_map(toml::Value::as_table_mut) {
        binding.insert("id".to_owned(), id.into());
    }
}

fn secrets_for(name: &str, secrets: &Vars) -> Map<String, Value> {
    let named = vars::secrets_of(name).into_iter();
    named.filter_map(|key| Some((key.to_owned(), secrets.get(key)?.clone().into()))).collect()
}

/// Secrets from the file, which has the format of `.dev.vars`, and from the
/// environment, which wins. The public keys follow from the private ones.
fn given_secrets(file: Option<&Path>) -> Result<Vars> {
    let mut secrets = match file {
        Some(path) => {
            let text = fs::read_to_string(path);
            dev_vars::parse(&text.with_context(|| format!("{} cannot be read", path.display()))?)
        }
        None => Vars::new(),
    };
    for name in FUNCTIONS.iter().flat_map(|function| vars::secrets_of(function)) {
        // CI passes a secret that nobody set as an empty variable.
        if let Some(value) = std::env::var(name).ok().filter(|value| !value.is_empty()) {
            secrets.insert(name.to_owned(), value);
        }
    }
    if let Some(private) = secrets.get("AUTH_KEYS").filter(|_| !secrets.contains_key("AUTH_JWKS")) {
        let private: Value = serde_json::from_str(private).context("AUTH_KEYS is no JSON")?;
        secrets.insert("AUTH_JWKS".to_owned(), keys::public_set(&private)?.to_string());
    }
    Ok(secrets)
}

/// A file that is removed when it is no longer needed, whatever happened.
pub(crate) struct Temporary {
    /// Where it is.
    pub(crate) path: PathBuf,
}

impl Temporary {
    /// The file at this path.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// `cargo xtask keys`: a fresh set of secrets for an environment, in the format
/// that `--secrets-file` takes.
pub(crate) fn print_keys(flags: Flags) -> Result<ExitCode> {
    flags.words()?;
    print!("{}", dev_vars::fresh_secrets()?);
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::{name_namespaces, secrets_for};
    use crate::dev_vars::parse;

    #[test]
    fn every_namespace_of_the_environment_gets_the_id_and_no_other() {
        let mut config =
            toml::from_str("[[kv_namespaces]]\nbinding = 'CACHE'\n[[env.staging.kv_namespaces]]\nbinding = 'CACHE'\n")
                .unwrap();
        name_namespaces(&mut config, "staging", "abc");
        assert_eq!(config["env"]["staging"]["kv_namespaces"][0]["id"].as_str(), Some("abc"));
        assert!(config["kv_namespaces"][0].get("id").is_none());
    }

    #[test]
    fn a_function_is_given_its_own_secrets_only() {
        let secrets = parse("PEPPERS=[]\nREFRESH_KEY=r\n");
        assert_eq!(secrets_for("hash", &secrets).keys().collect::<Vec<_>>(), ["PEPPERS"]);
        assert!(secrets_for("gateway", &secrets).is_empty());
    }
}
