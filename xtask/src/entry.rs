//! The Worker's entry and its Durable Objects, made plain. worker-build exports classes behind two
//! layers of `Proxy`, which cost a fifth of a small request; the runtime takes a plain object and plain
//! classes as well, and has no methods then that another Worker could call by RPC. What recovers from a
//! panic stays: the module is made anew before the next call, and with it every Durable Object.

use anyhow::{Result, bail};

/// worker-build's export, in a bundle that is not minified.
const PROXIED: &str = "var shim_default = new Proxy(Entrypoint, classProxyHooks);";

/// worker-build's export of a class, but for its name on either side.
const OBJECT: &str = " = new Proxy(";
const OBJECT_END: &str = ", classProxyHooks);";

/// The events a Worker may answer.
const EVENTS: [&str; 4] = ["fetch", "queue", "scheduled", "email"];

/// The bundle with a plain entry and plain classes.
pub(crate) fn plain(bundle: &str) -> Result<String> {
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
    let bundle = plain_objects(bundle);
    let entry = format!(
        "function guarded(handler, event, env, ctx) {{\n  checkReinitialize();\n  try {{\n    return handler.call({{ env, ctx }}, event);\n  \
         }} catch (error) {{\n    handleMaybeCritical(error);\n    throw error;\n  }}\n}}\nvar shim_default = {{\n{handlers}}};"
    );
    Ok(bundle.replacen(PROXIED, &entry, 1))
}

/// A Durable Object's class is wrapped by hand. Its wasm part belongs to one instance of the module.
const SHELL: &str = "function plainObject(Part) {
  return class {
    constructor(ctx, env) {
      this.renew = () => {
        checkReinitialize();
        this.part = new Part(ctx, env);
        this.made = initState.instanceId;
      };
      this.renew();
    }
    call(handler, argument) {
      checkReinitialize();
      if (this.made !== initState.instanceId) this.renew();
      try {
        return this.part[handler](argument);
      } catch (error) {
        handleMaybeCritical(error);
        throw error;
      }
    }
    fetch(request) {
      return this.call(\"fetch\", request);
    }
    alarm() {
      return this.call(\"alarm\");
    }
  };
}
";

fn plain_objects(bundle: &str) -> String {
    let mut text = String::new();
    for line in bundle.lines() {
        let class = line.strip_prefix("var ").filter(|_| line != PROXIED);
        let class = class.and_then(|rest| rest.strip_suffix(OBJECT_END)?.split_once(OBJECT));
        match class {
            Some((name, part)) => text.push_str(&format!("var {name} = plainObject({part});")),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    format!("{SHELL}{text}")
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
    fn a_durable_object_gets_a_plain_class() {
        let text = plain_objects("var Limiter2 = new Proxy(Limiter, classProxyHooks);\nvar other = new Proxy(a, b);");
        assert!(
            text.contains("\nvar Limiter2 = plainObject(Limiter);\n") && text.contains("var other = new Proxy(a, b);")
        );
    }

    #[test]
    fn another_shape_of_bundle_is_refused() {
        assert!(plain("export default class {}").is_err());
        assert!(plain(PROXIED).is_err());
    }
}
