//! The Worker's entry, made plain. worker-build exports a class behind two layers of `Proxy`,
//! which costs a fifth of a small request; the runtime takes a plain object as well, and has no
//! methods then that another Worker could call by RPC. What recovers from a panic stays: the
//! module is made anew before the next call.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// worker-build's export, in a bundle that is not minified.
const PROXIED: &str = "var shim_default = new Proxy(Entrypoint, classProxyHooks);";

/// The events a Worker may answer.
const EVENTS: [&str; 4] = ["fetch", "queue", "scheduled", "email"];

/// Rewrites the built `index.js` in place.
pub(crate) fn make_plain(index_js: &Path) -> Result<()> {
    let text = fs::read_to_string(index_js).with_context(|| format!("{} is missing", index_js.display()))?;
    fs::write(index_js, plain(&text)?)?;
    Ok(())
}

fn plain(bundle: &str) -> Result<String> {
    if bundle.matches(PROXIED).count() != 1 {
        bail!("worker-build's bundle has another shape than the pinned version's: its default export was not found");
    }
    let handlers: String = EVENTS
        .iter()
        .filter(|event| bundle.contains(&format!("Entrypoint.prototype.{event} = ")))
        .map(|event| {
            format!("  {event}: (event, env, ctx) => guarded(Entrypoint.prototype.{event}, event, env, ctx),\n")
        })
        .collect();
    if handlers.is_empty() {
        bail!("the built Worker answers no event");
    }
    let entry = format!(
        "function guarded(handler, event, env, ctx) {{\n  checkReinitialize();\n  try {{\n    return handler.call({{ env, ctx }}, event);\n  \
         }} catch (error) {{\n    handleMaybeCritical(error);\n    throw error;\n  }}\n}}\nvar shim_default = {{\n{handlers}}};"
    );
    Ok(bundle.replacen(PROXIED, &entry, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_becomes_an_object_with_the_events_there_are() {
        let bundle = format!(
            "Entrypoint.prototype.fetch = function fetch2(arg) {{}}\n{PROXIED}\nexport {{ shim_default as default }};"
        );
        let text = plain(&bundle).unwrap();
        assert!(text.contains("fetch: (event") && !text.contains("queue:") && !text.contains("new Proxy(Entrypoint"));
    }

    #[test]
    fn another_shape_of_bundle_is_refused() {
        assert!(plain("export default class {}").is_err());
        assert!(plain(PROXIED).is_err());
    }
}
