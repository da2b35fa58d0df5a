//! Building Workers: compile, bind, bundle, each only when its sources changed.
//! Not here: finding the tools (`tools`, `node`), running cargo (`cargo_build`).

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};

use crate::cargo_build;
use crate::entry;
use crate::fingerprint;
use crate::flags::Flags;
use crate::names;
use crate::node::{self, Node};
use crate::plain_dev;
use crate::process;
use crate::tools::{self, Tools};
use crate::unused;
use crate::workspace::{Profile, Workspace, functions};

/// What the compiler and wasm-bindgen use. Not all that binaryen knows: it would write encodings that a runtime may not
/// read yet.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-exception-handling",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Everything a build needs.
#[derive(Clone, Debug)]
pub(crate) struct Builder {
    /// The checkout.
    pub(crate) workspace: Workspace,
    /// The build tools.
    pub(crate) tools: Tools,
    /// The npm packages.
    pub(crate) node: Node,
}

impl Builder {
    /// Finds all tools and installs what is missing.
    pub(crate) fn prepare(workspace: Workspace) -> Result<Self> {
        let tools = tools::ensure(&workspace)?;
        let node = node::ensure(&workspace)?;
        Ok(Self { workspace, tools, node })
    }

    /// Builds those of the functions whose sources changed; returns them.
    pub(crate) fn build(&self, names: &[&'static str], profile: Profile) -> Result<Vec<&'static str>> {
        if self.stale(names, profile).is_empty() {
            return Ok(Vec::new());
        }
        // Two stacks of one checkout share the built Workers: one builds at a time.
        let _lock = self.lock()?;
        let stale = self.stale(names, profile);
        if stale.is_empty() {
            return Ok(Vec::new());
        }
        let started = Instant::now();
        eprintln!("building {} ({})", stale.join(", "), profile.name());
        for name in &stale {
            fingerprint::record(&self.workspace.built(name, profile), None)?;
        }
        cargo_build::compile(&self.workspace, &stale, profile)?;
        // What the compiler has just read; hashed before the slower steps, so that
        // an edit during them makes the build stale and not silently fresh.
        let prints: Vec<_> = stale.iter().map(|name| self.fingerprint(name, profile)).collect();
        self.bundle_all(&stale, profile)?;
        for (name, print) in stale.iter().zip(&prints) {
            fingerprint::record(&self.workspace.built(name, profile), print.as_deref())?;
        }
        eprintln!("built in {:.1} s", started.elapsed().as_secs_f64());
        Ok(stale)
    }

    fn fingerprint(&self, name: &str, profile: Profile) -> Option<String> {
        fingerprint::current(&self.workspace, name, profile, &self.tools.versions)
    }

    fn stale(&self, names: &[&'static str], profile: Profile) -> Vec<&'static str> {
        let fresh = |name: &&str| {
            let current = self.fingerprint(name, profile);
            let recorded = fingerprint::recorded(&self.workspace.built(name, profile));
            current.is_some() && current == recorded
        };
        names.iter().filter(|name| !fresh(name)).copied().collect()
    }

    fn lock(&self) -> Result<File> {
        let folder = self.workspace.target().join("workers");
        fs::create_dir_all(&folder)?;
        let file = File::create(folder.join(".lock"))?;
        file.lock().context("the lock on the built Workers cannot be taken")?;
        Ok(file)
    }

    /// Runs worker-build for each, at the same time: most of its second is waiting.
    fn bundle_all(&self, names: &[&'static str], profile: Profile) -> Result<()> {
        thread::scope(|scope| {
            let runs: Vec<_> = names.iter().map(|name| scope.spawn(|| self.bundle(name, names, profile))).collect();
            runs.into_iter().try_for_each(|run| run.join().unwrap_or_else(|_| Err(anyhow!("worker-build broke off"))))
        })
    }

    fn bundle(&self, name: &str, selected: &[&'static str], profile: Profile) -> Result<()> {
        let built = self.workspace.built(name, profile);
        fs::create_dir_all(&built)?;
        let mut command: Command = self.node.command(&self.tools.worker_build.to_string_lossy());
        command
            .args(["--profile", profile.name(), "--no-opt", "--out-dir"])
            .arg(&built)
            .current_dir(self.workspace.crate_dir(name))
            .env("WASM_BINDGEN_BIN", &self.tools.wasm_bindgen)
            .env("NO_MINIFY", "1")
            .env("WASM_OPT_BIN", self.node.wasm_opt())
            .env("ESBUILD_BIN", self.node.esbuild());
        // The dot is the crate's path: without it the next word would be taken for it.
        command.args([".", "--"]).args(cargo_build::selection(selected));
        process::output(&mut command, &format!("worker-build for `{name}`"))?;
        let index = built.join("index.js");
        let bundle = fs::read_to_string(&index).with_context(|| format!("{} is missing", index.display()))?;
        let bundle = unused::without_classes(&bundle);
        fs::write(&index, entry::plain(&bundle)?)?;
        self.minify(&index)?;
        if profile == Profile::Release { self.optimise(&built, &unused::graph(&bundle)) } else { Ok(()) }
    }

    /// Leaves out what the bundle does not reach, goes over the module for size, and takes the functions' names out of
    /// what is deployed: they are a seventh of it. A copy with names stays beside it, so that the addresses of a logged
    /// stack can be looked up.
    fn optimise(&self, built: &Path, reached: &str) -> Result<()> {
        let [deployed, named, graph] = ["index_bg.wasm", "named.wasm", "reached.json"].map(|file| built.join(file));
        fs::write(&graph, reached)?;
        let mut command = self.node.command(&self.node.wasm_metadce().to_string_lossy());
        command.args(FEATURES).args(["-g", "--graph-file"]).arg(&graph).arg("-o").arg(&named).arg(&deployed);
        process::output(&mut command, "wasm-metadce")?;
        fs::remove_file(&graph)?;
        let mut command = self.node.command(&self.node.wasm_opt().to_string_lossy());
        command.args(FEATURES).args(["-O", "-Os", "-g", "-o"]).arg(&named).arg(&named);
        process::output(&mut command, "wasm-opt")?;
        Ok(fs::write(&deployed, names::without(&fs::read(&named)?)?)?)
    }

    fn minify(&self, index: &Path) -> Result<()> {
        let mut command = Command::new(self.node.esbuild());
        command.arg(index).args(["--minify", "--format=esm", "--allow-overwrite", "--log-level=error"]);
        command.arg(format!("--outfile={}", index.display()));
        process::output(&mut command, "esbuild")?;
        Ok(())
    }
}

/// `cargo xtask build [NAME …|all] [--release]`: builds, and lays the result where
/// each `wrangler.toml` expects it. This is the `[build]` command of wrangler.
pub(crate) fn command(mut flags: Flags) -> Result<ExitCode> {
    let wrangler = std::env::var("WRANGLER_COMMAND").unwrap_or_default();
    let deploying = matches!(wrangler.as_str(), "deploy" | "versions upload");
    let profile = if flags.switch("--release") || deploying { Profile::Release } else { Profile::Quick };
    let names = functions(&flags.words()?)?;
    let builder = Builder::prepare(Workspace::find()?)?;
    builder.build(&names, profile)?;
    for name in &names {
        install(&builder.workspace, name, profile)?;
    }
    if wrangler == "dev" {
        plain_dev::prepare(&builder, &names)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Copies a built Worker to `functions/<name>/build`.
fn install(workspace: &Workspace, name: &str, profile: Profile) -> Result<()> {
    let from = workspace.built(name, profile);
    let to = workspace.crate_dir(name).join("build");
    fs::create_dir_all(&to)?;
    // The wasm first: wrangler may reload as soon as the entry changes.
    for file in ["index_bg.wasm", "index.js"] {
        fs::copy(from.join(file), to.join(file)).with_context(|| format!("the built Worker `{name}` has no {file}"))?;
    }
    Ok(())
}
