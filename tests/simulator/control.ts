// The routes under `/_sim/`: the journal and the faults over HTTP, for tests that drive the simulator from outside
// its process. No provider has such routes.

import type { IncomingMessage, ServerResponse } from "node:http";
import { Refusal } from "./dialect.ts";
import { type FaultRules, ruleBody } from "./faults.ts";
import type { CallFilter, CallState, Journal } from "./journal.ts";
import { PICTURE } from "./media.ts";

const STATES: readonly CallState[] = ["open", "finished", "client_left", "faulted"];

/** What tests may look at and change. */
export interface Controlled {
  readonly journal: Journal;
  readonly faults: FaultRules;
}

/** Answers a request under `/_sim/`. */
export async function control(
  req: IncomingMessage,
  res: ServerResponse,
  url: URL,
  raw: string,
  { journal, faults }: Controlled,
): Promise<void> {
  const { pathname: path } = url;
  if (path.startsWith("/_sim/calls")) return calls(req, res, url, journal);
  if (path.startsWith("/_sim/faults")) return rules(req, res, path, raw, faults);
  if (path.startsWith("/_sim/pictures/") && req.method === "GET") {
    res.writeHead(200, { "content-type": "image/png", "content-length": PICTURE.length }).end(PICTURE);
    return;
  }
  reply(res, 404, { error: "no such route" });
}

async function calls(req: IncomingMessage, res: ServerResponse, url: URL, journal: Journal): Promise<void> {
  const filter = readFilter(url.searchParams);
  if (filter === null) return reply(res, 400, { error: `state is one of ${STATES.join(", ")}` });
  if (url.pathname === "/_sim/calls" && req.method === "GET") return reply(res, 200, journal.list(filter));
  if (url.pathname === "/_sim/calls/count" && req.method === "GET") {
    const byKey: Record<string, number> = {};
    const found = journal.list(filter);
    for (const { key } of found) byKey[key] = (byKey[key] ?? 0) + 1;
    return reply(res, 200, { count: found.length, by_key: byKey });
  }
  if (url.pathname === "/_sim/calls" && req.method === "DELETE") {
    journal.clear();
    res.writeHead(204).end();
    return;
  }
  if (url.pathname === "/_sim/calls/wait" && req.method === "GET") {
    const timeout = number(url.searchParams, "timeout_ms", 5000);
    const found = await journal.wait(filter, number(url.searchParams, "count", 1), Math.min(timeout, 600_000));
    if (found !== null) return reply(res, 200, found);
    // What did arrive says more about a failing test than an empty list.
    const some = journal.list({ ...filter, state: undefined });
    return reply(res, 408, { error: `nothing matched within ${timeout} ms`, calls: some });
  }
  reply(res, 404, { error: "no such route" });
}

async function rules(
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
  raw: string,
  faults: FaultRules,
): Promise<void> {
  const id = path.slice("/_sim/faults/".length);
  if (req.method === "GET" && id === "") return reply(res, 200, faults.list());
  if (req.method === "DELETE") {
    if (id === "") faults.clear();
    else if (!faults.remove(id)) return reply(res, 404, { error: "no such rule" });
    res.writeHead(204).end();
    return;
  }
  if (req.method !== "POST" || id !== "") return reply(res, 404, { error: "no such route" });
  try {
    reply(res, 201, faults.add(ruleBody(raw)));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    reply(res, 400, { error: error.message });
  }
}

function readFilter(query: URLSearchParams): CallFilter | null {
  const wanted = query.get("state");
  const state = STATES.find((name) => name === wanted);
  if (wanted !== null && state === undefined) return null;
  const text = (name: string): string | undefined => query.get(name) ?? undefined;
  return { contains: text("contains"), path: text("path"), key: text("key"), state };
}

function number(query: URLSearchParams, name: string, usual: number): number {
  const value = query.get(name);
  return value !== null && /^\d+$/.test(value) ? Number(value) : usual;
}

function reply(res: ServerResponse, status: number, body: unknown): void {
  const json = JSON.stringify(body);
  res.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(json) }).end(json);
}
