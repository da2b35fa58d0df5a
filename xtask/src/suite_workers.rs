//! The suites about what is deployed: every Worker builds, stays small, and its
//! deployment would be accepted. Not here: what the Workers do (`suite_node`).

use anyhow::Result;

use crate::budgets;
use crate::build::Builder;
use crate::counts::Counts;
use crate::deploy::{self, ENVIRONMENTS};
use crate::suite_node;
use crate::workspace::{FUNCTIONS, Profile};

/// Builds every Worker both ways.
pub(crate) fn build(builder: &Builder) -> Result<Counts> {
    let mut counts = Counts::default();
    for profile in [Profile::Quick, Profile::Release] {
        let built = builder.build(FUNCTIONS, profile);
        if let Err(error) = &built {
            println!("{}: {error:#}", profile.name());
        }
        counts += Counts::one(built.is_ok());
    }
    Ok(counts)
}

/// Holds every Worker to its size budget.
pub(crate) fn sizes(builder: &Builder) -> Result<Counts> {
    builder.build(FUNCTIONS, Profile::Release)?;
    let mut counts = Counts::default();
    for &name in FUNCTIONS {
        let weight = budgets::weigh(&builder.workspace, name)?;
        let kilobytes = |bytes: u64| format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100);
        let verdict = if weight.holds() { "ok" } else { "TOO BIG" };
        println!("{name:<8} {:>9} of {:>9} gzip  {verdict}", kilobytes(weight.actual), kilobytes(weight.budget));
        counts += Counts::one(weight.holds());
    }
    Ok(counts)
}

/// Rehearses the deployment of every Worker: plain, and to each environment; then
/// deploys to a stand-in of Cloudflare.
pub(crate) fn deploy(builder: &Builder) -> Result<Counts> {
    builder.build(FUNCTIONS, Profile::Release)?;
    let mut counts = Counts::default();
    let environments = [None].into_iter().chain(ENVIRONMENTS.map(Some));
    for environment in environments {
        for &name in FUNCTIONS {
            let rehearsed = deploy::rehearse(builder, name, environment);
            match &rehearsed {
                Ok(size) => println!("{name} ({}): {size}", environment.unwrap_or("plain")),
                Err(error) => println!("{name}: {error:#}"),
            }
            counts += Counts::one(rehearsed.is_ok());
        }
    }
    counts += suite_node::deploy(builder)?;
    Ok(counts)
}
