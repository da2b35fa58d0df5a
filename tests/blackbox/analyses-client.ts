// Analyses of pictures and their webhooks, for tests. Not here: assertions about what they do.

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { change, eventually, type Person, query, type Stack } from "./harness.ts";
import { files, type StoredFile } from "./jobs-client.ts";
import { reply } from "./organisations-client.ts";

type Caller = Pick<Person, "headers">;

/** An analysis as its owner sees it. */
export interface Analysis {
  readonly id: string;
  readonly file_id: string;
  readonly status: "queued" | "running" | "succeeded" | "failed" | "cancelled";
  readonly retries: number;
  readonly model: string;
  readonly rerun_of: string | null;
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly error: { readonly code: string; readonly status: number | null } | null;
  readonly call: { readonly request_id: string; readonly model_version: string; readonly cost_nano_usd: number } | null;
}

/** A picture of one pixel. */
export const PIXEL: Buffer = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);

/** `<method> /v1/<path>` of the function that analyses. */
export function analyses(stack: Stack, who: Caller, method: string, path: string, body?: unknown): Promise<Response> {
  const headers = { "content-type": "application/json", ...who.headers };
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  return fetch(`${stack.functions.analyses}/v1/${path}`, { method, headers, ...init });
}

/** Keeps a picture; its id. */
export async function pictureOf(stack: Stack, who: Caller, bytes: Buffer = PIXEL): Promise<string> {
  const form = new FormData();
  form.set("purpose", "user_data");
  form.set("file", new File([new Uint8Array(bytes)], "invoice.pdf"));
  return (await reply<StoredFile>(files(stack, who, "POST", "files", form), 200)).id;
}

/** Has a picture described; `prompt` is found in the simulator's journal, and its directives do what they say. */
export async function analysisOf(stack: Stack, who: Caller, prompt: string, more: object = {}): Promise<Analysis> {
  const wish = { file_id: await pictureOf(stack, who), task: "describe", prompt, ...more };
  return reply<Analysis>(analyses(stack, who, "POST", "analyses", wish), 202);
}

/** The analysis when it has ended. */
export async function ended(stack: Stack, who: Caller, id: string): Promise<Analysis> {
  const sql = "SELECT 1 FROM analyses WHERE id = ? AND ended_at IS NOT NULL";
  await eventually(() => (query(stack, sql, [id]).length > 0 ? true : undefined), 40_000);
  return reply<Analysis>(analyses(stack, who, "GET", `analyses/${id}`), 200);
}

/** An analysis on which nobody works, in this state. */
export async function idleAnalysis(stack: Stack, owner: Person, status = "failed"): Promise<string> {
  const id = `anl_${randomUUID()}`;
  const later = Date.now() + 86_400_000;
  const over = status === "failed" ? Date.now() : null;
  const sql = `INSERT INTO analyses (id, user_id, scopes, file_id, task, settings, model, status, next_at, created_at, ended_at)
    VALUES (?, ?, '["use:ai"]', ?, 'text', '{}', 'simulated-chat', ?, ?, ?, ?)`;
  await change(stack, sql, [id, owner.id, await pictureOf(stack, owner), status, later, Date.now(), over]);
  return id;
}

/** What a webhook was sent. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Somebody's own program, which answers with these statuses, the last one again and again. */
export async function receiver(
  statuses: readonly number[],
): Promise<AsyncDisposable & { url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) });
    const status = statuses[Math.min(received.length, statuses.length) - 1] ?? 200;
    response.writeHead(status, status === 302 ? { location: "/elsewhere" } : {}).end("thanks");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/hook`, received, [Symbol.asyncDispose]: close };
}

/** How each row succeeds, for the test that counts round trips. */
export function analysesCalls(stack: Stack, who: Person): Readonly<Record<string, () => Promise<Response>>> {
  const one =
    (method: string, rest = "", status = "failed") =>
    async (): Promise<Response> =>
      analyses(stack, who, method, `analyses/${await idleAnalysis(stack, who, status)}${rest}`);
  return {
    "POST /v1/analyses": async () =>
      analyses(stack, who, "POST", "analyses", { file_id: await pictureOf(stack, who), task: "tags" }),
    "GET /v1/analyses": () => analyses(stack, who, "GET", "analyses"),
    "GET /v1/analyses/{id}": one("GET"),
    "DELETE /v1/analyses/{id}": one("DELETE"),
    "GET /v1/analyses/{id}/events": one("GET", "/events"),
    "POST /v1/analyses/{id}/cancel": one("POST", "/cancel", "queued"),
    "POST /v1/analyses/{id}/replay": one("POST", "/replay"),
    "POST /v1/analyses/{id}/rerun": one("POST", "/rerun"),
    "GET /v1/webhook": () => analyses(stack, who, "GET", "webhook"),
    "PUT /v1/webhook": () => analyses(stack, who, "PUT", "webhook", { url: null }),
    "DELETE /v1/webhook": () => analyses(stack, who, "DELETE", "webhook"),
    "POST /v1/webhook/secret": () => analyses(stack, who, "POST", "webhook/secret"),
    "GET /v1/webhook/deliveries": () => analyses(stack, who, "GET", "webhook/deliveries"),
  };
}
