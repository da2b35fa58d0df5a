//! What every Worker would carry along and no Worker here calls: the classes that `worker` and `wasm-streams` export
//! whether they are used or not, and the functions of the module behind them. wasm-bindgen's exports are roots for the
//! optimisers, so it takes a look at the JavaScript to see that nobody reaches them. Not here: running the tools.

use std::collections::BTreeSet;

/// The classes. Each stays where the bundle names it elsewhere, as it does when the module makes one.
const CLASSES: [&str; 6] = [
    "ContainerStartupOptions",
    "IntoUnderlyingByteSource",
    "IntoUnderlyingSink",
    "IntoUnderlyingSource",
    "MinifyConfig",
    "R2Range",
];

/// How the bundle names the module's exports.
const EXPORTS: &str = "wasm.";

/// The bundle, which must not be minified yet, without the classes that nobody makes.
pub(crate) fn without_classes(bundle: &str) -> String {
    CLASSES.iter().fold(bundle.to_owned(), |text, class| {
        let shorter = without_class(&text, class);
        if shorter.contains(class) { text } else { shorter }
    })
}

fn without_class(bundle: &str, class: &str) -> String {
    let definition = format!("var {class} = class {{");
    let finalization = format!("var {class}Finalization = ");
    let lines = [
        format!("if (Symbol.dispose) {class}.prototype"),
        format!("var {class}2 = new Proxy({class}, "),
        format!("  {class}2 as {class},"),
    ];
    let mut kept = String::with_capacity(bundle.len());
    let mut until = None;
    for line in bundle.lines() {
        if let Some(end) = until {
            if line == end {
                until = None;
            }
        } else if line.starts_with(&definition) {
            until = Some("};");
        } else if line.starts_with(&finalization) {
            until = Some("});");
        } else if !lines.iter().any(|start| line.starts_with(start)) {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// What the bundle reaches in the module, as `wasm-metadce` reads it: all other exports go, with what only they need.
pub(crate) fn graph(bundle: &str) -> String {
    let named: BTreeSet<&str> = bundle.split(EXPORTS).skip(1).map(name_at).filter(|name| !name.is_empty()).collect();
    let nodes: Vec<String> = named
        .into_iter()
        .map(|name| format!("{{\"name\": \"{name}\", \"export\": \"{name}\", \"root\": true}}"))
        .collect();
    format!("[{}]", nodes.join(",\n"))
}

/// The name with which a text begins.
fn name_at(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '$'));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUNDLE: &str = "var Limiter = class {\n  free() {\n    wasm.__wbg_limiter_free(ptr, 0);\n  }\n};\n\
        if (Symbol.dispose) Limiter.prototype[Symbol.dispose] = Limiter.prototype.free;\n\
        var R2Range = class {\n  get length() {\n    return wasm.__wbg_get_r2range_length(this.ptr);\n  }\n};\n\
        if (Symbol.dispose) R2Range.prototype[Symbol.dispose] = R2Range.prototype.free;\n\
        var R2RangeFinalization = new FinalizationRegistry(({ ptr }) => {\n  wasm.__wbg_r2range_free(ptr, 1);\n});\n\
        var Limiter2 = new Proxy(Limiter, classProxyHooks);\nvar R2Range2 = new Proxy(R2Range, classProxyHooks);\n\
        export {\n  Limiter2 as Limiter,\n  R2Range2 as R2Range,\n  shim_default as default\n};\n";

    #[test]
    fn a_class_that_nobody_makes_goes_and_all_others_stay() {
        let text = without_classes(BUNDLE);
        assert!(!text.contains("R2Range") && !text.contains("r2range"), "{text}");
        assert!(text.contains("  Limiter2 as Limiter,\n  shim_default as default\n};\n"), "{text}");
        assert_eq!(text.matches("Limiter.prototype").count(), 2);
    }

    #[test]
    fn a_class_that_the_module_makes_stays() {
        let bundle = format!("{BUNDLE}const made = R2Range.__wrap(arg0);\n");
        assert_eq!(without_classes(&bundle), bundle);
    }

    #[test]
    fn the_graph_names_each_export_once() {
        let graph = graph("wasm.memory.buffer; wasm.memory; wasm.__start();");
        assert_eq!(graph.matches("\"export\": \"memory\"").count(), 1);
        assert_eq!(graph.matches("\"root\": true").count(), 2);
    }
}
