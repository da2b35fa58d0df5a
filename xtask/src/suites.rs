//! `cargo xtask test`: all suites in order, what each took, and one last line with
//! the sum. Not here: the suites (`suite_rust`, `suite_workers`, `suite_node`).

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::build::Builder;
use crate::counts::Counts;
use crate::flags::Flags;
use crate::process;
use crate::workspace::Workspace;
use crate::{suite_node, suite_rust, suite_workers};

/// One suite.
struct Suite {
    name: &'static str,
    about: &'static str,
    run: fn(&Builder) -> Result<Counts>,
}

/// Quick and telling ones first.
const SUITES: [Suite; 16] = [
    Suite { name: "fmt", about: "rustfmt", run: suite_rust::fmt },
    Suite { name: "clippy", about: "lints, on the host and for wasm", run: suite_rust::clippy },
    Suite { name: "deny", about: "licences, sources and bans of crates", run: suite_rust::deny },
    Suite { name: "lint", about: "biome and the type checker", run: suite_node::lint },
    Suite { name: "contract", about: "what is derived from the route tables", run: suite_rust::contract },
    Suite { name: "host", about: "tests on the host, with coverage", run: suite_rust::host },
    Suite { name: "build", about: "every Worker, quick and small", run: suite_workers::build },
    Suite { name: "budgets", about: "sizes of the Workers", run: suite_workers::sizes },
    Suite { name: "simulator", about: "the simulated provider", run: suite_node::simulator },
    Suite { name: "dev", about: "`cargo xtask dev` as a program", run: suite_node::dev },
    Suite { name: "blackbox", about: "the built Workers in workerd", run: suite_node::blackbox },
    Suite {
        name: "schemathesis",
        about: "thousands of calls made from the API description",
        run: suite_node::schemathesis,
    },
    Suite { name: "sdk", about: "the official SDKs", run: suite_node::sdk },
    Suite { name: "tour", about: "the README's own text", run: suite_node::tour },
    Suite { name: "docs", about: "links, commands and examples of the documents", run: suite_node::docs },
    Suite { name: "deploy", about: "every deployment, rehearsed", run: suite_workers::deploy },
];

/// What became of a suite.
struct Outcome {
    name: &'static str,
    counts: Counts,
    seconds: f64,
}

/// Carries out the command.
pub(crate) fn command(mut flags: Flags) -> Result<ExitCode> {
    if flags.switch("--list") {
        for suite in &SUITES {
            println!("{:<12} {}", suite.name, suite.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    // `--only a b` and `--only a --only b` both name two suites.
    let mut wanted = flags.values("--only")?;
    let words = flags.words()?;
    if wanted.is_empty() && !words.is_empty() {
        bail!("suites are chosen with --only");
    }
    wanted.extend(words);
    let chosen = choose(&wanted)?;
    let builder = Builder::prepare(Workspace::find()?)?;
    let outcomes = run_all(&chosen, &builder)?;
    Ok(if report(&outcomes).failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn choose(wanted: &[String]) -> Result<Vec<&'static Suite>> {
    let known = |name: &str| SUITES.iter().any(|suite| suite.name == name);
    if let Some(unknown) = wanted.iter().find(|name| !known(name)) {
        bail!("there is no suite `{unknown}`; `cargo xtask test --list` lists them");
    }
    let chosen = |suite: &&Suite| wanted.is_empty() || wanted.iter().any(|name| name == suite.name);
    Ok(SUITES.iter().filter(chosen).collect())
}

fn run_all(chosen: &[&Suite], builder: &Builder) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for suite in chosen {
        println!("== {}: {}", suite.name, suite.about);
        let started = Instant::now();
        let result = (suite.run)(builder);
        if process::interrupted() {
            bail!("interrupted");
        }
        let counts = result.unwrap_or_else(|error| {
            println!("{}: {error:#}", suite.name);
            Counts::one(false)
        });
        let seconds = started.elapsed().as_secs_f64();
        outcomes.push(Outcome { name: suite.name, counts, seconds });
    }
    Ok(outcomes)
}

/// Prints the table and the last line; returns the sum.
fn report(outcomes: &[Outcome]) -> Counts {
    let mut sum = Counts::default();
    println!("\nsuite         passed  failed  minutes");
    for Outcome { name, counts, seconds } in outcomes {
        let mark = if counts.failed == 0 { "" } else { "  FAILED" };
        let Counts { passed, failed } = counts;
        println!("{name:<12} {passed:>7} {failed:>7} {:>8.1}{mark}", seconds / 60.0);
        sum += *counts;
    }
    let minutes: f64 = outcomes.iter().map(|outcome| outcome.seconds / 60.0).sum();
    println!("in {minutes:.1} minutes");
    println!("{} passed, {} failed", sum.passed, sum.failed);
    sum
}

#[cfg(test)]
mod tests {
    use super::{SUITES, choose};

    #[test]
    fn suites_run_in_their_own_order() {
        let wanted = ["host".to_owned(), "fmt".to_owned()];
        let names: Vec<_> = choose(&wanted).unwrap().iter().map(|suite| suite.name).collect();
        assert_eq!(names, ["fmt", "host"]);
        assert_eq!(choose(&[]).unwrap().len(), SUITES.len());
    }

    #[test]
    fn an_unknown_suite_is_refused() {
        assert!(choose(&["unit".to_owned()]).is_err());
    }
}
