//! Where things lie in the checkout, and which functions there are. Not here:
//! reading or building any of it.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Every function, in the order in which they depend on each other: who is bound
/// as a service stands before who binds it.
#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[&str] = &[
    "hash",
    "auth",
    "links",
    "factors",
    "passkeys",
    "coordinators",
    "ai",
    "users",
    "organisations",
    "guests",
    "mail",
    "registry",
    "usage",
    "talk",
    "files",
    "shares",
    "ingest",
    "pictures",
    "analyses",
    "batches",
    "evaluations",
    "tuning",
    "social",
    "wechat",
    "audit",
    "oidc",
    "gateway",
];

/// Crates of tests that are built as functions are and never deployed, with their folders.
pub(crate) const FIXTURES: [(&str, &str); 1] = [("panics", "tests/fixtures/panic")];

/// How a Worker is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build, for development and tests.
    Quick,
    /// Small, for deployment and measurements.
    Release,
}

impl Profile {
    /// The name of the cargo profile.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Release => "release",
        }
    }
}

/// The checkout.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Finds the checkout around the current folder.
    pub(crate) fn find() -> Result<Self> {
        let start = env::current_dir().context("the current folder cannot be read")?;
        let root = start
            .ancestors()
            .find(|folder| folder.join("xtask/Cargo.toml").is_file())
            .context("run this inside the checkout of the project")?
            .to_owned();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The folder of the checkout.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's target folder.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// A path inside the checkout.
    pub(crate) fn path(&self, inside: impl AsRef<Path>) -> PathBuf {
        self.root.join(inside)
    }

    /// The folder of a function's crate.
    pub(crate) fn crate_dir(&self, function: &str) -> PathBuf {
        match FIXTURES.iter().find(|(name, _)| *name == function) {
            Some((_, folder)) => self.root.join(folder),
            None => self.root.join("functions").join(function),
        }
    }

    /// The folder that holds a function's `wrangler.toml`: the gateway's is the root.
    pub(crate) fn config_dir(&self, function: &str) -> PathBuf {
        if function == "gateway" { self.root.clone() } else { self.crate_dir(function) }
    }

    /// A function's `wrangler.toml`.
    pub(crate) fn config(&self, function: &str) -> PathBuf {
        self.config_dir(function).join("wrangler.toml")
    }

    /// Where a built Worker lies: `index.js` and `index_bg.wasm`. Apart by profile,
    /// so that a running stack is not disturbed by a build for deployment.
    pub(crate) fn built(&self, function: &str, profile: Profile) -> PathBuf {
        self.target.join("workers").join(profile.name()).join(function)
    }
}

/// The function of that name.
pub(crate) fn function(name: &str) -> Result<&'static str> {
    let fixtures = FIXTURES.into_iter().map(|(name, _)| name);
    match FUNCTIONS.iter().copied().chain(fixtures).find(|known| *known == name) {
        Some(known) => Ok(known),
        None => bail!("there is no function `{name}`; there are {}", FUNCTIONS.join(", ")),
    }
}

/// The functions meant by the words of a command: none or `all` means every one.
pub(crate) fn functions(words: &[String]) -> Result<Vec<&'static str>> {
    if words.is_empty() || words.iter().any(|word| word == "all") {
        return Ok(FUNCTIONS.to_vec());
    }
    words.iter().map(|word| function(word)).collect()
}

#[cfg(test)]
mod tests {
    use super::{FUNCTIONS, functions};

    #[test]
    fn no_word_and_all_mean_every_function() {
        assert_eq!(functions(&[]).unwrap(), FUNCTIONS);
        assert_eq!(functions(&["all".to_owned()]).unwrap(), FUNCTIONS);
    }

    #[test]
    fn an_unknown_function_is_refused_with_the_known_ones() {
        let refusal = functions(&["billing".to_owned()]).unwrap_err().to_string();
        assert!(refusal.contains("billing") && refusal.contains("gateway"));
    }
}
