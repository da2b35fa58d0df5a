//! The resources of one environment on Cloudflare: database, key-value namespace,
//! queues, buckets. All are found by name and created if missing; the names stand in the
//! `wrangler.toml` files. Not here: deploying Workers (`deploy`).

use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::node::Node;
use crate::process;
use crate::workspace::{FUNCTIONS, Workspace};

/// Names in use by an environment, as its configurations say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// D1 databases.
    pub(crate) databases: Vec<String>,
    /// Queues, also those that only take undeliverable messages.
    pub(crate) queues: Vec<String>,
    /// R2 buckets.
    pub(crate) buckets: Vec<String>,
}

/// The configuration of one function.
pub(crate) fn configuration(workspace: &Workspace, function: &str) -> Result<toml::Table> {
    let file = workspace.config(function);
    let text = fs::read_to_string(&file).with_context(|| format!("no {}", file.display()))?;
    toml::from_str(&text).with_context(|| format!("{} cannot be read", file.display()))
}

/// The names that the functions' configurations use in this environment.
pub(crate) fn names(workspace: &Workspace, environment: &str) -> Result<Names> {
    let mut names = Names::default();
    for &function in FUNCTIONS {
        let whole = configuration(workspace, function)?;
        let section = whole
            .get("env")
            .and_then(|all| all.get(environment))
            .with_context(|| format!("`{function}` has no environment `{environment}`"))?;
        collect(section, &mut names);
    }
    Ok(names)
}

fn collect(section: &toml::Value, names: &mut Names) {
    let entries = |path: &[&str]| {
        let found = path.iter().try_fold(section, |value, key| value.get(key));
        found.and_then(toml::Value::as_array).cloned().unwrap_or_default()
    };
    let add = |list: &mut Vec<String>, entry: &toml::Value, key: &str| {
        if let Some(name) = entry.get(key).and_then(toml::Value::as_str)
            && !list.iter().any(|known| known == name)
        {
            list.push(name.to_owned());
        }
    };
    for entry in entries(&["d1_databases"]) {
        add(&mut names.databases, &entry, "database_name");
    }
    for entry in entries(&["r2_buckets"]) {
        add(&mut names.buckets, &entry, "bucket_name");
    }
    for entry in entries(&["queues", "producers"]) {
        add(&mut names.queues, &entry, "queue");
    }
    for entry in entries(&["queues", "consumers"]) {
        add(&mut names.queues, &entry, "dead_letter_queue");
        add(&mut names.queues, &entry, "queue");
    }
}

/// Creates those databases that do not exist.
pub(crate) fn ensure_databases(node: &Node, names: &[String]) -> Result<()> {
    let listed = wrangler(node, &["d1", "list", "--json"])?;
    let listed: Value = serde_json::from_str(json_part(&listed)).context("`d1 list`")?;
    for name in names {
        let known = |entry: &Value| entry.get("name").and_then(Value::as_str) == Some(name);
        if !listed.as_array().is_some_and(|all| all.iter().any(known)) {
            eprintln!("creating the database {name}");
            wrangler(node, &["d1", "create", name, "--update-config=false"])?;
        }
    }
    Ok(())
}

/// Creates those queues that do not exist.
pub(crate) fn ensure_queues(node: &Node, names: &[String]) -> Result<()> {
    for name in names {
        let mut info = node.command("wrangler");
        if !process::capture(info.args(["queues", "info", name]))?.status.success() {
            eprintln!("creating the queue {name}");
            wrangler(node, &["queues", "create", name])?;
        }
    }
    Ok(())
}

/// Creates those buckets that do not exist.
pub(crate) fn ensure_buckets(node: &Node, names: &[String]) -> Result<()> {
    let listed = wrangler(node, &["r2", "bucket", "list"])?;
    let known = |name: &str| listed.lines().filter_map(|line| line.strip_prefix("name:")).any(|one| one.trim() == name);
    for name in names.iter().filter(|name| !known(name)) {
        eprintln!("creating the bucket {name}");
        wrangler(node, &["r2", "bucket", "create", name, "--update-config=false"])?;
    }
    Ok(())
}

/// The id of the key-value namespace of that name, which is created if missing.
/// Unlike databases and queues a namespace cannot be named in a `wrangler.toml`.
pub(crate) fn ensure_namespace(node: &Node, title: &str) -> Result<String> {
    if let Some(id) = namespace_id(node, title)? {
        return Ok(id);
    }
    eprintln!("creating the key-value namespace {title}");
    wrangler(node, &["kv", "namespace", "create", title, "--update-config=false"])?;
    namespace_id(node, title)?.with_context(|| format!("the namespace {title} was not created"))
}

fn namespace_id(node: &Node, title: &str) -> Result<Option<String>> {
    let listed = wrangler(node, &["kv", "namespace", "list"])?;
    let listed: Value = serde_json::from_str(json_part(&listed)).context("`kv namespace list`")?;
    let entries = listed.as_array().cloned().unwrap_or_default();
    let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
    let found = entries.iter().find(|entry| text(entry, "title").as_deref() == Some(title));
    Ok(found.and_then(|entry| text(entry, "id")))
}

fn wrangler(node: &Node, arguments: &[&str]) -> Result<String> {
    let what = format!("`wrangler {}`", arguments.join(" "));
    // Outside of the checkout: these commands need no configuration.
    let mut command = node.command("wrangler");
    process::output(command.args(arguments).current_dir(std::env::temp_dir()), &what)
}

/// wrangler may print a banner before the JSON.
fn json_part(text: &str) -> &str {
    text.find('[').and_then(|start| text.get(start..)).unwrap_or("[]")
}

#[cfg(test)]
mod tests {
    use super::{Names, collect, json_part};

    #[test]
    fn every_named_resource_of_a_section_is_found_once() {
        let section: toml::Value = toml::from_str(
            "d1_databases = [{ binding = 'DB', database_name = 'selvage-staging' }]\n\
             [[queues.producers]]\nbinding = 'USAGE'\nqueue = 'usage'\n\
             [[queues.consumers]]\nqueue = 'usage'\ndead_letter_queue = 'dead'\n",
        )
        .unwrap();
        let mut names = Names::default();
        collect(&section, &mut names);
        collect(&section, &mut names);
        assert_eq!(names.databases, ["selvage-staging"]);
        assert_eq!(names.queues, ["usage", "dead"]);
    }

    #[test]
    fn a_banner_before_the_json_is_skipped() {
        assert_eq!(json_part("wrangler 4\n[{\"id\":\"1\"}]"), "[{\"id\":\"1\"}]");
    }
}
