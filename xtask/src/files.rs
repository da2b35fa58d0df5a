//! `cargo xtask files check`: compares the records of files with what lies in the bucket, through the row of a running stack. Not
//! here: what fits and what does not (`functions/shares`).

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::admin;
use crate::flags::Flags;
use crate::node;
use crate::process;
use crate::workspace::Workspace;

/// `cargo xtask files check [--apply] [--origin URL] [--persist DIR]`, with an administrator's access token in `SELVAGE_TOKEN`.
/// Without `--apply` it only tells what is wrong.
pub(crate) fn command(mut flags: Flags) -> Result<ExitCode> {
    let apply = flags.switch("--apply");
    let origin = flags.value("--origin")?;
    let persist = flags.value("--persist")?.unwrap_or_else(|| ".selvage".to_owned());
    if flags.words()? != ["check"] {
        bail!("cargo xtask files check [--apply] [--origin URL] [--persist DIR]");
    }
    if std::env::var_os("SELVAGE_TOKEN").is_none() {
        bail!("SELVAGE_TOKEN is not set: an administrator's access token");
    }
    let workspace = Workspace::find()?;
    let running = || admin::gateway_of(&workspace.path(persist));
    let origin = origin.or_else(running).context("no stack is running here: name one with --origin")?;
    let mut command = node::ensure(&workspace)?.command("node");
    command
        .arg("--disable-warning=ExperimentalWarning")
        .arg(workspace.path("xtask/runtime/files.ts"))
        .args([origin.trim_end_matches('/'), if apply { "apply" } else { "look" }])
        .current_dir(workspace.root());
    print!("{}", process::output(&mut command, "looking at files")?);
    Ok(ExitCode::SUCCESS)
}
