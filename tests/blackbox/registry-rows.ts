// How each row of the registry succeeds, for the test that counts round trips. Not here: what should come of it.

import { admin, type Stack } from "./harness.ts";
import { changed, type Document, fresh, price, provider, registry } from "./registry-client.ts";

type Call = () => Promise<Response>;

/** An entry of each kind: its path and its document. */
function entries(stack: Stack): Readonly<Record<string, () => { path: string; document: Document }>> {
  const target = { provider: "simulator", model: "simulated-chat" };
  const named = (kind: string, document: (id: string) => Document) => () => {
    const id = fresh("counted");
    return { path: `/${kind}/${id}`, document: document(id) };
  };
  return {
    "providers/{id}": named("providers", (id) => provider(id, `${stack.simulator}/v1`, { key_required: true })),
    "models/{model}": () => {
      const id = fresh("counted");
      return { path: `/models/simulator/${id}`, document: { provider: "simulator", id, context: 9, max_output: 9 } };
    },
    "aliases/{alias}": named("aliases", (id) => ({ id, model: "simulated-chat" })),
    "prices/{price}": () => {
      const id = fresh("counted");
      return { path: `/prices/${id}/${id}-model@v1`, document: price(id) };
    },
    "routes/{route}": named("routes", (id) => ({ id, variants: [{ name: "a", weight: 1, targets: [target] }] })),
  };
}

/** Every row of the registry, by the name the budgets give it. */
export function registryCalls(stack: Stack): Readonly<Record<string, Call>> {
  const calls: Record<string, Call> = {};
  for (const [row, entry] of Object.entries(entries(stack))) {
    const own = async (method: string): Promise<Response> => {
      const boss = await admin(stack);
      const { path, document } = entry();
      if (method !== "PUT") await changed(stack, boss, "PUT", path, document);
      return registry(stack, boss, method, path, method === "PUT" ? document : undefined);
    };
    for (const method of ["GET", "PUT", "DELETE"]) calls[`${method} /v1/admin/ai/${row}`] = () => own(method);
    const list = row.split("/")[0];
    calls[`GET /v1/admin/ai/${list}`] = async () => registry(stack, await admin(stack), "GET", `/${list}`);
  }
  return { ...calls, ...others(stack) };
}

/** Tries again while others change the registry at the same time: tests share a stack. */
async function unhurt(change: Call): Promise<Response> {
  for (;;) {
    const reply = await change();
    if (reply.status !== 412) return reply;
    await reply.text();
  }
}

function others(stack: Stack): Readonly<Record<string, Call>> {
  const keyed = async (method: string, body?: Document): Promise<Response> => {
    const boss = await admin(stack);
    const path = "/providers/openai/keys";
    const { id } = await changed(stack, boss, "POST", path, { key: "sk-of-a-test" });
    const reply = await registry(stack, boss, method, `${path}/${id}`, body);
    if (method !== "DELETE") await changed(stack, boss, "DELETE", `${path}/${id}`);
    return reply;
  };
  const get = async (path: string): Promise<Response> => registry(stack, await admin(stack), "GET", path);
  const revision = async (): Promise<number> => {
    const id = fresh("counted");
    const entry = await changed(stack, await admin(stack), "PUT", `/aliases/${id}`, { id, model: "simulated-chat" });
    return Number(entry.revision);
  };
  return {
    "GET /v1/admin/ai/registry": () => get("/registry"),
    "PUT /v1/admin/ai/registry": () =>
      unhurt(async () => {
        const read = await get("/registry");
        const now = (await read.json()) as { aliases: Document[] };
        const aliases = [...now.aliases, { id: fresh("counted"), model: "simulated-chat" }];
        const seen = { "if-match": read.headers.get("etag") ?? "" };
        return registry(stack, await admin(stack), "PUT", "/registry", { ...now, aliases }, seen);
      }),
    "GET /v1/admin/ai/providers/{id}/keys": () => get("/providers/openai/keys"),
    "POST /v1/admin/ai/providers/{id}/keys": async () => {
      const boss = await admin(stack);
      const reply = await registry(stack, boss, "POST", "/providers/openai/keys", { key: "sk-of-a-test" });
      const { id } = (await reply.clone().json()) as Document;
      await changed(stack, boss, "DELETE", `/providers/openai/keys/${id}`);
      return reply;
    },
    "PATCH /v1/admin/ai/providers/{id}/keys/{key_id}": () => keyed("PATCH", { name: "one" }),
    "DELETE /v1/admin/ai/providers/{id}/keys/{key_id}": () => keyed("DELETE"),
    "GET /v1/admin/ai/revisions": () => get("/revisions"),
    "GET /v1/admin/ai/revisions/{revision}": async () => get(`/revisions/${await revision()}`),
    "POST /v1/admin/ai/revisions/{revision}/restore": () =>
      unhurt(async () => {
        const then = await revision();
        await revision();
        // Whoever else changed something meanwhile is not undone.
        const seen = { "if-match": `"${then + 1}"` };
        return registry(stack, await admin(stack), "POST", `/revisions/${then}/restore`, undefined, seen);
      }),
    "GET /v1/admin/ai/unpriced": () => get("/unpriced"),
  };
}
