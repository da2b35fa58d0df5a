//! `cargo xtask reprice`: prices calls of the ledger again, through the row of a running stack. Not here: what a call
//! costs, and the history (`functions/usage`); budgets, which nothing changes afterwards.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::admin;
use crate::flags::Flags;
use crate::node;
use crate::process;
use crate::workspace::Workspace;

/// `cargo xtask reprice --from DAY --to DAY [--model M] [--provider P] [--apply] [--origin URL] [--persist DIR]`, with an
/// administrator's access token in `SELVAGE_TOKEN`. Without `--apply` it only tells what would change.
pub(crate) fn command(mut flags: Flags) -> Result<ExitCode> {
    let from = flags.value("--from")?.context("--from is needed: a day in UTC, or RFC 3339")?;
    let to = flags.value("--to")?.context("--to is needed: the day behind the last one, or RFC 3339")?;
    let (model, provider) = (flags.value("--model")?, flags.value("--provider")?);
    let apply = flags.switch("--apply");
    let origin = flags.value("--origin")?;
    let persist = flags.value("--persist")?.unwrap_or_else(|| ".selvage".to_owned());
    flags.words()?;
    if std::env::var_os("SELVAGE_TOKEN").is_none() {
        bail!("SELVAGE_TOKEN is not set: an administrator's access token");
    }
    let workspace = Workspace::find()?;
    let running = || admin::gateway_of(&workspace.path(persist));
    let origin = origin.or_else(running).context("no stack is running here: name one with --origin")?;
    let wish = json!({ "from": from, "to": to, "model": model, "provider": provider, "apply": apply });
    let mut command = node::ensure(&workspace)?.command("node");
    command
        .arg("--disable-warning=ExperimentalWarning")
        .arg(workspace.path("xtask/runtime/reprice.ts"))
        .args([origin.trim_end_matches('/'), &wish.to_string()])
        .current_dir(workspace.root());
    print!("{}", process::output(&mut command, "pricing calls again")?);
    Ok(ExitCode::SUCCESS)
}
