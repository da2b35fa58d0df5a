//! The developer's commands: `cargo xtask dev | build | test | deploy | keys | admin | audit | reprice | files | rotate | bench`.
//!
//! Here: which command was asked for, and how failures are told. Not here: what
//! the commands do, each has a module; and nothing of the product itself, so
//! that these commands work while a function does not compile.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program talks on its standard streams")]

mod admin;
mod audit;
mod audit_export;
mod bench;
mod budgets;
mod build;
mod cargo_build;
mod chromium;
mod clock;
mod counts;
mod coverage;
mod deploy;
mod dev;
mod dev_vars;
mod entry;
mod files;
mod fingerprint;
mod flags;
mod keys;
mod logs;
mod names;
mod node;
mod passwords;
mod plain_dev;
mod plan;
mod process;
mod python;
mod reprice;
mod resources;
mod rotate;
mod rotation;
mod runtime;
mod simulator;
mod stack;
mod suite_node;
mod suite_rust;
mod suite_workers;
mod suites;
mod tools;
mod unused;
mod vars;
mod watch;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::flags::Flags;

const HELP: &str = "\
Usage: cargo xtask <command>

  dev     start everything on http://127.0.0.1:8787
          [--port N] [--persist DIR] [--release] [--no-watch] [--json-logs] [--apart hash]
          [--simulator URL|off] [--var KEY=VALUE ...]
  build   build one Worker or all           [NAME ...|all] [--release]
  test    run the tests                     [--only SUITE ...] [--list]
  deploy  deploy to Cloudflare              --env staging|production [--dry-run] [--secrets-file FILE]
  keys    print fresh secrets for --secrets-file
  admin   print a one-time link for an admin  --email E [--env ENV] [--persist DIR] [--origin URL]
  audit   export  --out DIR [--origin URL | --bucket --env ENV]
          verify  FILE ... --head FILE --keys FILE [--after FILE]
  reprice  price calls of the ledger again  --from DAY --to DAY [--model M] [--provider P] [--apply]
          [--origin URL] [--persist DIR]
  files   compare records and bytes         check [--apply] [--origin URL] [--persist DIR]
  rotate  replace a key: signing | pepper | store | refresh | link | audit
          [--env ENV --secrets-file FILE [--wait SECONDS]] [--retire [--force]] [--persist DIR]
  passwords  make a filter of leaked passwords  build LIST -o FILE [--bits N] | common
  bench   measure against the peers         [accounts|files] [arguments of the program]
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let result = process::listen_for_interrupts().and_then(|()| dispatch(&command, Flags::new(arguments.collect())));
    match result {
        Ok(code) => code,
        // What broke off because of Ctrl-C is no failure of its own.
        Err(_) if process::interrupted() => interrupted_exit(&command),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: &str, flags: Flags) -> Result<ExitCode> {
    match command {
        "dev" => dev::command(flags),
        "build" => build::command(flags),
        "test" => suites::command(flags),
        "deploy" => deploy::command(flags),
        "keys" => deploy::print_keys(flags),
        "admin" => admin::command(flags),
        "audit" => audit::command(flags),
        "reprice" => reprice::command(flags),
        "files" => files::command(flags),
        "rotate" => rotate::command(flags),
        "passwords" => passwords::command(flags),
        "bench" => bench::command(flags),
        "" | "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        other => bail!("there is no command `{other}`; `cargo xtask help` lists them"),
    }
}

/// Ending `dev` by Ctrl-C is how it is meant to end; for the others 130 is the
/// shells' own number for it.
fn interrupted_exit(command: &str) -> ExitCode {
    if command == "dev" { ExitCode::SUCCESS } else { ExitCode::from(130) }
}
