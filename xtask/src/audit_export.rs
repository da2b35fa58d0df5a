//! Taking the audit chain out: from a running stack as an administrator, with what is personal; or from the bucket
//! alone, which an intruder in the database cannot write. Not here: verifying.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::admin;
use crate::deploy::ENVIRONMENTS;
use crate::flags::Flags;
use crate::node::{self, Node};
use crate::process;
use crate::workspace::Workspace;

/// `cargo xtask audit export --out DIR [--origin URL] [--persist DIR]`, with an administrator's access token in
/// `SELVAGE_TOKEN`; or `--bucket --env ENV`.
pub(crate) fn command(mut flags: Flags) -> Result<ExitCode> {
    let out = flags.value("--out")?.map(PathBuf::from).context("--out is needed: a folder for what is exported")?;
    let bucket = flags.switch("--bucket");
    let environment = flags.value("--env")?;
    let origin = flags.value("--origin")?;
    let persist = flags.value("--persist")?.unwrap_or_else(|| ".selvage".to_owned());
    flags.words()?;
    let workspace = Workspace::find()?;
    fs::create_dir_all(&out).with_context(|| format!("{} cannot be made", out.display()))?;
    let node = node::ensure(&workspace)?;
    if bucket {
        let environment = environment.filter(|name| ENVIRONMENTS.contains(&name.as_str()));
        let environment = environment.context("--bucket needs --env staging or --env production")?;
        from_bucket(&node, &format!("selvage-audit-{environment}"), &out)?;
    } else {
        let running = || admin::gateway_of(&workspace.path(persist));
        let origin = origin.or_else(running).context("no stack is running here: name one with --origin")?;
        from_stack(&workspace, &node, &origin, &out)?;
    }
    println!("{} events in {}", lines(&out)?, out.join("export.jsonl").display());
    Ok(ExitCode::SUCCESS)
}

fn lines(out: &Path) -> Result<usize> {
    Ok(fs::read_to_string(out.join("export.jsonl"))?.lines().count())
}

/// Asks the stack's own rows; Node speaks HTTPS.
fn from_stack(workspace: &Workspace, node: &Node, origin: &str, out: &Path) -> Result<()> {
    if std::env::var_os("SELVAGE_TOKEN").is_none() {
        bail!("SELVAGE_TOKEN is not set: an administrator's access token");
    }
    let out = std::path::absolute(out)?;
    let mut command = node.command("node");
    command
        .arg("--disable-warning=ExperimentalWarning")
        .arg(workspace.path("xtask/runtime/audit-export.ts"))
        .args([origin.trim_end_matches('/')])
        .arg(out)
        .current_dir(workspace.root());
    process::output(&mut command, "exporting the audit chain").map(|_| ())
}

/// Follows the segments from the first to the head. Their names follow from what is in them.
fn from_bucket(node: &Node, bucket: &str, out: &Path) -> Result<()> {
    let get = |name: &str| {
        let mut wrangler = node.command("wrangler");
        wrangler.args(["r2", "object", "get", &format!("{bucket}/{name}"), "--pipe", "--remote"]);
        process::output(wrangler.current_dir(std::env::temp_dir()), &format!("reading {bucket}/{name}"))
    };
    let head = get("head.json")?;
    let parsed: Value = serde_json::from_str(&head).context("the head is no JSON")?;
    let last = parsed.get("sequence").and_then(Value::as_u64).context("the head has no sequence")?;
    let mut all = String::new();
    let mut next = 1;
    while next <= last {
        let segment = get(&format!("segments/{next:012}.jsonl"))?;
        let end = segment.lines().last().and_then(|line| serde_json::from_str::<Value>(line).ok());
        let end = end.and_then(|line| line.get("sequence").and_then(Value::as_u64)).filter(|end| *end >= next);
        next = end.with_context(|| format!("the segment of event {next} is empty"))? + 1;
        all.push_str(&segment);
    }
    fs::write(out.join("head.json"), head)?;
    fs::write(out.join("export.jsonl"), all).context("export.jsonl cannot be written")
}
