// Changing what the AI gateway calls, and documents that may be put there. Not here: assertions about what
// becomes of them.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { admin, eventually, type Person, type Stack } from "./harness.ts";

/** A JSON object. */
export type Document = Readonly<Record<string, unknown>>;

/** A name nobody else uses. */
export function fresh(what: string): string {
  return `${what}-${randomBytes(6).toString("hex")}`;
}

/** `<method> /v1/admin/ai<path>` of the function itself. */
export function registry(
  stack: Stack,
  who: Pick<Person, "headers">,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const all = { "content-type": "application/json", ...who.headers, ...headers };
  return fetch(`${stack.functions.registry}/v1/admin/ai${path}`, { method, headers: all, ...init });
}

/** The same, of a change that is taken; its reply. */
export async function changed(
  stack: Stack,
  who: Pick<Person, "headers">,
  method: string,
  path: string,
  body?: unknown,
): Promise<Document> {
  const reply = await registry(stack, who, method, path, body);
  const text = await reply.text();
  assert.ok(reply.ok, `${method} ${path} answered ${reply.status}: ${text}`);
  return text === "" ? {} : (JSON.parse(text) as Document);
}

/** A provider of OpenAI's dialect with one model, at this base URL. */
export function provider(id: string, base_url: string, more: Document = {}): Document {
  return {
    id,
    base_url,
    auth: { header: "authorization", prefix: "Bearer " },
    paths: { chat: "/chat/completions" },
    usage: {
      reply: "/usage",
      prompt: ["/prompt_tokens"],
      cached: ["/prompt_tokens_details/cached_tokens"],
      completion: ["/completion_tokens"],
      reasoning: [],
    },
    models: [{ id: `${id}-model`, context: 32_000, max_output: 2_000, capabilities: ["chat"] }],
    ...more,
  };
}

/** What a model of such a provider costs: two nano-dollars a token in, four out. */
export function price(id: string, version = "v1"): Document {
  const rates = { input_pico_usd: 2_000, output_pico_usd: 4_000 };
  const of = { provider: id, model: `${id}-model`, valid_from: "2026-01-01", currency: "USD", source: "a test" };
  return { version, ...of, rates };
}

/** A provider that was put there, for tests that want one that is. */
export async function registered(stack: Stack): Promise<string> {
  const id = fresh("of-a-test");
  const document = provider(id, `${stack.simulator}/v1`, { key_required: true });
  await changed(stack, await admin(stack), "PUT", `/providers/${id}`, document);
  return id;
}

/** Waits until a call by this model's name is answered with this status: a change is seen within ten seconds. */
export async function answers(
  stack: Stack,
  who: Pick<Person, "headers">,
  model: string,
  status = 200,
): Promise<Response> {
  return eventually(async () => {
    const reply = await call(stack, who, model);
    if (reply.status === status) return reply;
    throw new Error(`${model} answered ${reply.status}: ${await reply.text()}`);
  }, 12_000);
}

/** One plain chat by this model's name. */
export function call(
  stack: Stack,
  who: Pick<Person, "headers">,
  model: string,
  content = "hello",
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${stack.gateway}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...who.headers, ...headers },
    body: JSON.stringify({ model, messages: [{ role: "user", content }] }),
  });
}
