//! Functions of the standard library that take much room in every Worker for next to nothing: their bodies are exchanged in
//! the linked module, before the optimiser takes out what only they needed (WebAssembly Core 2.0, §5.5). It is done here
//! because nothing in Rust can: serde names the first in a message that never comes, and the runtime the second.
//! The optimiser reads the module first, so a body that does not fit its function breaks the build.

use anyhow::{Context, Result};

use crate::names::{CUSTOM, number, section_name, sections};

/// How a fraction becomes text: exactly, with tables for every precision. Ours writes it as JSON does.
const FRACTION: [&str; 2] = ["<f64 as core", "fmt::Display>::fmt"];
/// Ours, in `shared/src/platform/wasm/fraction.rs`.
const OURS: &str = "shared::platform::wasm::fraction::written::";
/// What tells a panic until another hook is set: on an error stream that this target does not have.
const HOOK: [&str; 2] = ["<std[", "::panicking::default_hook as "];

/// Ids of sections.
const IMPORTS: u8 = 2;
const CODE: u8 = 10;

/// The module with the other bodies. One without names stays as it is.
pub(crate) fn displaced(module: &[u8]) -> Result<Vec<u8>> {
    let (preamble, sections) = sections(module)?;
    let content = |wanted| sections.iter().find(|(id, _)| *id == wanted).map(|(_, content)| *content);
    let imported = content(IMPORTS).map_or(Some(0), imported).context("imports that cannot be read")?;
    let named = sections.iter().find(|(id, content)| *id == CUSTOM && section_name(content) == Some(b"name"));
    let names =
        named.map_or(Some(Vec::new()), |(_, content)| functions(content)).context("names that cannot be read")?;
    let ours = names.iter().find(|(_, name)| name.starts_with(OURS)).map(|(index, _)| *index);
    let other_body = |index: usize| {
        let (_, name) = names.iter().find(|(at, _)| *at == index)?;
        let is = |[first, last]: [&str; 2]| name.starts_with(first) && name.contains(last);
        match ours {
            Some(ours) if is(FRACTION) => Some(passing_on(ours)),
            _ if is(HOOK) => Some(vec![0, 0x0b]),
            _ => None,
        }
    };
    let mut whole = preamble.to_vec();
    for (id, content) in &sections {
        let code = (*id == CODE).then(|| bodies(content, imported, &other_body).context("code that cannot be read"));
        let content = code.transpose()?.unwrap_or_else(|| content.to_vec());
        whole.push(*id);
        put(&mut whole, content.len());
        whole.extend(content);
    }
    Ok(whole)
}

/// A body that calls a function with its own two arguments.
fn passing_on(function: usize) -> Vec<u8> {
    let mut body = vec![0, 0x20, 0, 0x20, 1, 0x10];
    put(&mut body, function);
    body.push(0x0b);
    body
}

fn bodies(code: &[u8], imported: usize, other: &dyn Fn(usize) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let (count, mut rest) = number(code)?;
    let mut all = Vec::with_capacity(code.len());
    put(&mut all, count);
    for place in 0..count {
        let (size, behind) = number(rest)?;
        let (body, next) = behind.split_at_checked(size)?;
        let body = other(imported + place).unwrap_or_else(|| body.to_vec());
        put(&mut all, body.len());
        all.extend(body);
        rest = next;
    }
    Some(all)
}

/// How many functions are imported: they are counted before the module's own (§5.5.5).
fn imported(section: &[u8]) -> Option<usize> {
    let (count, mut rest) = number(section)?;
    let mut functions = 0;
    for _ in 0..count {
        for _ in 0..2 {
            let (length, behind) = number(rest)?;
            rest = behind.get(length..)?;
        }
        let (kind, behind) = rest.split_first()?;
        functions += usize::from(*kind == 0);
        rest = match kind {
            0 => number(behind)?.1,
            1 => limits(behind.get(1..)?)?,
            2 => limits(behind)?,
            3 => behind.get(2..)?,
            _ => number(behind.get(1..)?)?.1,
        };
    }
    Some(functions)
}

fn limits(bytes: &[u8]) -> Option<&[u8]> {
    let (flags, rest) = bytes.split_first()?;
    let rest = number(rest)?.1;
    if flags & 1 == 1 { number(rest).map(|(_, rest)| rest) } else { Some(rest) }
}

/// The functions' names of the section of names (§7.4.1).
fn functions(section: &[u8]) -> Option<Vec<(usize, String)>> {
    let (length, rest) = number(section)?;
    let mut rest = rest.get(length..)?;
    while let Some((kind, behind)) = rest.split_first() {
        let (size, behind) = number(behind)?;
        let (content, next) = behind.split_at_checked(size)?;
        if *kind == 1 {
            let (count, mut rest) = number(content)?;
            let mut names = Vec::with_capacity(count);
            for _ in 0..count {
                let (index, behind) = number(rest)?;
                let (length, behind) = number(behind)?;
                let (name, next) = behind.split_at_checked(length)?;
                names.push((index, String::from_utf8_lossy(name).into_owned()));
                rest = next;
            }
            return Some(names);
        }
        rest = next;
    }
    Some(Vec::new())
}

/// Adds an unsigned number in LEB128 (§5.2.2).
fn put(bytes: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::{displaced, put};

    /// A module of two imports, of which one is a function, and these functions.
    fn module(functions: &[(&str, &[u8])]) -> Vec<u8> {
        let mut code = vec![functions.len() as u8];
        let mut names = vec![functions.len() as u8];
        for (place, (name, body)) in functions.iter().enumerate() {
            put(&mut code, body.len());
            code.extend(*body);
            names.extend([place as u8 + 1, name.len() as u8]);
            names.extend(name.bytes());
        }
        let imports = [2, 1, b'a', 1, b'b', 0, 3, 1, b'a', 1, b'c', 2, 1, 1, 2];
        let names = [&[4, b'n', b'a', b'm', b'e', 0, 1, 0, 1, names.len() as u8][..], &names].concat();
        let mut whole = b"\0asm\x01\0\0\0".to_vec();
        for (id, content) in [(2, &imports[..]), (10, &code), (0, &names)] {
            whole.push(id);
            put(&mut whole, content.len());
            whole.extend(content);
        }
        whole
    }

    const OURS: &str = "shared::platform::wasm::fraction::written::h0a";
    const THEIRS: &str = "<f64 as core[c59]::fmt::Display>::fmt";
    const LONG: &[u8] = &[0; 200];

    #[test]
    fn a_fraction_is_written_by_ours_and_nothing_else_is_changed() {
        let before = module(&[("<f32 as core[c59]::fmt::Display>::fmt", LONG), (THEIRS, LONG), (OURS, &[0, 0x0b])]);
        let after = module(&[
            ("<f32 as core[c59]::fmt::Display>::fmt", LONG),
            (THEIRS, &[0, 0x20, 0, 0x20, 1, 0x10, 3, 0x0b]),
            (OURS, &[0, 0x0b]),
        ]);
        assert_eq!(displaced(&before).unwrap(), after);
    }

    #[test]
    fn without_ours_theirs_stays() {
        let before = module(&[(THEIRS, LONG)]);
        assert_eq!(displaced(&before).unwrap(), before);
    }

    #[test]
    fn the_first_hook_tells_nothing() {
        let hook = "<std[a54]::panicking::default_hook as core[c59]::ops::function::FnOnce<()>>::call_once";
        let after = module(&[(hook, &[0, 0x0b]), ("std[a54]::panicking::set_hook", LONG)]);
        assert_eq!(displaced(&module(&[(hook, LONG), ("std[a54]::panicking::set_hook", LONG)])).unwrap(), after);
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        let whole = module(&[(THEIRS, LONG), (OURS, &[0, 0x0b])]);
        assert!(displaced(b"GIF89a..").is_err() && displaced(&whole[..whole.len() - 1]).is_err());
    }
}
