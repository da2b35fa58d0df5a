//! Writes the table by which letters are lowered: the standard library's own, in runs. As the library keeps it, a number
//! for each letter, it would be twelve kilobytes of the Worker. Not here: its use, in `guard::find::words`.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

/// Letters from one to another, each so many behind the last, and how far their lower ones are from them.
type Run = (u32, u32, u32, i64);

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut table = String::from("[\n");
    for (first, last, step, lower) in runs() {
        writeln!(table, "    ({first:#x}, {last:#x}, {step}, {lower}),")?;
    }
    table.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join("lower.rs"), table)?;
    Ok(())
}

/// In the order of their first letters; alphabets in which small and capital letters take turns are runs of step 2.
fn runs() -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for letter in '\u{80}'..=char::MAX {
        let code = u32::from(letter);
        let lower = letter.to_lowercase().next().map_or(0, |lower| i64::from(u32::from(lower)) - i64::from(code));
        if lower == 0 {
            continue;
        }
        match runs.last_mut() {
            Some((first, last, step, by)) if *by == lower && follows(*first, *last, *step, code) => {
                (*last, *step) = (code, code - *last);
            }
            _ => runs.push((code, code, 1, lower)),
        }
    }
    runs
}

/// Whether a letter goes on with a run; one of a single letter takes either step.
fn follows(first: u32, last: u32, step: u32, code: u32) -> bool {
    let by = code - last;
    if first == last { by <= 2 } else { by == step }
}
