//! The size budgets of `budgets.toml`: what each Worker may weigh, compressed as
//! Cloudflare counts it. Not here: other budgets, which their own tests read.

use std::fs;
use std::io::Write;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::workspace::{Profile, Workspace};

/// How much a Worker weighs and may weigh, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weight {
    /// Compressed size of the module and its JavaScript.
    pub(crate) actual: u64,
    /// The budget; a kilobyte is 1,000 bytes.
    pub(crate) budget: u64,
}

impl Weight {
    /// Whether the budget holds.
    pub(crate) fn holds(self) -> bool {
        self.actual <= self.budget
    }
}

/// Weighs the release build of a function.
pub(crate) fn weigh(workspace: &Workspace, function: &str) -> Result<Weight> {
    let built = workspace.built(function, Profile::Release);
    let mut actual = 0;
    for file in ["index.js", "index_bg.wasm"] {
        actual += compressed(&fs::read(built.join(file)).with_context(|| format!("no {file}"))?)?;
    }
    let text = fs::read_to_string(workspace.path("budgets.toml")).context("no budgets.toml")?;
    let kilobytes = budget(&text, function).with_context(|| format!("budgets.toml has no size for `{function}`"))?;
    Ok(Weight { actual, budget: kilobytes * 1000 })
}

fn budget(text: &str, function: &str) -> Option<u64> {
    let table: toml::Table = toml::from_str(text).ok()?;
    let kilobytes = table.get("size_kb_gzip")?.get(function)?.as_integer()?;
    u64::try_from(kilobytes).ok()
}

fn compressed(bytes: &[u8]) -> Result<u64> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(u64::try_from(encoder.finish()?.len())?)
}

#[cfg(test)]
mod tests {
    use super::{Weight, budget};

    #[test]
    fn the_budget_of_a_function_is_found() {
        let text = "[size_kb_gzip]\ngateway = 250\n\n[round_trips]\n";
        assert_eq!(budget(text, "gateway"), Some(250));
        assert_eq!(budget(text, "auth"), None);
    }

    #[test]
    fn a_byte_above_the_budget_breaks_it() {
        assert!(Weight { actual: 250_000, budget: 250_000 }.holds());
        assert!(!Weight { actual: 250_001, budget: 250_000 }.holds());
    }
}
