//! `cargo xtask bench`: builds what is deployed and hands over to `bench/main.ts`, or, for the word `accounts` or
//! `files`, to the program in that folder of `bench`.
//! Not here: what is measured, and how.

use std::process::ExitCode;

use anyhow::Result;

use crate::build::Builder;
use crate::flags::Flags;
use crate::process;
use crate::workspace::{FUNCTIONS, Profile, Workspace};

/// Carries out the command; every argument goes to the program.
pub(crate) fn command(flags: Flags) -> Result<ExitCode> {
    let builder = Builder::prepare(Workspace::find()?)?;
    builder.build(FUNCTIONS, Profile::Release)?;
    let mut rest = flags.rest();
    let named = rest.first().is_some_and(|word| matches!(word.as_str(), "accounts" | "files"));
    let script = if named { rest.remove(0) + "/main.ts" } else { "main.ts".to_owned() };
    let mut bench = builder.node.command("node");
    bench
        .args(["--disable-warning=ExperimentalWarning".to_owned(), format!("bench/{script}")])
        .args(rest)
        .env("SELVAGE_XTASK", std::env::current_exe()?)
        // Where `<function>/index.js` and `index_bg.wasm` lie.
        .env("SELVAGE_WORKERS", builder.workspace.target().join("workers/release"))
        .current_dir(builder.workspace.root());
    process::run(&mut bench, "the benchmark")?;
    Ok(ExitCode::SUCCESS)
}
