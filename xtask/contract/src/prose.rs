//! What a handler's doc comment says: it stands beside the code and is the only
//! description of a row, so the reference page and the API description take it
//! from there. Not here: what is read from the types (`operations`).

use std::fs;
use std::path::Path;

use shared::problem::Code;

/// A handler's description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prose {
    /// What the row does, in Markdown; one entry a paragraph. May be empty.
    pub(crate) paragraphs: Vec<String>,
    /// The section `# Errors`, unless it says `None`.
    pub(crate) errors: Option<String>,
}

impl Prose {
    /// The statuses that the section `# Errors` names, in order.
    pub(crate) fn statuses(&self) -> Vec<u16> {
        let words = self.errors.as_deref().unwrap_or("").split(|c: char| !c.is_ascii_alphanumeric());
        let mut statuses: Vec<u16> =
            words.filter(|word| word.len() == 3).filter_map(|word| word.parse().ok()).collect();
        statuses.retain(|status| Code::ALL.iter().any(|code| code.facts().0 == *status));
        statuses.sort_unstable();
        statuses.dedup();
        statuses
    }
}

/// Finds the doc comment of `handler` (`sessions::create`) of a function; rows may use handlers of `shared`.
///
/// # Errors
/// A sentence, when there is no such handler or it has no doc comment.
pub(crate) fn of(root: &Path, function: &str, handler: &str) -> Result<Prose, String> {
    let (module, name) = handler.rsplit_once("::").unwrap_or(("lib", handler));
    let module = module.replace("::", "/");
    let own = root.join("functions").join(function).join("src");
    // Files of one concern may stand in a folder: `provider/models.rs` has the handlers of `models`.
    let rooms = fs::read_dir(&own).into_iter().flatten().filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut rooms: Vec<_> = rooms.filter(|path| path.is_dir()).collect();
    rooms.sort();
    let dirs = std::iter::once(own).chain(rooms).chain([root.join("shared/src")]);
    let mut places = dirs.flat_map(|dir| [dir.join(format!("{module}.rs")), dir.join(&module).join("mod.rs")]);
    let found = places.find_map(|file| comment(&fs::read_to_string(file).ok()?, name));
    found
        .map(|text| parse(&text))
        .ok_or_else(|| format!("{function}: {handler} has no doc comment, or is not where its path says"))
}

/// The doc comment of the function `name` in Rust source.
fn comment(source: &str, name: &str) -> Option<String> {
    let mut lines: Vec<&str> = Vec::new();
    for line in source.lines() {
        if let Some(text) = line.strip_prefix("///") {
            lines.push(text.strip_prefix(' ').unwrap_or(text));
        } else if declares(line, name) {
            return (!lines.is_empty()).then(|| lines.join("\n"));
        } else if !line.starts_with("#[") {
            lines.clear();
        }
    }
    None
}

fn declares(line: &str, name: &str) -> bool {
    let after = line.strip_prefix("pub").and_then(|rest| rest.split_once("fn ")).map(|(_, after)| after);
    after.and_then(|after| after.strip_prefix(name)).is_some_and(|rest| rest.starts_with(['(', '<']))
}

fn parse(comment: &str) -> Prose {
    let (about, errors) = comment.split_once("# Errors\n").unwrap_or((comment, ""));
    let paragraphs = about.split("\n\n").map(one_line).enumerate();
    let paragraphs = paragraphs.map(|(i, text)| if i == 0 { without_route(&text) } else { text });
    let errors = one_line(errors);
    Prose {
        paragraphs: paragraphs.filter(|text| !text.is_empty()).collect(),
        errors: (!errors.is_empty() && !errors.starts_with("None")).then_some(errors),
    }
}

/// Markdown without line breaks and without rustdoc's links, which lead nowhere on a page.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace("[`", "`").replace("`]", "`")
}

/// Drops the method and path with which a handler's comment begins: the page has them above it.
fn without_route(text: &str) -> String {
    let Some((route, rest)) = text.strip_prefix('`').and_then(|rest| rest.split_once('`')) else {
        return text.to_owned();
    };
    if !route.contains(" /") {
        return text.to_owned();
    }
    match rest.trim_start().strip_prefix('(').and_then(|rest| rest.split_once("):")) {
        // `GET /x` (RFC 1 §2): what it is.
        Some((source, rest)) => format!("{} ({source})", capitalised(rest)),
        None => capitalised(rest),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.trim_start_matches([':', '.', ',', ' ']).chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
/// Another.
pub async fn creates(cx: &Cx) {}

/// `POST /v1/orders`: makes an order
/// of the [`Cart`].
///
/// Pays later.
///
/// # Errors
/// 409 when it is sold out, 402 without money; see RFC 911.
#[inline]
pub async fn create(cx: &Cx) {}
";

    #[test]
    fn a_comment_loses_its_route_and_keeps_its_paragraphs() {
        let prose = parse(&comment(SOURCE, "create").unwrap());
        assert_eq!(prose.paragraphs, ["Makes an order of the `Cart`.", "Pays later."]);
    }

    #[test]
    fn the_source_of_a_row_stands_behind_what_it_is() {
        assert_eq!(parse("`GET /keys` (RFC 7517 §5): every key.").paragraphs, ["Every key. (RFC 7517 §5)"]);
    }

    #[test]
    fn statuses_of_the_errors_are_those_we_know() {
        let prose = parse(&comment(SOURCE, "create").unwrap());
        assert_eq!(prose.statuses(), [402, 409]);
    }

    #[test]
    fn errors_that_say_none_are_none() {
        assert_eq!(parse("`GET /v1/x`.\n\n# Errors\nNone beyond the row's own.\n"), Prose::default());
    }

    #[test]
    fn a_function_without_a_comment_is_not_found() {
        assert_eq!(comment("/// A.\nfn a() {}\npub async fn b() {}\n", "b"), None);
    }
}
