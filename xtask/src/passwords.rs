//! Filters of leaked passwords: one from a list that the operator has, and the small one that is shipped. Not here:
//! how a filter is asked (`functions/hash/src/filter.rs`, which is compiled into this program, too).

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use sha1::{Digest, Sha1};

use crate::flags::Flags;
use crate::workspace::Workspace;

#[path = "../../functions/hash/src/filter.rs"]
#[allow(dead_code, unreachable_pub, reason = "the function's own file")]
mod filter;

use filter::{BLOCK, Shape};

/// One password in 10,000 that nobody leaked is refused.
const BITS: u32 = 20;
/// Shorter passwords are refused by their length.
const SHORTEST: usize = 8;
/// What the shipped list is made of, and where it lies.
const WORDS: &str = "functions/hash/data/common-words.txt";
const COMMON: &str = "functions/hash/data/common.filter";

/// `cargo xtask passwords build LIST -o FILE`, `cargo xtask passwords common`.
pub(crate) fn command(mut flags: Flags) -> Result<ExitCode> {
    let bits = flags.value("--bits")?.map_or(Ok(BITS), |text| text.parse()).context("--bits needs a number")?;
    let (short, long) = (flags.value("-o")?, flags.value("--output")?);
    let output = short.or(long);
    let words = flags.words()?;
    match (words.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), output) {
        (["build", list], Some(output)) => {
            let (filter, count) = of_list(Path::new(list), bits)?;
            fs::write(&output, &filter).with_context(|| format!("{output} cannot be written"))?;
            println!("{count} passwords, {} bytes: {output}", filter.len());
        }
        (["common"], None) => {
            let workspace = Workspace::find()?;
            let words = fs::read_to_string(workspace.path(WORDS)).with_context(|| format!("no {WORDS}"))?;
            let filter = common(&words);
            fs::write(workspace.path(COMMON), &filter).with_context(|| format!("{COMMON} cannot be written"))?;
            println!("{} bytes: {COMMON}", filter.len());
        }
        _ => bail!("usage: cargo xtask passwords build LIST -o FILE [--bits N], or cargo xtask passwords common"),
    }
    Ok(ExitCode::SUCCESS)
}

/// A filter of a list of any length. It is read twice: once to count, so that only the filter is held in memory.
fn of_list(list: &Path, bits: u32) -> Result<(Vec<u8>, u64)> {
    let mut count = 0;
    each_digest(list, |_| count += 1)?;
    if count == 0 {
        bail!("{} holds no passwords", list.display());
    }
    let mut filter = Filter::new(Shape::of(count, bits));
    each_digest(list, |digest| filter.add(&digest))?;
    Ok((filter.bytes, count))
}

fn each_digest(list: &Path, mut use_digest: impl FnMut([u8; 20])) -> Result<()> {
    let file = File::open(list).with_context(|| format!("{} cannot be read", list.display()))?;
    for line in BufReader::new(file).split(b'\n') {
        let line = line.with_context(|| format!("{} cannot be read", list.display()))?;
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        if let Some(digest) = digest_of(line) {
            use_digest(digest);
        }
    }
    Ok(())
}

/// Of a line that is a SHA-1, with a count behind it or without, that digest; of any other the digest of the line.
fn digest_of(line: &[u8]) -> Option<[u8; 20]> {
    if line.is_empty() {
        return None;
    }
    let digits = line.split(|byte| *byte == b':').next().unwrap_or(line);
    let hex = data_encoding::HEXLOWER_PERMISSIVE.decode(digits).ok();
    let stated = hex.and_then(|bytes| <[u8; 20]>::try_from(bytes).ok());
    Some(stated.unwrap_or_else(|| Sha1::digest(line).into()))
}

struct Filter {
    shape: Shape,
    bytes: Vec<u8>,
}

impl Filter {
    fn new(shape: Shape) -> Self {
        let mut bytes = shape.write();
        bytes.resize(bytes.len() + shape.blocks as usize * BLOCK as usize, 0);
        Self { shape, bytes }
    }

    fn add(&mut self, digest: &[u8; 20]) {
        let from = usize::try_from(self.shape.place(digest)).unwrap_or(usize::MAX);
        if let Some(block) = self.bytes.get_mut(from..) {
            self.shape.add(block, digest);
        }
    }
}

/// The filter that is shipped: the words, and what people make of them.
fn common(words: &str) -> Vec<u8> {
    let all = variants(words);
    let mut filter = Filter::new(Shape::of(all.len() as u64, BITS));
    for password in &all {
        filter.add(&Sha1::digest(password).into());
    }
    filter.bytes
}

/// What people add to a word where a rule wants more of it.
const ENDINGS: [&str; 10] = ["", "1", "12", "123", "1234", "!", "1!", "123!", "2025", "2026"];

fn variants(words: &str) -> Vec<String> {
    let words = words.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut all: Vec<String> = words
        .flat_map(|word| [word.to_owned(), capital(word), spelt(word), spelt(&capital(word))])
        .flat_map(|word| ENDINGS.map(|ending| format!("{word}{ending}")))
        .filter(|password| password.chars().count() >= SHORTEST)
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// With digits and signs for letters that look like them.
fn spelt(word: &str) -> String {
    word.replace('a', "@").replace('o', "0").replace('s', "$").replace('e', "3").replace('i', "1")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS_TEXT: &str = include_str!("../../functions/hash/data/common-words.txt");

    fn has(filter: &[u8], password: &str) -> bool {
        filter::whole_has(filter, &Sha1::digest(password).into())
    }

    #[test]
    fn the_shipped_filter_is_made_of_the_shipped_words() {
        let shipped: &[u8] = include_bytes!("../../functions/hash/data/common.filter");
        assert!(common(WORDS_TEXT) == shipped, "run `cargo xtask passwords common`");
        for known in ["password", "Password123", "P@$$w0rd1!", "12345678", "iloveyou", "qwertyuiop", "Sunshine2025"] {
            assert!(has(shipped, known), "{known}");
        }
    }

    #[test]
    fn few_are_found_that_are_not_in_it() {
        let shipped = common(WORDS_TEXT);
        let found = (0..100_000).filter(|i| has(&shipped, &format!("nobody has this password {i}"))).count();
        assert!(found <= 25, "{found} of 100,000");
    }

    #[test]
    fn a_list_holds_passwords_or_digests_with_or_without_counts() {
        let folder = std::env::temp_dir().join(format!("selvage-passwords-{}", std::process::id()));
        let digest = data_encoding::HEXUPPER.encode(&Sha1::digest("from the service"));
        let lower = data_encoding::HEXLOWER.encode(&Sha1::digest("without a count"));
        fs::write(&folder, format!("plain words\r\n{digest}:42\n\n{lower}\nwith: a colon\n")).unwrap();
        let (filter, count) = of_list(&folder, BITS).unwrap();
        fs::remove_file(&folder).unwrap();
        assert_eq!((count, filter.len()), (4, 16 + 4096));
        for known in ["plain words", "from the service", "without a count", "with: a colon"] {
            assert!(has(&filter, known), "{known}");
        }
        assert!(!has(&filter, "something else") && !has(&filter[..8], "plain words") && !has(&[], ""));
    }
}
