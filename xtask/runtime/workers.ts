// Turns one function's `wrangler.toml` and built module into Miniflare's options.
// Not here: what the variables are (xtask/src/vars.rs decides).

import { join } from "node:path";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import type { WorkerPlan } from "./protocol.ts";
import { standInOf } from "./stand-in.ts";

/** Options for Miniflare; bindings, limits and queues are those of the `wrangler.toml`. */
export function workerOptions(plan: WorkerPlan, index: number, apart: ReadonlyMap<string, string> = new Map()) {
  const config = unstable_readConfig({ config: plan.config });
  const { workerOptions: options } = unstable_getMiniflareWorkerOptions(config);
  const { modulesRules: _, serviceBindings = {}, ...rest } = options;
  return {
    ...rest,
    name: plan.worker,
    // Names, or what wrangler made of them: Miniflare checks the shape itself.
    serviceBindings: Object.fromEntries(
      Object.entries({ ...(serviceBindings as Record<string, string>), ...standInOf(plan) }).map(([name, service]) => {
        return [name, elsewhere(service, apart) ?? service];
      }),
    ) as Record<string, string>,
    modulesRoot: plan.build,
    modules: [
      { type: "ESModule" as const, path: join(plan.build, "index.js") },
      { type: "CompiledWasm" as const, path: join(plan.build, "index_bg.wasm") },
    ],
    // Only what this stack was given: a `.dev.vars` beside the configuration
    // belongs to a plain `wrangler dev` and must not leak into this stack.
    bindings: { ...config.vars, ...plan.vars },
    // The first Worker has the main port; the others get an origin each.
    unsafeDirectSockets: index === 0 ? [] : [{ host: "127.0.0.1", port: plan.port }],
  };
}

/** The address of a service that runs in another process. */
function elsewhere(service: unknown, apart: ReadonlyMap<string, string>) {
  const name = typeof service === "string" ? service : (service as { name?: unknown }).name;
  const address = typeof name === "string" ? apart.get(name) : undefined;
  return address === undefined ? undefined : { external: { address, http: {} } };
}
