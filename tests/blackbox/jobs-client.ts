// Files and batches, for tests. Not here: assertions about what they do.

import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { admin, change, eventually, type Person, query, root, type Stack } from "./harness.ts";
import { reply } from "./organisations-client.ts";

type Caller = Pick<Person, "headers">;

/** A file as its owner sees it. */
export interface StoredFile {
  readonly id: string;
  readonly bytes: number;
  readonly filename: string;
  readonly purpose: string;
  readonly sha256: string;
}

/** A batch as its owner sees it. */
export interface Batch {
  readonly id: string;
  readonly status: string;
  readonly errors: { readonly data: readonly { code: string; line: number | null }[] } | null;
  readonly output_file_id: string | null;
  readonly error_file_id: string | null;
  readonly request_counts: { readonly total: number; readonly completed: number; readonly failed: number };
}

/** A line of a batch's files. */
export interface Written {
  readonly custom_id: string;
  readonly response: { readonly status_code: number; readonly body: Record<string, unknown> } | null;
  readonly error: { readonly code: string } | null;
}

/** `<method> /v1/<path>` of the function that keeps files. */
export function files(stack: Stack, who: Caller, method: string, path: string, body?: unknown): Promise<Response> {
  const url = `${stack.functions.files}/v1/${path}`;
  if (body === undefined || body instanceof FormData)
    return fetch(url, { method, headers: who.headers, ...(body && { body }) });
  const headers = { "content-type": "application/json", ...who.headers };
  return fetch(url, { method, headers, body: JSON.stringify(body) });
}

/** `<method> /v1/files/<path>` of the function that opens files to others. */
export function shares(stack: Stack, who: Caller, method: string, path: string, body?: unknown): Promise<Response> {
  const headers = { "content-type": "application/json", ...who.headers };
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  return fetch(`${stack.functions.shares}/v1/files/${path}`, { method, headers, ...init });
}

/** Which function does what a path begins with. */
const HOMES = { batches: "batches", evals: "evaluations", fine_tuning: "tuning" } as const;

/** `<method> /v1/<path>` of the function that does such jobs. */
export function jobs(stack: Stack, who: Caller, method: string, path: string, body?: unknown): Promise<Response> {
  const headers = { "content-type": "application/json", ...who.headers };
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const home = HOMES[path.split("/", 1)[0] as keyof typeof HOMES];
  return fetch(`${stack.functions[home]}/v1/${path}`, { method, headers, ...init });
}

/** A form with a file in it. */
export function form(text: string, purpose = "batch"): FormData {
  const form = new FormData();
  form.set("purpose", purpose);
  form.set("file", new File([text], "in.jsonl"));
  return form;
}

/** Keeps a file; its id. */
export async function fileOf(stack: Stack, who: Caller, text = "{}\n"): Promise<string> {
  return (await reply<StoredFile>(files(stack, who, "POST", "files", form(text)), 200)).id;
}

/** A line that says something to the simulated model. */
export function line(custom_id: string, content: string): string {
  const body = { model: "simulated-chat", messages: [{ role: "user", content }] };
  return `${JSON.stringify({ custom_id, method: "POST", url: "/v1/chat/completions", body })}\n`;
}

/** Makes a batch of these lines. */
export async function batchOf(stack: Stack, who: Caller, lines: string): Promise<Batch> {
  const wish = {
    input_file_id: await fileOf(stack, who, lines),
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
  };
  return reply<Batch>(jobs(stack, who, "POST", "batches", wish), 200);
}

/** The batch as it is. */
export function batch(stack: Stack, who: Caller, id: string): Promise<Batch> {
  return reply<Batch>(jobs(stack, who, "GET", `batches/${id}`), 200);
}

/** The batch when the database says so of it: asking the function again and again would meet its limit. */
export async function once(stack: Stack, who: Caller, id: string, when: string): Promise<Batch> {
  const sql = `SELECT 1 FROM batches WHERE id = ? AND ${when}`;
  await eventually(() => (query(stack, sql, [id]).length > 0 ? true : undefined), 40_000);
  return batch(stack, who, id);
}

/** The batch when it has ended. */
export function ended(stack: Stack, who: Caller, id: string): Promise<Batch> {
  return once(stack, who, id, "ended_at IS NOT NULL");
}

/** The lines of a file that a batch wrote. */
export async function written(stack: Stack, who: Caller, id: string | null): Promise<Written[]> {
  if (id === null) return [];
  const text = await (await files(stack, who, "GET", `files/${id}/content`)).text();
  return text
    .split("\n")
    .filter((one) => one !== "")
    .map((one) => JSON.parse(one) as Written);
}

/** A batch on which nobody works: it is there to be read and cancelled. */
export async function idleBatch(stack: Stack, owner: Person): Promise<string> {
  const id = `batch_${randomUUID()}`;
  const sql = `INSERT INTO batches (id, user_id, scopes, endpoint, input_file_id, object, bytes, status, created_at, expires_at,
    touched_at) VALUES (?, ?, '[]', '/v1/responses', 'file_1', 'files/none', 1, 'validating', ?, ?, ?)`;
  const later = Date.now() + 86_400_000;
  await change(stack, sql, [id, owner.id, Date.now(), later, later]);
  return id;
}

/** What a scanner is given to answer with, made as `shared/uploads` makes it, with the stack's own key. */
function verdictToken(id: string): string {
  const key = /^STORE_KEY=([\w-]+)/m.exec(readFileSync(join(root, ".dev.vars"), "utf8"))?.[1] ?? "";
  const until = String(Date.now() + 60_000);
  const mac = createHmac("sha256", Buffer.from(key, "base64url"));
  for (const part of ["file scan verdict", id, until]) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(part.length));
    mac.update(length).update(part);
  }
  return `${until}.${mac.digest().subarray(0, 16).toString("base64url")}`;
}

/** How each row of both functions succeeds, for the test that counts round trips. */
export function jobsCalls(stack: Stack, who: Person): Readonly<Record<string, () => Promise<Response>>> {
  const file =
    (method: string, rest = "") =>
    async (): Promise<Response> =>
      files(stack, who, method, `files/${await fileOf(stack, who)}${rest}`);
  const batch =
    (method: string, rest = "") =>
    async (): Promise<Response> =>
      jobs(stack, who, method, `batches/${await idleBatch(stack, who)}${rest}`);
  const wish = { endpoint: "/v1/chat/completions", completion_window: "24h" };
  return {
    "POST /v1/files": () => files(stack, who, "POST", "files", form("{}\n")),
    "GET /v1/files": () => files(stack, who, "GET", "files"),
    "GET /v1/files/{id}": file("GET"),
    "DELETE /v1/files/{id}": file("DELETE"),
    "GET /v1/files/{id}/content": file("GET", "/content"),
    "GET /v1/files/manifest": async () => shares(stack, await admin(stack), "GET", "manifest"),
    "POST /v1/files/scans/{token}": async () => {
      const id = await fileOf(stack, who);
      await change(stack, "UPDATE files SET scan = 'pending' WHERE id = ?", [id]);
      return shares(stack, who, "POST", `scans/${id}.${verdictToken(id)}`, { verdict: "clean" });
    },
    "POST /v1/files/check": async () => shares(stack, await admin(stack), "POST", "check", {}),
    "PATCH /v1/files/{id}": async () =>
      files(stack, who, "PATCH", `files/${await fileOf(stack, who)}`, { tags: ["a"] }),
    "POST /v1/files/{id}/restore": file("POST", "/restore"),
    "GET /v1/files/{id}/shares": async () => shares(stack, who, "GET", `${await fileOf(stack, who)}/shares`),
    "PUT /v1/files/{id}/shares/{with}": async () =>
      shares(stack, who, "PUT", `${await fileOf(stack, who)}/shares/a@example.com`),
    "DELETE /v1/files/{id}/shares/{with}": async () => {
      const path = `${await fileOf(stack, who)}/shares/a@example.com`;
      await reply(shares(stack, who, "PUT", path));
      return shares(stack, who, "DELETE", path);
    },
    "POST /v1/files/{id}/links": async () =>
      shares(stack, who, "POST", `${await fileOf(stack, who)}/links`, { expires_in: 60 }),
    "GET /v1/files/{id}/links": async () => shares(stack, who, "GET", `${await fileOf(stack, who)}/links`),
    "DELETE /v1/files/{id}/links/{link_id}": async () => {
      const id = await fileOf(stack, who);
      const made = shares(stack, who, "POST", `${id}/links`, { expires_in: 60 });
      return shares(stack, who, "DELETE", `${id}/links/${(await reply<{ id: string }>(made, 201)).id}`);
    },
    "POST /v1/batches": async () =>
      jobs(stack, who, "POST", "batches", { ...wish, input_file_id: await fileOf(stack, who) }),
    "GET /v1/batches": () => jobs(stack, who, "GET", "batches"),
    "GET /v1/batches/{id}": batch("GET"),
    "POST /v1/batches/{id}/cancel": batch("POST", "/cancel"),
  };
}
