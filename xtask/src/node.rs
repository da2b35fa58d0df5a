//! Node and the npm packages: wrangler, Miniflare, binaryen, esbuild, the type
//! checker. Not here: what they are used for.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::fingerprint::hash_of;
use crate::process;
use crate::workspace::Workspace;

/// What npm and the installer of Node need.
const OLDEST_ON_MACHINE: Version = (20, 0);
/// What wrangler needs, and running TypeScript without a flag.
const OLDEST_FOR_TOOLS: Version = (22, 18);

type Version = (u32, u32);

/// The installed npm packages, with a Node that can run them.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    modules: PathBuf,
    path: std::ffi::OsString,
}

impl Node {
    /// A command for a program of the npm packages, or for anything that calls one.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("PATH", &self.path);
        // No questions, no reports, and no fetch of Cloudflare's sample request data.
        command.env("WRANGLER_SEND_METRICS", "false").env("CLOUDFLARE_CF_FETCH_ENABLED", "false");
        command
    }

    /// The wasm-opt program.
    pub(crate) fn wasm_opt(&self) -> PathBuf {
        self.modules.join(".bin/wasm-opt")
    }

    /// The wasm-metadce program, of the same package.
    pub(crate) fn wasm_metadce(&self) -> PathBuf {
        self.modules.join(".bin/wasm-metadce")
    }

    /// The esbuild program.
    pub(crate) fn esbuild(&self) -> PathBuf {
        self.modules.join(".bin/esbuild")
    }
}

/// Installs the npm packages if they are missing or older than the lock file.
pub(crate) fn ensure(workspace: &Workspace) -> Result<Node> {
    let modules = workspace.path("node_modules");
    if !fresh(workspace, &modules)? {
        install(workspace, &modules)?;
    }
    let node = Node { path: path_with(&modules)?, modules };
    if usable(&node).is_none() {
        install_node(&node)?;
    }
    Ok(node)
}

fn install(workspace: &Workspace, modules: &Path) -> Result<()> {
    require_machine()?;
    // npm would empty the folder that a link points to, which someone else may be using.
    if modules.is_symlink() {
        bail!("node_modules is a link to packages of another lock file: remove the link");
    }
    // Several stacks may start at once; one of them installs.
    let lock = File::open(workspace.path("package-lock.json"))?;
    lock.lock().context("the lock on the npm packages cannot be taken")?;
    if fresh(workspace, modules)? {
        return Ok(());
    }
    eprintln!("installing the npm packages (less than a minute)");
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    process::run(npm.current_dir(workspace.root()), "`npm ci`")?;
    Ok(fs::write(stamp(modules), lock_hash(workspace)?)?)
}

fn stamp(modules: &Path) -> PathBuf {
    modules.join(".lock-hash")
}

fn lock_hash(workspace: &Workspace) -> Result<String> {
    hash_of(&[workspace.path("package-lock.json")])
}

/// Whether the packages are those of the lock file. Someone who ran npm by hand
/// left no stamp; then the times decide.
fn fresh(workspace: &Workspace, modules: &Path) -> Result<bool> {
    let wanted = lock_hash(workspace)?;
    if let Ok(found) = fs::read_to_string(stamp(modules)) {
        return Ok(found == wanted);
    }
    let time = |path: PathBuf| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let installed = time(modules.join(".package-lock.json"));
    let locked = time(workspace.path("package-lock.json"));
    let fresh = installed.is_some() && installed >= locked;
    if fresh {
        fs::write(stamp(modules), wanted)?;
    }
    Ok(fresh)
}

fn require_machine() -> Result<()> {
    let advice = "install Node 20 or newer with npm from https://nodejs.org";
    let node = version(Command::new("node").arg("--version"));
    let npm = version(Command::new("npm").arg("--version"));
    match (node, npm) {
        (None, _) => bail!("Node is missing: {advice}"),
        (Some(found), _) if found < OLDEST_ON_MACHINE => {
            bail!("Node {}.{} is too old: {advice}", found.0, found.1)
        }
        (_, None) => bail!("npm is missing: {advice}"),
        _ => Ok(()),
    }
}

fn usable(node: &Node) -> Option<Version> {
    version(node.command("node").arg("--version")).filter(|found| *found >= OLDEST_FOR_TOOLS)
}

/// The npm package `node` fetches its program in an install script, and scripts
/// may be switched off; then the script is run here.
fn install_node(node: &Node) -> Result<()> {
    eprintln!("installing Node for wrangler (npm package `node`)");
    let mut script = Command::new("node");
    script.arg("installArchSpecificPackage.js").current_dir(node.modules.join("node"));
    let installed = process::output(&mut script, "the installer of the npm package `node`");
    if installed.is_err() || usable(node).is_none() {
        let (major, minor) = OLDEST_FOR_TOOLS;
        bail!(
            "wrangler needs Node {major}.{minor} or newer and the npm package `node` could not be \
             installed: install a newer Node from https://nodejs.org"
        );
    }
    Ok(())
}

fn path_with(modules: &Path) -> Result<std::ffi::OsString> {
    let before = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(modules.join(".bin")).chain(env::split_paths(&before));
    env::join_paths(folders).context("the path of the checkout holds a colon")
}

fn version(command: &mut Command) -> Option<Version> {
    parse_version(&process::capture(command).ok().filter(|run| run.status.success())?.stdout)
}

fn parse_version(text: &str) -> Option<Version> {
    let mut numbers = text.trim().trim_start_matches('v').split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn versions_are_compared_by_number() {
        assert_eq!(parse_version("v24.21.0\n"), Some((24, 21)));
        assert!(parse_version("v9.11.2") < parse_version("v22.18.0"));
        assert_eq!(parse_version("command not found"), None);
    }
}
