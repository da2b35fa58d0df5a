//! Taking the functions' names out of a module (WebAssembly Core 2.0, §5.5): the custom section `name` is left out
//! and every other byte stays as it is, so that addresses mean the same in both. A tool that reads and writes the
//! module anew makes it larger than what the optimiser had laid out.

use anyhow::{Context, Result, ensure};

/// Bytes of the magic number and the version.
const PREAMBLE: usize = 8;
/// The id of custom sections.
const CUSTOM: u8 = 0;

/// The module without its section of names.
pub(crate) fn without(module: &[u8]) -> Result<Vec<u8>> {
    ensure!(module.starts_with(b"\0asm") && module.len() >= PREAMBLE, "this is no wasm module");
    let (preamble, mut rest) = module.split_at(PREAMBLE);
    let mut kept = preamble.to_vec();
    while let Some((id, behind)) = rest.split_first() {
        let (size, behind) = number(behind).context("a section without a size")?;
        let (content, next) = behind.split_at_checked(size).context("a section that is cut off")?;
        if *id != CUSTOM || section_name(content) != Some(b"name") {
            let whole = rest.len().saturating_sub(next.len());
            kept.extend(rest.get(..whole).unwrap_or_default());
        }
        rest = next;
    }
    Ok(kept)
}

fn section_name(content: &[u8]) -> Option<&[u8]> {
    let (length, rest) = number(content)?;
    rest.get(..length)
}

/// An unsigned number in LEB128 (§5.2.2), and what is behind it.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value: usize = 0;
    for (place, byte) in bytes.iter().enumerate().take(5) {
        value |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(place + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::without;

    const HEAD: &[u8] = b"\0asm\x01\0\0\0";

    #[test]
    fn names_go_and_all_else_stays() {
        let types = [1, 1, 0];
        let names = [0, 6, 4, b'n', b'a', b'm', b'e', 9];
        let others = [0, 0x84, 0, 3, b'a', b'b', b'c'];
        let module = [HEAD, &types, &names, &others].concat();
        assert_eq!(without(&module).unwrap(), [HEAD, &types, &others].concat());
    }

    #[test]
    fn what_is_no_module_or_cut_off_is_refused() {
        for bad in [&b""[..], b"\0asm", b"GIF89a..", &[HEAD, &[1, 9]].concat(), &[HEAD, &[1, 0x80]].concat()] {
            assert!(without(bad).is_err(), "{bad:?}");
        }
    }
}
