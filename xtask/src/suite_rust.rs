//! The suites that cargo runs: format, lints, dependencies, derived files, tests
//! on the host. Not here: Workers in workerd (`suite_workers`, `suite_node`).

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Result;
use serde_json::Value;

use crate::build::Builder;
use crate::counts::{self, Counts};
use crate::coverage::{Coverage, LEAST_PERCENT};
use crate::process::{self, Running};
use crate::tools::{self, Program};
use crate::workspace::{FUNCTIONS, Workspace};

/// `cargo fmt --check`.
pub(crate) fn fmt(builder: &Builder) -> Result<Counts> {
    Ok(check(&mut cargo(&builder.workspace, &["fmt", "--all", "--check"]), "rustfmt"))
}

/// clippy for the host with all tests, and for wasm without them.
pub(crate) fn clippy(builder: &Builder) -> Result<Counts> {
    let mut host = cargo(&builder.workspace, &["clippy", "--quiet", "--workspace", "--all-targets"]);
    let mut counts = check(host.args(["--", "-D", "warnings"]), "clippy on the host");
    let mut wasm = cargo(&builder.workspace, &["clippy", "--quiet", "--package", "shared"]);
    for &name in FUNCTIONS {
        wasm.args(["--package", name]);
    }
    wasm.args(["--lib", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings"]);
    counts += check(&mut wasm, "clippy for wasm");
    Ok(counts)
}

/// cargo-deny: what may be depended on. Advisories are a job of their own in the
/// repository's CI: they change without a change here.
pub(crate) fn deny(builder: &Builder) -> Result<Counts> {
    let program = tools::ensure_program(&Program {
        package: "cargo-deny",
        binary: "cargo-deny",
        version: "0.20.2",
        locked: true,
        duration: "about four minutes",
        hint: "",
    })?;
    let mut counts = Counts::default();
    for part in ["bans", "licenses", "sources"] {
        let mut command = Command::new(&program);
        command.args(["--log-level", "warn", "check", "--hide-inclusion-graph", part]);
        command.current_dir(builder.workspace.root());
        counts += check(&mut command, &format!("cargo-deny {part}"));
    }
    Ok(counts)
}

/// The files derived from the route tables are those that are committed.
pub(crate) fn contract(builder: &Builder) -> Result<Counts> {
    let mut command = cargo(&builder.workspace, &["run", "--quiet", "--package", "contract"]);
    Ok(check(command.args(["--", "check"]), "the contract check"))
}

/// All tests on the host, and how many lines they ran.
pub(crate) fn host(builder: &Builder) -> Result<Counts> {
    let coverage = Coverage::prepare(&builder.workspace)?;
    let mut compile = cargo(&builder.workspace, &["test", "--workspace", "--no-run"]);
    coverage.instrument(compile.args(["--message-format", "json-render-diagnostics"]));
    let compiled = process::Captured::of_shown_stderr(&mut compile)?;
    if !compiled.status.success() {
        anyhow::bail!("the tests do not compile");
    }
    let programs = test_programs(&compiled.stdout);
    let mut run = cargo(&builder.workspace, &["test", "--workspace", "--no-fail-fast"]);
    coverage.instrument(&mut run);
    let mut counts = count_cargo(&mut run)?;
    let lines = coverage.measure(&builder.workspace, &programs)?;
    let percent = lines.percent();
    println!("coverage: {percent:.1} % of the lines of shared and functions");
    if percent < LEAST_PERCENT {
        println!("coverage is below {LEAST_PERCENT} %");
    }
    counts += Counts::one(percent >= LEAST_PERCENT);
    Ok(counts)
}

fn cargo(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(workspace.root());
    command
}

/// Runs a check with its output shown.
fn check(command: &mut Command, what: &str) -> Counts {
    let result = process::run(command, what);
    match &result {
        Ok(()) => println!("{what}: ok"),
        Err(error) => println!("{error:#}"),
    }
    Counts::one(result.is_ok())
}

/// Runs `cargo test`, shows it, and counts.
fn count_cargo(command: &mut Command) -> Result<Counts> {
    let mut running = Running::start(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
    let mut counts = Counts::default();
    if let Some(pipe) = running.child().stdout.take() {
        process::each_line(pipe, |line| {
            println!("{line}");
            counts += counts::of_cargo(line);
        });
    }
    if !running.wait()?.success() && counts.failed == 0 {
        counts += Counts::one(false);
    }
    Ok(counts)
}

/// The programs in cargo's messages that were built as tests.
fn test_programs(messages: &str) -> Vec<PathBuf> {
    let read = |line: &str| {
        let message: Value = serde_json::from_str(line).ok()?;
        let is_test = message.pointer("/profile/test")?.as_bool()?;
        let program = message.get("executable")?.as_str()?;
        is_test.then(|| PathBuf::from(program))
    };
    messages.lines().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::test_programs;
    use std::path::PathBuf;

    #[test]
    fn only_test_programs_are_measured() {
        let messages = "{\"executable\":\"/t/a\",\"profile\":{\"test\":true}}\n\
                        {\"executable\":\"/t/xtask\",\"profile\":{\"test\":false}}\n\
                        {\"executable\":null,\"profile\":{\"test\":true}}\n";
        assert_eq!(test_programs(messages), [PathBuf::from("/t/a")]);
    }
}
