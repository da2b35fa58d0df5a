// What stands in for the binding of Cloudflare's models in a local stack, where there is none: a Worker whose `run` asks an
// upstream of the same protocol. Not here: which function is bound to it (workers.ts).

import type { WorkerPlan } from "./protocol.ts";

/** The variable that has an upstream stand in: its origin and path, before `/ai/run/MODEL`. */
const VARIABLE = "WORKERS_AI_STAND_IN_URL";

/** The name of the Worker that stands in. */
const NAME = "selvage-ai-stand-in";

// As the binding does it: the raw response, without the wrapping that the REST route has.
const SCRIPT = `import { WorkerEntrypoint } from "cloudflare:workers";
export default class extends WorkerEntrypoint {
  async run(model, inputs, { returnRawResponse }) {
    if (!returnRawResponse) throw new Error("only raw responses are stood in for");
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify(inputs);
    const response = await fetch(this.env.UPSTREAM + "/ai/run/" + model, { method: "POST", headers, body });
    const plain = (response.headers.get("content-type") ?? "").startsWith("application/json");
    if (!plain || !response.ok) return response;
    const { result } = await response.json();
    return Response.json(result);
  }
}`;

/** The bindings of a Worker whose variables name a stand-in. */
export function standInOf({ vars }: Pick<WorkerPlan, "vars">): Record<string, string> {
  return vars[VARIABLE] === undefined ? {} : { AI: NAME };
}

/** The Workers that stand in. */
export function standIns(workers: readonly Pick<WorkerPlan, "vars">[]) {
  const upstream = workers.map(({ vars }) => vars[VARIABLE]).find((url) => url !== undefined);
  if (upstream === undefined) return [];
  return [
    {
      name: NAME,
      compatibilityDate: "2026-11-01",
      modules: [{ type: "ESModule" as const, path: "stand-in.js", contents: SCRIPT }],
      bindings: { UPSTREAM: upstream },
    },
  ];
}
