//! Pythons with the packages of the tests, apart from the system's own, one for each set that is
//! pinned together. Not here: the tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::fingerprint::hash_of;
use crate::process;
use crate::workspace::Workspace;

/// Packages that are installed together.
pub(crate) struct Packages {
    /// What they are for.
    about: &'static str,
    /// Pinned and hashed.
    requirements: &'static str,
    /// Below the target folder.
    folder: &'static str,
}

/// The official SDKs.
pub(crate) const SDK: Packages =
    Packages { about: "the SDK tests", requirements: "tests/sdk/requirements.txt", folder: "python" };

/// Schemathesis; it wants Python 3.11.
pub(crate) const SCHEMATHESIS: Packages = Packages {
    about: "the suite `schemathesis`",
    requirements: "tests/schemathesis/requirements.txt",
    folder: "python-schemathesis",
};

/// The Python of the virtual environment, made or brought up to date if needed.
pub(crate) fn ensure(workspace: &Workspace, packages: &Packages) -> Result<PathBuf> {
    let requirements = workspace.path(packages.requirements);
    let folder = workspace.target().join(packages.folder);
    let python = folder.join("bin/python");
    let stamp = folder.join(".requirements");
    let wanted = hash_of(std::slice::from_ref(&requirements))?;
    if python.exists() && fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(python);
    }
    ensure_venv()?;
    eprintln!("installing the Python packages of {}", packages.about);
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
        bail!("these tests need Python 3 with venv (Debian: apt-get install python3-venv)");
    }
    Ok(())
}

fn has_venv() -> bool {
    let asked = process::capture(Command::new("python3").args(["-c", "import venv, ensurepip"]));
    asked.is_ok_and(|run| run.status.success())
}
