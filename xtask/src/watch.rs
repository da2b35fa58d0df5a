//! Noticing that sources changed, by looking at their times twice a second: no
//! dependency, the same on every system, and a few hundred files. Not here: what
//! follows from a change.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::fingerprint;
use crate::workspace::{FUNCTIONS, Profile, Workspace};

/// Folders that hold no sources.
const SKIPPED: [&str; 4] = ["build", "target", "node_modules", ".wrangler"];

type Times = BTreeMap<PathBuf, SystemTime>;

/// The times of all sources when they were last looked at.
#[derive(Debug)]
pub(crate) struct Watch {
    workspace: Workspace,
    profile: Profile,
    seen: Times,
}

impl Watch {
    /// Remembers the sources as they are now.
    pub(crate) fn new(workspace: &Workspace, profile: Profile) -> Self {
        let mut watch = Self { workspace: workspace.clone(), profile, seen: Times::new() };
        watch.seen = watch.look();
        watch
    }

    /// The files that changed, came or went since the last call.
    pub(crate) fn changed(&mut self) -> Vec<PathBuf> {
        let now = self.look();
        let changed = difference(&self.seen, &now);
        self.seen = now;
        changed
    }

    fn look(&self) -> Times {
        let mut times = Times::new();
        let folders = ["functions", "shared", "migrations"];
        for folder in folders {
            walk(&self.workspace.path(folder), &mut times);
        }
        for file in ["Cargo.toml", "Cargo.lock", "wrangler.toml", ".dev.vars"] {
            note(self.workspace.path(file), &mut times);
        }
        // What a source includes from elsewhere, by `include_str!`.
        for &name in FUNCTIONS {
            for file in fingerprint::inputs(&self.workspace, name, self.profile) {
                note(file, &mut times);
            }
        }
        times
    }
}

fn walk(folder: &Path, times: &mut Times) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if !path.is_dir() {
            // The copies of `.dev.vars` in the functions' folders are made by us.
            if entry.file_name() != ".dev.vars" {
                note(path, times);
            }
        } else if !SKIPPED.iter().any(|skipped| entry.file_name() == *skipped) {
            walk(&path, times);
        }
    }
}

fn note(path: PathBuf, times: &mut Times) {
    if let Ok(time) = fs::metadata(&path).and_then(|metadata| metadata.modified()) {
        times.insert(path, time);
    }
}

fn difference(before: &Times, now: &Times) -> Vec<PathBuf> {
    let altered = now.iter().filter(|(path, time)| before.get(*path) != Some(time));
    let gone = before.keys().filter(|path| !now.contains_key(*path));
    altered.map(|(path, _)| path).chain(gone).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::{Times, difference};
    use std::path::PathBuf;
    use std::time::{Duration, UNIX_EPOCH};

    fn times(entries: &[(&str, u64)]) -> Times {
        let time = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        entries.iter().map(|(path, seconds)| (PathBuf::from(path), time(*seconds))).collect()
    }

    #[test]
    fn altered_new_and_removed_files_are_changes() {
        let before = times(&[("same", 1), ("altered", 1), ("gone", 1)]);
        let now = times(&[("same", 1), ("altered", 2), ("new", 1)]);
        assert_eq!(difference(&before, &now), ["altered", "new", "gone"].map(PathBuf::from));
    }
}
