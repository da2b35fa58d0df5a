//! A Python with the packages of the SDK tests, apart from the system's own. Not
//! here: the tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::fingerprint::hash_of;
use crate::process;
use crate::workspace::Workspace;

const REQUIREMENTS: &str = "tests/sdk/requirements.txt";

/// The Python of the virtual environment, made or brought up to date if needed.
pub(crate) fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    let requirements = workspace.path(REQUIREMENTS);
    let folder = workspace.target().join("python");
    let python = folder.join("bin/python");
    let stamp = folder.join(".requirements");
    let wanted = hash_of(std::slice::from_ref(&requirements))?;
    if python.exists() && fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(python);
    }
    ensure_venv()?;
    eprintln!("installing the Python packages of the SDK tests");
    let _ = fs::remove_dir_all(&folder);
    process::output(Command::new("python3").args(["-m", "venv"]).arg(&folder), "python3 -m venv")?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]);
    process::output(pip.arg(&requirements), "pip install")?;
    fs::write(stamp, wanted)?;
    Ok(python)
}

/// Debian keeps `venv` in a package of its own.
fn ensure_venv() -> Result<()> {
    if has_venv() {
        return Ok(());
    }
    if nix::unistd::geteuid().is_root() && Path::new("/usr/bin/apt-get").exists() {
        eprintln!("installing python3-venv");
        let mut apt = Command::new("apt-get");
        apt.args(["install", "--yes", "--quiet", "python3-venv"]);
        let _ = process::output(apt.env("DEBIAN_FRONTEND", "noninteractive"), "apt-get");
    }
    if !has_venv() {
        bail!("the SDK tests need Python 3 with venv (Debian: apt-get install python3-venv)");
    }
    Ok(())
}

fn has_venv() -> bool {
    let asked = process::capture(Command::new("python3").args(["-c", "import venv, ensurepip"]));
    asked.is_ok_and(|run| run.status.success())
}
