//! Line coverage of the host tests, with the compiler's own instrumentation and
//! LLVM's own tools. Not here: running the tests (`suite_rust`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process;
use crate::workspace::Workspace;

/// The least share of lines that tests must run, in percent.
pub(crate) const LEAST_PERCENT: f64 = 80.0;

/// Where an instrumented run keeps its files.
#[derive(Debug)]
pub(crate) struct Coverage {
    target: PathBuf,
    tools: PathBuf,
}

/// Lines that can run and lines that ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lines {
    covered: u64,
    all: u64,
}

impl Lines {
    /// The share of lines that ran, in percent; 0 if there are none.
    pub(crate) fn percent(self) -> f64 {
        if self.all == 0 {
            return 0.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "numbers of lines are far below 2^52")]
        let share = self.covered as f64 / self.all as f64;
        share * 100.0
    }
}

impl Coverage {
    /// Finds LLVM's tools, adding them to the toolchain if needed, and forgets
    /// earlier runs.
    pub(crate) fn prepare(workspace: &Workspace) -> Result<Self> {
        let tools = llvm_tools(workspace)?;
        let target = workspace.target().join("coverage");
        let _ = fs::remove_dir_all(target.join("profiles"));
        fs::create_dir_all(target.join("profiles"))?;
        Ok(Self { target, tools })
    }

    /// Makes a cargo command build and run instrumented, apart from other builds.
    pub(crate) fn instrument(&self, cargo: &mut Command) {
        let flags = "-C instrument-coverage";
        cargo
            .env("CARGO_TARGET_DIR", &self.target)
            .env("RUSTFLAGS", flags)
            .env("RUSTDOCFLAGS", flags)
            .env("LLVM_PROFILE_FILE", self.target.join("profiles/%p-%8m.profraw"));
    }

    /// The lines of `shared` and the functions that ran in these test programs.
    pub(crate) fn measure(&self, workspace: &Workspace, programs: &[PathBuf]) -> Result<Lines> {
        let Some((first, others)) = programs.split_first() else {
            bail!("no test program was built");
        };
        let profile = self.target.join("all.profdata");
        let mut merge = Command::new(self.tools.join("llvm-profdata"));
        merge.args(["merge", "--sparse", "--output"]).arg(&profile);
        process::output(merge.args(self.profiles()?), "llvm-profdata")?;
        let mut export = Command::new(self.tools.join("llvm-cov"));
        export.args(["export", "--summary-only", "--instr-profile"]).arg(&profile).arg(first);
        for program in others {
            export.arg("--object").arg(program);
        }
        let report = process::output(&mut export, "llvm-cov")?;
        let report = serde_json::from_str(&report).context("llvm-cov's report")?;
        Ok(lines_in(&report, &["shared", "functions"].map(|folder| workspace.path(folder))))
    }

    fn profiles(&self) -> Result<Vec<PathBuf>> {
        let entries = fs::read_dir(self.target.join("profiles"))?;
        Ok(entries.flatten().map(|entry| entry.path()).collect())
    }
}

fn lines_in(report: &Value, folders: &[PathBuf]) -> Lines {
    let files = report.pointer("/data/0/files").and_then(Value::as_array);
    let mut lines = Lines::default();
    for file in files.into_iter().flatten() {
        let name = Path::new(file.get("filename").and_then(Value::as_str).unwrap_or_default());
        if folders.iter().any(|folder| name.starts_with(folder)) {
            let number = |what: &str| {
                let value = file.pointer(&format!("/summary/lines/{what}"));
                value.and_then(Value::as_u64).unwrap_or_default()
            };
            lines.covered += number("covered");
            lines.all += number("count");
        }
    }
    lines
}

fn llvm_tools(workspace: &Workspace) -> Result<PathBuf> {
    let ask = |argument: &[&str]| {
        let mut rustc = Command::new("rustc");
        process::output(rustc.args(argument).current_dir(workspace.root()), "rustc")
    };
    let sysroot = ask(&["--print", "sysroot"])?;
    let about = ask(&["-vV"])?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc -vV")?;
    let folder = Path::new(sysroot.trim()).join("lib/rustlib").join(host).join("bin");
    if !folder.join("llvm-cov").is_file() {
        eprintln!("adding llvm-tools to the toolchain");
        let mut rustup = Command::new("rustup");
        rustup.args(["component", "add", "llvm-tools"]).current_dir(workspace.root());
        process::run(&mut rustup, "rustup component add llvm-tools")
            .context("coverage needs llvm-tools: install Rust with rustup")?;
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::{Lines, lines_in};
    use serde_json::json;
    use std::path::PathBuf;

    fn file(name: &str, covered: u64, count: u64) -> serde_json::Value {
        json!({ "filename": name, "summary": { "lines": { "covered": covered, "count": count } } })
    }

    #[test]
    fn only_files_of_the_wanted_folders_count() {
        let files = [file("/w/shared/src/a.rs", 8, 10), file("/w/xtask/src/b.rs", 0, 100)];
        let report = json!({ "data": [{ "files": files }] });
        let lines = lines_in(&report, &[PathBuf::from("/w/shared")]);
        assert_eq!(lines, Lines { covered: 8, all: 10 });
        assert!((lines.percent() - 80.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_to_run_is_nothing_covered() {
        assert!(Lines::default().percent() < f64::EPSILON);
    }
}
