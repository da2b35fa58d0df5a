//! Running cargo for the Workers: one invocation for all of them, so that two
//! cores link two Workers at once, with its output passed on and the crates that
//! do not compile remembered. Not here: what happens to the wasm afterwards.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::process::{self, Running};
use crate::workspace::{Profile, Workspace};

/// The cargo arguments that choose these crates. worker-build gets the same ones:
/// features are unified over the chosen crates, and another choice would compile
/// the dependencies again.
pub(crate) fn selection(functions: &[&str]) -> Vec<String> {
    functions.iter().flat_map(|name| ["--package".to_owned(), (*name).to_owned()]).collect()
}

/// Compiles the crates to wasm.
pub(crate) fn compile(workspace: &Workspace, functions: &[&str], profile: Profile) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--lib", "--target", "wasm32-unknown-unknown", "--profile"])
        .arg(profile.name())
        .args(selection(functions))
        .current_dir(workspace.root())
        // worker-build sets it too, and it changes the generated code.
        .env("WASM_BINDGEN_USE_JS_SYS", "1")
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    if std::io::stderr().is_terminal() {
        cargo.env("CARGO_TERM_COLOR", "always");
    }
    let mut running = Running::start(&mut cargo)?;
    let mut broken = BTreeSet::new();
    if let Some(pipe) = running.child().stderr.take() {
        process::each_line(pipe, |line| {
            let plain = without_colors(line);
            broken.extend(broken_crate(&plain).map(str::to_owned));
            if !plain.trim_start().starts_with("Finished") {
                eprintln!("{line}");
            }
        });
    }
    if running.wait()?.success() {
        return Ok(());
    }
    bail!("{}", sentence(&broken))
}

fn sentence(broken: &BTreeSet<String>) -> String {
    match broken.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().as_slice() {
        [] => "the Workers do not build".to_owned(),
        [one] => format!("{one} does not build"),
        several => format!("{} do not build", several.join(", ")),
    }
}

/// The crate named in "error: could not compile `auth` (lib) due to …".
fn broken_crate(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("error: could not compile `")?;
    rest.split_once('`').map(|(name, _)| name)
}

/// The line without the escape sequences that colour it.
fn without_colors(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            // "ESC [ numbers m"
            let _ = characters.by_ref().find(|end| end.is_ascii_alphabetic());
        } else {
            plain.push(character);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{broken_crate, sentence, without_colors};

    #[test]
    fn a_broken_crate_is_named_through_the_colours() {
        let line = "\u{1b}[1m\u{1b}[91merror\u{1b}[0m: could not compile `auth` (lib) due to 1";
        assert_eq!(broken_crate(&without_colors(line)), Some("auth"));
        assert_eq!(broken_crate("error[E0583]: file not found"), None);
    }

    #[test]
    fn the_sentence_names_every_broken_crate() {
        let broken = ["ai", "auth"].map(str::to_owned).into();
        assert_eq!(sentence(&broken), "`ai`, `auth` do not build");
    }
}
