//! The tools that turn a crate into a Worker: the wasm target, worker-build and
//! the wasm-bindgen CLI. What is missing is installed, once per user. Not here:
//! Node and the npm packages (`node`).

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::Workspace;

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Where the build tools are.
#[derive(Clone, Debug)]
pub(crate) struct Tools {
    /// The worker-build program.
    pub(crate) worker_build: PathBuf,
    /// The wasm-bindgen program, of the same version as the library.
    pub(crate) wasm_bindgen: PathBuf,
    /// Changes when a tool does; part of what decides whether a build is fresh.
    pub(crate) versions: String,
}

/// Finds the build tools and installs what is missing.
pub(crate) fn ensure(workspace: &Workspace) -> Result<Tools> {
    ensure_wasm_target(workspace)?;
    let lock = fs::read_to_string(workspace.path("Cargo.lock")).context("no Cargo.lock")?;
    // The CLI must be the library's twin, and worker-build the crate's, so both
    // versions are read where they are already pinned.
    let worker = locked_version(&lock, "worker").context("`worker` is not in Cargo.lock")?;
    let bindgen = locked_version(&lock, "wasm-bindgen").context("`wasm-bindgen` is not in Cargo.lock")?;
    let worker_build = ensure_program(&Program {
        package: "worker-build",
        binary: "worker-build",
        version: &worker,
        locked: true,
        duration: "about three minutes",
        hint: "; on Linux it needs OpenSSL's headers and pkg-config \
               (Debian: apt-get install libssl-dev pkg-config)",
    })?;
    let wasm_bindgen = ensure_program(&Program {
        package: "wasm-bindgen-cli",
        binary: "wasm-bindgen",
        version: &bindgen,
        // Its lock file names crate versions that were withdrawn.
        locked: false,
        duration: "about two minutes",
        hint: "",
    })?;
    let versions = format!("worker-build {worker} wasm-bindgen {bindgen}");
    Ok(Tools { worker_build, wasm_bindgen, versions })
}

/// A program that `cargo install` provides.
#[derive(Debug)]
pub(crate) struct Program<'a> {
    /// The package's name on crates.io.
    pub(crate) package: &'a str,
    /// The program's name.
    pub(crate) binary: &'a str,
    /// The version wanted, exactly.
    pub(crate) version: &'a str,
    /// Whether to build it with the lock file it was published with.
    pub(crate) locked: bool,
    /// How long the installation takes, for people who wait.
    pub(crate) duration: &'a str,
    /// What to do when it fails, beginning with a semicolon.
    pub(crate) hint: &'a str,
}

/// The program in the wanted version: from the path, from the user's cache, or
/// installed into that cache now.
pub(crate) fn ensure_program(program: &Program<'_>) -> Result<PathBuf> {
    let cached = cache()?.join("bin").join(program.binary);
    for candidate in [PathBuf::from(program.binary), cached.clone()] {
        if version_of(&candidate).is_some_and(|version| version == program.version) {
            return Ok(candidate);
        }
    }
    let Program { package, version, duration, .. } = program;
    eprintln!("installing {package} {version} ({duration}, once per user)");
    let mut command = Command::new("cargo");
    command.args(["install", package, "--version", version, "--force", "--root"]).arg(cache()?);
    if program.locked {
        command.arg("--locked");
    }
    // These tools run for a second at a time and are waited for once: compiling them
    // quickly is worth more than that they are quick.
    command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1").env("CARGO_PROFILE_RELEASE_LTO", "off");
    command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    // Not into the project's target folder: its artifacts would stay there unused.
    command.env_remove("CARGO_TARGET_DIR").current_dir(env::temp_dir());
    process::run(&mut command, &format!("installing {package} {version}"))
        .with_context(|| format!("{package} {version} cannot be installed{}", program.hint))?;
    Ok(cached)
}

/// The folder of installed tools, shared by all checkouts of a user.
pub(crate) fn cache() -> Result<PathBuf> {
    let base = match env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env::var_os("HOME").context("HOME is not set")?).join(".cache"),
    };
    Ok(base.join("selvage").join("tools"))
}

/// The last word of what `program --version` prints first.
fn version_of(program: &Path) -> Option<String> {
    let captured = process::capture(Command::new(program).arg("--version")).ok()?;
    let line = captured.stdout.lines().next()?.to_owned();
    // "wasm-bindgen 0.2.130", "0.8.7", "cargo-deny 0.18.2 (commit date)"
    let is_version = |word: &&str| word.starts_with(|first: char| first.is_ascii_digit());
    line.split_whitespace().find(is_version).map(str::to_owned)
}

/// The version of a package in a `Cargo.lock`.
pub(crate) fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines();
    lines.find(|line| *line == name)?;
    let version = lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Some(version.to_owned())
}

fn ensure_wasm_target(workspace: &Workspace) -> Result<()> {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", WASM_TARGET]);
    let folder = process::output(rustc.current_dir(workspace.root()), "rustc").context(
        "no working Rust was found: install it from https://rustup.rs, \
         then the toolchain of rust-toolchain.toml with `rustup toolchain install`",
    )?;
    if Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    eprintln!("adding the target {WASM_TARGET}");
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", WASM_TARGET]).current_dir(workspace.root());
    if process::run(&mut rustup, "rustup target add").is_err() {
        bail!(
            "the target {WASM_TARGET} is missing and rustup cannot add it: \
             install Rust with rustup, or add the target by hand"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::locked_version;

    const LOCK: &str = "[[package]]\nname = \"worker-macros\"\nversion = \"0.8.6\"\n\n\
                        [[package]]\nname = \"worker\"\nversion = \"0.8.7\"\n";

    #[test]
    fn a_locked_version_is_found_by_the_whole_name() {
        assert_eq!(locked_version(LOCK, "worker").as_deref(), Some("0.8.7"));
        assert_eq!(locked_version(LOCK, "wasm-bindgen"), None);
    }
}
