//! Puts `errors.json` and the files of `providers/` in `functions/ai/data` together into `providers.json` of the
//! build's own folder, in the order of their ranks and without what only people read. Not here: whether they make
//! sense, which the crate's reader and its tests decide.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use serde_json::{Value, json};

const DATA: &str = "../../functions/ai/data";

/// Members that say where facts come from.
const FOR_PEOPLE: [&str; 2] = ["rank", "sources"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={DATA}/errors.json");
    println!("cargo::rerun-if-changed={DATA}/providers");
    let mut found: Vec<(u64, String, Value)> = Vec::new();
    for entry in fs::read_dir(Path::new(DATA).join("providers"))? {
        let path = entry?.path();
        println!("cargo::rerun-if-changed={}", path.display());
        let mut provider = read(&path)?;
        let rank =
            provider.get("rank").and_then(Value::as_u64).ok_or_else(|| format!("{}: no rank", path.display()))?;
        let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if provider.get("id").and_then(Value::as_str) != Some(&id) {
            return Err(format!("{}: the id is not the file's name", path.display()).into());
        }
        if let Value::Object(members) = &mut provider {
            FOR_PEOPLE.iter().for_each(|name| drop(members.remove(*name)));
        }
        found.push((rank, id, provider));
    }
    found.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    let providers: Vec<Value> = found.into_iter().map(|(_, _, provider)| provider).collect();
    let all = json!({ "errors": read(&Path::new(DATA).join("errors.json"))?, "providers": providers });
    let folder = env::var("OUT_DIR")?;
    fs::write(Path::new(&folder).join("providers.json"), all.to_string())?;
    Ok(())
}

fn read(path: &Path) -> Result<Value, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()).into())
}
