//! Whether a built Worker is still what its sources say. Cargo's own check costs
//! seconds over five Workers; hashing the files that the compiler read costs
//! milliseconds. Not here: building.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::workspace::{Profile, Workspace};

/// The hash of the contents of these files, in this order, as lower-case hex.
pub(crate) fn hash_of(files: &[PathBuf]) -> Result<String> {
    let mut hash = Sha256::new();
    for file in files {
        let bytes = contents(file).with_context(|| format!("{} cannot be read", file.display()))?;
        // Not the path: a checkout may move, and share its npm packages with another.
        hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(&bytes);
    }
    Ok(HEXLOWER.encode(&hash.finalize()))
}

/// The bytes of a file; of a folder, which a build script may name, what is in it.
fn contents(path: &Path) -> std::io::Result<Vec<u8>> {
    if !path.is_dir() {
        return fs::read(path);
    }
    let entries = fs::read_dir(path)?.collect::<std::io::Result<Vec<_>>>()?;
    let mut names: Vec<String> = entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names.join("\n").into_bytes())
}

/// The files a function's Worker was made of, as the compiler recorded them,
/// the manifests, and what makes a bundle of them; empty if it was never compiled.
pub(crate) fn inputs(workspace: &Workspace, function: &str, profile: Profile) -> Vec<PathBuf> {
    let record = workspace.target().join("wasm32-unknown-unknown").join(profile.name()).join(format!("{function}.d"));
    let Ok(text) = fs::read_to_string(record) else {
        return Vec::new();
    };
    let mut files = parse_record(&text);
    let manifests = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "shared/Cargo.toml"];
    files.extend(manifests.map(|name| workspace.path(name)));
    // And what is made of the compiler's output, how.
    files.extend(["build", "entry", "names", "unused"].map(|name| workspace.path(format!("xtask/src/{name}.rs"))));
    files.push(workspace.crate_dir(function).join("Cargo.toml"));
    files
}

/// The files in a dependency record: `output: input input …`, spaces escaped.
fn parse_record(text: &str) -> Vec<PathBuf> {
    let Some((_, list)) = text.lines().next().and_then(|line| line.split_once(": ")) else {
        return Vec::new();
    };
    let list = list.replace("\\ ", "\0");
    list.split_whitespace().map(|word| PathBuf::from(word.replace('\0', " "))).collect()
}

/// What a build of now would be recorded as; none if that cannot be known.
pub(crate) fn current(workspace: &Workspace, function: &str, profile: Profile, tools: &str) -> Option<String> {
    let files = inputs(workspace, function, profile);
    if files.is_empty() {
        return None;
    }
    let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    hash_of(&files).ok().map(|hash| format!("{hash} {tools} {flags}"))
}

fn file(built: &Path) -> PathBuf {
    built.join(".fingerprint")
}

/// What was recorded when this folder was built.
pub(crate) fn recorded(built: &Path) -> Option<String> {
    fs::read_to_string(file(built)).ok()
}

/// Records what this folder was built from; `None` forgets it.
pub(crate) fn record(built: &Path, fingerprint: Option<&str>) -> Result<()> {
    match fingerprint {
        Some(text) => Ok(fs::write(file(built), text)?),
        None if file(built).exists() => Ok(fs::remove_file(file(built))?),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_record;
    use std::path::PathBuf;

    #[test]
    fn a_path_with_a_space_is_one_input() {
        let record = "/t/auth.wasm: /my\\ work/lib.rs /shared/src/lib.rs\n";
        assert_eq!(parse_record(record), [PathBuf::from("/my work/lib.rs"), PathBuf::from("/shared/src/lib.rs")]);
    }

    #[test]
    fn a_record_without_inputs_is_empty() {
        assert!(parse_record("").is_empty());
    }
}
