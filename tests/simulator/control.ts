// The routes under `/_sim/`: the journal over HTTP, for tests that drive the simulator from outside its
// process. No provider has such routes.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { CallFilter, CallState, Journal } from "./journal.ts";

const STATES: readonly CallState[] = ["open", "finished", "client_left", "faulted"];

/** Answers a request under `/_sim/`. */
export async function control(req: IncomingMessage, res: ServerResponse, journal: Journal): Promise<void> {
  const url = new URL(req.url ?? "/", "http://simulator");
  const filter = readFilter(url.searchParams);
  if (filter === null) return reply(res, 400, { error: `state is one of ${STATES.join(", ")}` });
  if (url.pathname === "/_sim/calls" && req.method === "GET") return reply(res, 200, journal.list(filter));
  if (url.pathname === "/_sim/calls" && req.method === "DELETE") {
    journal.clear();
    res.writeHead(204).end();
    return;
  }
  if (url.pathname === "/_sim/calls/wait" && req.method === "GET") {
    const timeout = number(url.searchParams, "timeout_ms", 5000);
    const calls = await journal.wait(filter, number(url.searchParams, "count", 1), Math.min(timeout, 600_000));
    if (calls !== null) return reply(res, 200, calls);
    // What did arrive says more about a failing test than an empty list.
    return reply(res, 408, {
      error: `nothing matched within ${timeout} ms`,
      calls: journal.list({ ...filter, state: undefined }),
    });
  }
  reply(res, 404, { error: "no such route" });
}

function readFilter(query: URLSearchParams): CallFilter | null {
  const wanted = query.get("state");
  const state = STATES.find((name) => name === wanted);
  if (wanted !== null && state === undefined) return null;
  return { contains: query.get("contains") ?? undefined, path: query.get("path") ?? undefined, state };
}

function number(query: URLSearchParams, name: string, usual: number): number {
  const value = query.get(name);
  return value !== null && /^\d+$/.test(value) ? Number(value) : usual;
}

function reply(res: ServerResponse, status: number, body: unknown): void {
  const json = JSON.stringify(body);
  res.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(json) }).end(json);
}
