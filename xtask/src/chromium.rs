//! A Chromium for the tests of passkeys: the one that is there, or Debian's. Not here: the tests.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::process;

/// Names under which systems know it.
const PROGRAMS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// The browser: `SELVAGE_CHROMIUM`, or the first on the path, installed where that can be done.
pub(crate) fn ensure() -> Result<PathBuf> {
    if let Some(chosen) = env::var_os("SELVAGE_CHROMIUM") {
        return Ok(chosen.into());
    }
    if let Some(found) = on_path() {
        return Ok(found);
    }
    if nix::unistd::geteuid().is_root() && Path::new("/usr/bin/apt-get").exists() {
        eprintln!("installing chromium");
        let mut apt = Command::new("apt-get");
        apt.args(["install", "--yes", "--quiet", "--no-install-recommends", "chromium"]);
        let _ = process::output(apt.env("DEBIAN_FRONTEND", "noninteractive"), "apt-get");
    }
    match on_path() {
        Some(found) => Ok(found),
        None => bail!("the tests of passkeys need Chromium (Debian: apt-get install chromium), or SELVAGE_CHROMIUM"),
    }
}

fn on_path() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let found = |program: &str| folders.iter().map(|folder| folder.join(program)).find(|file| file.is_file());
    PROGRAMS.iter().find_map(|program| found(program))
}
