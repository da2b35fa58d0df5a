//! The generated files: what they should hold, what they hold, and which differ.

use std::fs;
use std::io;
use std::path::Path;

use crate::docs;
use crate::map;
use crate::openapi;
use crate::operations::Contract;
use crate::permissions;
use crate::tables::Function;
use crate::validity;

/// A file that is derived from the tables.
pub(crate) struct Generated {
    /// Its path below the project's folder.
    pub(crate) path: &'static str,
    /// What it should hold.
    pub(crate) text: String,
}

/// All generated files, in memory.
///
/// # Errors
/// One sentence a fault of the tables, or of the API description made from them.
pub(crate) fn generate(functions: &'static [Function], root: &Path) -> Result<Vec<Generated>, Vec<String>> {
    let contract = Contract::read(functions, root)?;
    let document = openapi::document(&contract, functions);
    let faults = validity::faults(&document);
    if !faults.is_empty() {
        return Err(faults);
    }
    let openapi = openapi::text(&document).map_err(|error| vec![error.to_string()])?;
    Ok(vec![
        Generated { path: "functions/gateway/src/map.rs", text: map::source(functions) },
        Generated { path: "functions/gateway/src/generated/openapi.json", text: openapi },
        Generated { path: "functions/gateway/src/generated/docs.html", text: docs::page(&contract, functions) },
        Generated { path: "tests/permissions.txt", text: permissions::snapshot(functions) },
    ])
}

/// Writes the files that differ; their paths.
///
/// # Errors
/// What the file system says, with the path.
pub(crate) fn write(files: &[Generated], root: &Path) -> Result<Vec<&'static str>, String> {
    let mut written = Vec::new();
    for file in drifted(files, root) {
        let place = root.join(file.path);
        let folder = place.parent().map_or(Ok(()), fs::create_dir_all);
        let done: io::Result<()> = folder.and_then(|()| fs::write(&place, &file.text));
        done.map_err(|error| format!("{}: {error}", file.path))?;
        written.push(file.path);
    }
    Ok(written)
}

/// The files that do not hold what they should. A missing file differs.
pub(crate) fn drifted<'f>(files: &'f [Generated], root: &Path) -> Vec<&'f Generated> {
    files.iter().filter(|file| fs::read_to_string(root.join(file.path)).ok().as_ref() != Some(&file.text)).collect()
}

/// The first line that differs, counted from one.
pub(crate) fn first_difference(file: &Generated, root: &Path) -> usize {
    let found = fs::read_to_string(root.join(file.path)).unwrap_or_default();
    let same = found.lines().zip(file.text.lines()).take_while(|(found, wanted)| found == wanted);
    same.count() + 1
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::tables::FUNCTIONS;
    use crate::tables::tests::SHOP;

    fn root() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    #[test]
    fn the_same_tables_give_the_same_files() {
        let texts = || generate(FUNCTIONS, &root()).unwrap().into_iter().map(|file| file.text).collect::<Vec<_>>();
        assert_eq!(texts(), texts());
    }

    #[test]
    fn the_description_of_all_functions_is_valid() {
        assert_eq!(generate(FUNCTIONS, &root()).err(), None);
    }

    #[test]
    fn tables_with_faults_generate_nothing() {
        static FAULTY: &[Function] = &[Function { table: SHOP.table, ..SHOP }];
        assert!(generate(FAULTY, &root()).is_err_and(|faults| faults.len() >= 2));
    }

    #[test]
    fn a_file_that_was_changed_by_hand_has_drifted_and_writing_mends_it() {
        let folder = std::env::temp_dir().join(format!("contract-drift-{}", std::process::id()));
        let files = [Generated { path: "a/b.txt", text: "one\ntwo\n".to_owned() }];
        assert_eq!(write(&files, &folder).unwrap(), ["a/b.txt"]);
        assert!(drifted(&files, &folder).is_empty());
        fs::write(folder.join("a/b.txt"), "one\n2\n").unwrap();
        assert_eq!(drifted(&files, &folder).len(), 1);
        assert_eq!(first_difference(&files[0], &folder), 2);
        assert_eq!(write(&files, &folder).unwrap(), ["a/b.txt"]);
        assert_eq!(write(&files, &folder).unwrap(), [""; 0]);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn the_page_loads_nothing_from_elsewhere_and_runs_nothing() {
        let files = generate(FUNCTIONS, &root()).unwrap();
        let page = &files.iter().find(|file| file.path.ends_with("docs.html")).unwrap().text;
        for forbidden in ["<script", "src=", "style=", "onclick", "href=\"http", "//cdn"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }
}
