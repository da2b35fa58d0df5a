//! Reads the functions' route tables and writes what is derived from them: the
//! gateway's dispatch map, the API description, the reference page and the
//! permission snapshot. `write` writes them, `check` fails when one has drifted.
//! Not here: a description of any row; those stand in the functions.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program talks on its standard streams")]

mod article;
mod chat;
mod docs;
mod drift;
mod examples;
mod failures;
mod fields;
mod fixtures;
mod headers;
mod html;
mod map;
mod models;
mod openapi;
mod operation;
mod operations;
mod permissions;
mod preface;
mod problems;
mod prose;
mod registry;
mod schemas;
mod tables;
mod titles;
mod untyped;
mod validity;

use std::path::PathBuf;
use std::process::ExitCode;

use tables::FUNCTIONS;

const MEND: &str = "cargo run -p contract -- write";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["write"] => write(),
        ["check"] => check(),
        _ => Err(vec!["Usage: cargo run -p contract -- write | check".to_owned()]),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(lines) => {
            for line in lines {
                eprintln!("{line}");
            }
            ExitCode::FAILURE
        }
    }
}

/// The project's folder; cargo says where this crate stands.
fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("xtask/contract"), PathBuf::from);
    here.join("../..")
}

fn write() -> Result<(), Vec<String>> {
    let root = root();
    let files = drift::generate(FUNCTIONS, &root)?;
    let written = drift::write(&files, &root).map_err(|fault| vec![fault])?;
    for path in &written {
        println!("wrote {path}");
    }
    if written.is_empty() {
        println!("all {} files are as they should be", files.len());
    }
    Ok(())
}

fn check() -> Result<(), Vec<String>> {
    let root = root();
    let files = drift::generate(FUNCTIONS, &root)?;
    let drifted = drift::drifted(&files, &root);
    if drifted.is_empty() {
        println!("{} files are as the route tables say", files.len());
        return Ok(());
    }
    let told = drifted.into_iter().map(|file| {
        format!("{} has drifted from the route tables (line {})", file.path, drift::first_difference(file, &root))
    });
    Err(told.chain([format!("mend it with: {MEND}")]).collect())
}
