//! The suites that Node runs: the lint of the TypeScript, and the tests that talk
//! to a running stack. Not here: what they test (`tests/`).

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::build::Builder;
use crate::chromium;
use crate::counts::{self, Counts};
use crate::process::{self, Running};
use crate::python;
use crate::vars::PROVIDERS;
use crate::workspace::{FUNCTIONS, Profile};

/// biome and the type checker over all TypeScript.
pub(crate) fn lint(builder: &Builder) -> Result<Counts> {
    let mut counts = Counts::default();
    // biome colours its output in CI even where nobody could see it.
    let colors = if std::io::stdout().is_terminal() { "--colors=force" } else { "--colors=off" };
    for (program, arguments) in [("biome", &["ci", colors, "."][..]), ("tsc", &["--noEmit"][..])] {
        let mut command = builder.node.command(program);
        let result = process::run(command.args(arguments).current_dir(builder.workspace.root()), program);
        match &result {
            Ok(()) => println!("{program}: ok"),
            Err(error) => println!("{error:#}"),
        }
        counts += Counts::one(result.is_ok());
    }
    Ok(counts)
}

/// Black box tests of the built Workers.
pub(crate) fn blackbox(builder: &Builder) -> Result<Counts> {
    let chromium = chromium::ensure()?;
    with_stack(builder, "blackbox", &[("SELVAGE_CHROMIUM", chromium)])
}

/// Schemathesis over the API description. The tests start a stack whose limits do not end such a load.
pub(crate) fn schemathesis(builder: &Builder) -> Result<Counts> {
    let python = python::ensure(&builder.workspace, &python::SCHEMATHESIS)?;
    let files = test_files(&builder.workspace.path("tests/schemathesis"), "")?;
    builder.build(FUNCTIONS, Profile::Quick)?;
    run(builder, "schemathesis", &files, &[("SELVAGE_PYTHON", python)])
}

/// The official SDKs against the stack.
pub(crate) fn sdk(builder: &Builder) -> Result<Counts> {
    let python = python::ensure(&builder.workspace, &python::SDK)?;
    with_stack(builder, "sdk", &[("SELVAGE_PYTHON", python)])
}

/// The commands of the README, pasted as they stand.
pub(crate) fn tour(builder: &Builder) -> Result<Counts> {
    let python = python::ensure(&builder.workspace, &python::SDK)?;
    with_stack(builder, "tour", &[("SELVAGE_PYTHON", python)])
}

/// The documents: links, commands, and the examples that are marked to be run.
pub(crate) fn docs(builder: &Builder) -> Result<Counts> {
    with_stack(builder, "docs", &[])
}

/// The simulated provider itself.
pub(crate) fn simulator(builder: &Builder) -> Result<Counts> {
    let folder = builder.workspace.path("tests/simulator");
    run(builder, "simulator", &test_files(&folder, "")?, &[])
}

/// The command `dev` as a program: what it starts and leaves behind.
pub(crate) fn dev(builder: &Builder) -> Result<Counts> {
    builder.build(FUNCTIONS, Profile::Quick)?;
    run(builder, "dev", &test_files(&builder.workspace.path("xtask/tests"), "dev")?, &[])
}

/// The command `deploy` against a stand-in of Cloudflare.
pub(crate) fn deploy(builder: &Builder) -> Result<Counts> {
    run(builder, "deploy", &test_files(&builder.workspace.path("xtask/tests"), "deploy")?, &[])
}

/// Runs `tests/<suite>/*.test.ts` beside a stack of its own. The tests find it by
/// `SELVAGE_STACK`, the path of its `stack.json`.
fn with_stack(builder: &Builder, suite: &str, more: &[(&str, PathBuf)]) -> Result<Counts> {
    let files = test_files(&builder.workspace.path("tests").join(suite), "")?;
    builder.build(FUNCTIONS, Profile::Quick)?;
    let stack = TestStack::start(builder, builder.workspace.target().join("stacks").join(suite))?;
    let mut variables = more.to_vec();
    variables.push(("SELVAGE_STACK", stack.persist.join("stack.json")));
    run(builder, suite, &files, &variables)
}

/// Runs test files in Node and counts. The tests start further stacks with the
/// program named by `SELVAGE_XTASK`.
fn run(builder: &Builder, suite: &str, files: &[PathBuf], variables: &[(&str, PathBuf)]) -> Result<Counts> {
    let folder = builder.workspace.target().join("results");
    fs::create_dir_all(&folder)?;
    let tap = folder.join(format!("{suite}.tap"));
    let _ = fs::remove_file(&tap);
    let mut command = builder.node.command("node");
    command
        // A test that hangs fails in the end, and does not hold the others up for ever.
        .args(["--disable-warning=ExperimentalWarning", "--test", "--test-timeout=1200000"])
        .args(files_at_once().map(|files| format!("--test-concurrency={files}")))
        .args(["--test-reporter=spec", "--test-reporter-destination=stdout"])
        .arg("--test-reporter=tap")
        .arg(format!("--test-reporter-destination={}", tap.display()))
        .args(files)
        .current_dir(builder.workspace.root())
        .env("SELVAGE_XTASK", std::env::current_exe()?)
        .envs(variables.iter().map(|(name, value)| (name, value)));
    let result = process::run(&mut command, &format!("`node --test` of {suite}"));
    let mut counts = counts::of_tap(&fs::read_to_string(&tap).unwrap_or_default());
    if (result.is_err() && counts.failed == 0) || counts == Counts::default() {
        counts += Counts::one(false);
    }
    Ok(counts)
}

/// How many test files run at once, where Node's own choice, one less than there are cores, comes to one: two, for tests
/// of a stack wait most of their time.
fn files_at_once() -> Option<usize> {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (cores <= 2).then_some(2)
}

/// The `*.test.ts` of a folder whose names begin like this; none is a failure.
fn test_files(folder: &Path, beginning: &str) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("no {}", folder.display()))?;
    let mut files: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
            name.starts_with(beginning) && name.ends_with(".test.ts")
        })
        .collect();
    files.sort();
    if files.is_empty() {
        bail!("{} holds no {beginning}*.test.ts", folder.display());
    }
    Ok(files)
}

/// `cargo xtask dev`, started as people start it, on a free port with fresh state.
struct TestStack {
    _running: Running,
    persist: PathBuf,
}

impl TestStack {
    fn start(builder: &Builder, persist: PathBuf) -> Result<Self> {
        let _ = fs::remove_dir_all(&persist);
        fs::create_dir_all(&persist)?;
        let mut command = builder.node.command(&std::env::current_exe()?.to_string_lossy());
        command
            .args(["dev", "--port", "0", "--no-watch", "--json-logs", "--persist"])
            .arg(&persist)
            // A developer's own provider keys must not be spent by tests.
            .args(PROVIDERS.iter().flat_map(|name| ["--var".to_owned(), format!("{name}=")]))
            // Tests make the simulator fail all the time; those of the breakers have stacks of their own.
            .args(["--var", "AI_BREAKER_FAILURES=0"])
            .current_dir(builder.workspace.root())
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut running = Running::start(&mut command)?;
        let stdout = running.child().stdout.take().context("the stack has no output")?;
        let (sender, ready) = channel();
        // Read to the end, or a full pipe would stop the stack.
        thread::spawn(move || {
            process::each_line(stdout, |line| {
                if line.starts_with("ready ") {
                    let _ = sender.send(());
                }
            });
        });
        ready.recv_timeout(Duration::from_secs(240)).context("the stack did not start")?;
        Ok(Self { _running: running, persist })
    }
}
