//! What a plain `npx wrangler dev` in a function's folder needs beside the built
//! Worker: its secrets and a migrated local database. wrangler calls
//! `cargo xtask build` before it reads either. Not here: `cargo xtask dev`, which
//! needs none of this.

use std::fs;

use anyhow::Result;

use crate::build::Builder;
use crate::dev_vars;
use crate::fingerprint::hash_of;
use crate::process;
use crate::vars;

/// Prepares the folders of these functions.
pub(crate) fn prepare(builder: &Builder, functions: &[&'static str]) -> Result<()> {
    dev_vars::distribute(&builder.workspace, functions)?;
    for name in functions {
        migrate(builder, name)?;
    }
    if functions.contains(&"ai") {
        hint(builder)?;
    }
    Ok(())
}

/// Applies the migrations to wrangler's default local database of this folder, if
/// the function has one and the migrations changed since.
fn migrate(builder: &Builder, name: &str) -> Result<()> {
    let folder = builder.workspace.config_dir(name);
    if !fs::read_to_string(builder.workspace.config(name))?.contains("[[d1_databases]]") {
        return Ok(());
    }
    let mut files: Vec<_> = fs::read_dir(builder.workspace.path("migrations"))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    files.sort();
    let wanted = hash_of(&files)?;
    // Beside the database, so that it is gone when the database is.
    let stamp = folder.join(".wrangler/state/v3/.migrations");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    eprintln!("applying the migrations to the local database of `{name}`");
    let mut wrangler = builder.node.command("wrangler");
    wrangler.args(["d1", "migrations", "apply", "DB", "--local"]).current_dir(&folder);
    // Without a terminal wrangler does not ask back.
    process::output(&mut wrangler, "`wrangler d1 migrations apply`")?;
    Ok(fs::write(stamp, wanted)?)
}

fn hint(builder: &Builder) -> Result<()> {
    let all = dev_vars::ensure(&builder.workspace)?;
    if !vars::has_provider(&all) && !all.contains_key("SIMULATOR_URL") {
        eprintln!(
            "no provider is configured: put a key into .dev.vars, or run \
             `node tests/simulator/main.ts --port 8790` and add \
             SIMULATOR_URL=http://127.0.0.1:8790"
        );
    }
    Ok(())
}
