// The simulator's HTTP server: it reads requests, checks keys and hands them to their routes (routes.ts). What is
// answered stands in answer.ts, how it looks in the dialects, how it breaks in plan.ts.

import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { control } from "./control.ts";
import { Refusal } from "./dialect.ts";
import { answer, credentialOf, type Exchange, refuse } from "./exchange.ts";
import { FaultRules } from "./faults.ts";
import { identityServices } from "./identity.ts";
import type { CallFilter, CallRecord } from "./journal.ts";
import { Journal } from "./journal.ts";
import { type Form, formSummary, readForm } from "./multipart.ts";
import { dialectOf, type Found, findRoute } from "./routes.ts";
import { Store } from "./store.ts";

/** How to start a simulator. */
export interface SimulatorOptions {
  /** 0, the default, takes a free one. */
  port?: number;
  /** Where given, provider routes want it as bearer token or `x-api-key`. */
  key?: string | undefined;
}

/** A running simulator. */
export interface Simulator {
  /** `http://127.0.0.1:PORT` */
  url: string;
  /** Ends all connections and the server. */
  close(): Promise<void>;
  /** The journal's calls that match, oldest first. */
  calls(filter?: CallFilter): CallRecord[];
  /** Resolves with the matching calls once there are `count` (1); rejects after `timeoutMs` (5,000). */
  waitForCalls(filter: CallFilter, count?: number, timeoutMs?: number): Promise<CallRecord[]>;
  /** Sets a rule of faults.ts and gives its id. */
  fail(rule: { sim: string; [condition: string]: string | number }): string;
  /** Forgets all calls and rules, and restarts every `[sim:times=N]`. */
  clear(): void;
}

/** Starts a simulator on the loopback interface; rejects where the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const world: World = { journal: new Journal(), faults: new FaultRules(), store: new Store(), key: options.key };
  const { journal, faults } = world;
  const services = identityServices();
  const server = createServer((req, res) => {
    (services(req, res) ?? handle(req, res, world)).catch((error: unknown) => {
      process.stderr.write(`simulator: ${String(error)}\n`);
      res.destroy();
    });
  });
  // A proxy that keeps connections must not lose the race against the server's own idle timeout.
  server.keepAliveTimeout = 300_000;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", () => resolve());
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    calls: (filter) => journal.list(filter),
    waitForCalls: async (filter, count = 1, timeoutMs = 5000) => {
      const calls = await journal.wait(filter, count, timeoutMs);
      if (calls === null) throw new Error(`no ${count} calls matched ${JSON.stringify(filter)} within ${timeoutMs} ms`);
      return calls;
    },
    fail: (rule) => faults.add(rule).id,
    clear: () => {
      journal.clear();
      faults.clear();
    },
  };
}

/** What one simulator keeps. */
interface World {
  readonly journal: Journal;
  readonly faults: FaultRules;
  readonly store: Store;
  readonly key: string | undefined;
}

const MOST_BODY_BYTES = 64 * 1024 * 1024;

async function handle(req: IncomingMessage, res: ServerResponse, world: World): Promise<void> {
  const { journal, faults } = world;
  const url = new URL(req.url ?? "/", `http://${req.headers.host ?? "simulator"}`);
  const body = await readBody(req);
  if (body === null && res.destroyed) return;
  if (url.pathname.startsWith("/_sim/")) return control(req, res, url, body?.toString("utf8") ?? "", world);
  const found = findRoute(req.method ?? "", url.pathname, req.headers["anthropic-version"] !== undefined);
  const dialect = dialectOf(found);
  const { form, raw, torn } = readParts(req, body);
  const credential = credentialOf(req);
  const call = journal.open(req.method ?? "", url.pathname, req.headers, raw, credential);
  res.on("finish", () => journal.settle(call, call.outcome));
  res.on("close", () => journal.settle(call, "client_left"));
  const requestId = `req_${String(call.id).padStart(8, "0")}`;
  const exchange: Exchange = { req, res, dialect, journal, faults, call, requestId, credential };
  try {
    if (torn !== null) throw torn;
    if (body === null) throw new Refusal(413, `The body is larger than ${MOST_BODY_BYTES} bytes.`);
    const read = reader(exchange, found, url, world.key);
    const { provider, params } = found;
    const { method = "", headers } = req;
    const known = { method, path: url.pathname, query: url.searchParams, headers, provider, params };
    const text = form === null ? raw : "";
    const job = read({ ...known, raw: text, form, origin: url.origin, store: world.store });
    await answer(exchange, job);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refuse(exchange, error.failure, null);
  }
}

// The route's reader, if the request gets as far.
function reader({ req, res, credential }: Exchange, found: Found, url: URL, key: string | undefined) {
  const method = req.method ?? "";
  if (found.route === null && found.allow.length === 0) {
    throw new Refusal(404, `Unknown request URL: ${method} ${url.pathname}.`, "unknown_url");
  }
  if (found.route === null) {
    res.setHeader("allow", found.allow.join(", "));
    throw new Refusal(405, `Not allowed: use ${found.allow.join(" or ")}.`, "method_not_supported");
  }
  if (key !== undefined && credential !== key) {
    throw new Refusal(401, `Incorrect API key provided: …${credential.slice(-4)}.`);
  }
  return found.route.read;
}

// What the journal keeps of a form is its fields and the sizes of its files.
function readParts(
  req: IncomingMessage,
  body: Buffer | null,
): { form: Form | null; raw: string; torn: Refusal | null } {
  if (body === null) return { form: null, raw: "", torn: null };
  try {
    const form = readForm(req.headers["content-type"], body);
    return { form, raw: form === null ? body.toString("utf8") : JSON.stringify(formSummary(form)), torn: null };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { form: null, raw: "", torn: error };
  }
}

// The whole body, or `null` where it is too large or its sender left.
function readBody(req: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MOST_BODY_BYTES) chunks.push(chunk);
      else resolve(null);
    });
    req.on("end", () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)));
    req.on("error", () => resolve(null));
    req.on("close", () => resolve(null));
  });
}
