// Uploads, for tests: begun, sent by raw sockets that break off where a test wants it, and read back. Not here: assertions about
// what they do.

import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import { admin, change, type Person, query, type Stack } from "./harness.ts";
import { reply } from "./organisations-client.ts";

type Caller = Pick<Person, "headers">;

/** What a request may carry. */
export type Body = NonNullable<RequestInit["body"]>;

/** An upload as its owner sees it. */
export interface Upload {
  readonly id: string;
  readonly bytes: number;
  readonly received: number;
  readonly status: string;
  readonly file: { readonly id: string; readonly sha256: string; readonly bytes: number } | null;
}

/** `<method> /v1/<path>` of the function that takes bytes in. */
export function ingest(
  stack: Stack,
  who: Caller,
  method: string,
  path: string,
  body?: Body,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const all = { ...who.headers, ...headers };
  const init = { method, headers: all, duplex: "half" as const };
  return fetch(`${stack.functions.ingest}/v1/${path}`, body === undefined ? init : { ...init, body });
}

/** What an upload of so many bytes is asked for with. */
export function wish(bytes: number, more: object = {}): string {
  return JSON.stringify({ filename: "a.bin", purpose: "user_data", bytes, ...more });
}

/** Asks for an upload. */
export function asked(stack: Stack, who: Caller, body: string): Promise<Response> {
  return ingest(stack, who, "POST", "uploads", body, { "content-type": "application/json" });
}

/** Begins an upload; its id. */
export async function begun(stack: Stack, who: Caller, bytes: number, more: object = {}): Promise<string> {
  return (await reply<Upload>(asked(stack, who, wish(bytes, more)), 200)).id;
}

export const TUS = { "tus-resumable": "1.0.0" } as const;
export const TUS_BYTES = { ...TUS, "content-type": "application/offset+octet-stream" } as const;

/** How much of an upload is there, as `HEAD` says. */
export async function offsetOf(stack: Stack, who: Caller, id: string): Promise<number> {
  const head = await ingest(stack, who, "HEAD", `tus/${id}`, undefined, TUS);
  if (head.status !== 200) throw new Error(`HEAD answered ${head.status}`);
  return Number(head.headers.get("upload-offset"));
}

/** Goes on at this place. */
export function patch(
  stack: Stack,
  who: Caller,
  id: string,
  offset: number,
  body: Body,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return ingest(stack, who, "PATCH", `tus/${id}`, body, {
    ...TUS_BYTES,
    "upload-offset": String(offset),
    ...headers,
  });
}

/** The head of a request to be written into a raw socket. */
export function head(url: URL, method: string, path: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ host: url.host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** A connection to this origin. */
export async function dialled(origin: string): Promise<Socket> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  await new Promise((done, failed) => socket.once("connect", done).once("error", failed));
  socket.on("error", () => {});
  return socket;
}

/** Says that it will send all of `bytes`, sends the first `until` of them, and hangs up. */
export async function brokenOff(
  origin: string,
  who: Caller,
  request: { method: string; path: string; headers: Readonly<Record<string, string>> },
  bytes: Uint8Array,
  until: number,
): Promise<void> {
  const socket = await dialled(origin);
  const headers = { ...who.headers, ...request.headers, "content-length": String(bytes.length) };
  socket.write(head(new URL(origin), request.method, request.path, headers));
  await new Promise<void>((done) => socket.write(bytes.subarray(0, until), () => done()));
  // Until the runtime has what the socket was given: it tells of nothing less.
  await new Promise((done) => setImmediate(done));
  const closed = new Promise((done) => socket.once("close", done));
  socket.destroySoon();
  await closed;
}

/** SHA-256 in hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The bytes of a file as its owner gets them. */
export async function bytesOf(stack: Stack, who: Caller, id: string): Promise<Buffer> {
  const content = await fetch(`${stack.functions.files}/v1/files/${id}/content`, { headers: who.headers });
  if (content.status !== 200) throw new Error(`the file answered ${content.status}`);
  return Buffer.from(await content.arrayBuffer());
}

/** Allows an owner so many files and bytes, as an administrator does. */
export async function allowed(stack: Stack, owner: string, files: number, bytes: number): Promise<void> {
  await change(stack, "INSERT INTO file_limits (owner, files, bytes) VALUES (?, ?, ?)", [owner, files, bytes]);
}

/** How many rows of a table are about this upload or file. */
export function rowsOf(stack: Stack, table: "files" | "uploads" | "upload_pieces", id: string): number {
  const column = table === "upload_pieces" ? "upload_id" : "id";
  return query(stack, `SELECT 1 FROM ${table} WHERE ${column} = ?`, [id]).length;
}

/** Adds a part in OpenAI's shape; its id. */
export async function partOf(stack: Stack, who: Caller, id: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const form = new FormData();
  form.set("data", new Blob([bytes]));
  return (await reply<{ id: string }>(ingest(stack, who, "POST", `uploads/${id}/parts`, form), 200)).id;
}

/** How each row succeeds, for the test that counts round trips. */
export function uploadCalls(stack: Stack, who: Person): Readonly<Record<string, () => Promise<Response>>> {
  const abc = new TextEncoder().encode("abc");
  const json = { "content-type": "application/json" };
  const upload =
    (method: string, rest = "") =>
    async (): Promise<Response> =>
      ingest(stack, who, method, `uploads/${await begun(stack, who, 3)}${rest}`);
  const tus = (method: string) => async (): Promise<Response> =>
    ingest(stack, who, method, `tus/${await begun(stack, who, 3)}`, undefined, TUS);
  const limit = async (method: string, body?: string): Promise<Response> =>
    ingest(stack, await admin(stack), method, `files/limits/${who.id}`, body, json);
  return {
    "POST /v1/uploads": () => asked(stack, who, wish(3)),
    "GET /v1/uploads/{id}": upload("GET"),
    "POST /v1/uploads/{id}/cancel": upload("POST", "/cancel"),
    "POST /v1/uploads/{id}/direct": upload("POST", "/direct"),
    "POST /v1/uploads/{id}/parts": async () => {
      const form = new FormData();
      form.set("data", new Blob([abc]));
      return ingest(stack, who, "POST", `uploads/${await begun(stack, who, 3)}/parts`, form);
    },
    "POST /v1/uploads/{id}/complete": async () => {
      const id = await begun(stack, who, 3);
      const body = JSON.stringify({ part_ids: [await partOf(stack, who, id, abc)] });
      return ingest(stack, who, "POST", `uploads/${id}/complete`, body, json);
    },
    "POST /v1/uploads/{id}/direct/complete": async () => {
      const id = await begun(stack, who, 3);
      const begin = ingest(stack, who, "POST", `uploads/${id}/direct`);
      const { parts } = await reply<{ parts: readonly { url: string }[] }>(begin, 200);
      const put = await fetch(parts[0]?.url ?? "", { method: "PUT", body: abc });
      const etag = (put.headers.get("etag") ?? "").replaceAll('"', "");
      const body = JSON.stringify({ parts: [{ number: 1, etag }] });
      return ingest(stack, who, "POST", `uploads/${id}/direct/complete`, body, json);
    },
    "GET /v1/files/quota": () => ingest(stack, who, "GET", "files/quota"),
    "PUT /v1/files/{id}/content": async () =>
      ingest(stack, who, "PUT", `files/${await begun(stack, who, 3)}/content`, abc),
    "POST /v1/tus": () => ingest(stack, who, "POST", "tus", undefined, { ...TUS, "upload-length": "3" }),
    "GET /v1/tus/{id}": tus("GET"),
    "DELETE /v1/tus/{id}": tus("DELETE"),
    "PATCH /v1/tus/{id}": async () => patch(stack, who, await begun(stack, who, 3), 0, abc),
    "PUT /v1/files/limits/{owner}": () => limit("PUT", JSON.stringify({ files: 10_000, bytes: 10 ** 10 })),
    "DELETE /v1/files/limits/{owner}": () => limit("DELETE"),
  };
}
