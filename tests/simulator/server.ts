// The simulator's HTTP server: routes, keys, refusals, and the way from a request to a delivered plan.
// What is answered stands in answer.ts, how it looks in the dialects, how it breaks in plan.ts.

import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { compose } from "./answer.ts";
import { anthropic } from "./anthropic.ts";
import { control } from "./control.ts";
import { deliver } from "./delivery.ts";
import type { Dialect, Failure, Prompt } from "./dialect.ts";
import { Refusal } from "./dialect.ts";
import { identityServices } from "./identity.ts";
import type { Call, CallFilter, CallRecord } from "./journal.ts";
import { Journal } from "./journal.ts";
import { listModels } from "./models.ts";
import { moonshot } from "./moonshot.ts";
import { openai } from "./openai.ts";
import { planPlain, planStream } from "./plan.ts";
import { isObject } from "./request.ts";
import type { Script } from "./script.ts";
import { hasFaults, readScript, withoutFaults } from "./script.ts";

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
  /** Forgets all calls and restarts every `[sim:times=N]`. */
  clear(): void;
}

/** Starts a simulator on the loopback interface; rejects where the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const journal = new Journal();
  const services = identityServices();
  const server = createServer((req, res) => {
    (services(req, res) ?? handle(req, res, journal, options.key)).catch((error: unknown) => {
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
    clear: () => journal.clear(),
  };
}

/** One request to a provider's route. */
interface Exchange {
  req: IncomingMessage;
  res: ServerResponse;
  dialect: Dialect;
  journal: Journal;
  call: Call;
  requestId: string;
}

const COMPLETIONS: { [path: string]: Dialect } = {
  "/v1/chat/completions": openai,
  "/moonshot/v1/chat/completions": moonshot,
  "/v1/messages": anthropic,
};
const MODEL_ROUTES = /^(\/moonshot)?\/v1\/models(?:\/([^/]+))?$/;
const MOST_BODY_BYTES = 64 * 1024 * 1024;

async function handle(
  req: IncomingMessage,
  res: ServerResponse,
  journal: Journal,
  key: string | undefined,
): Promise<void> {
  const url = req.url ?? "/";
  if (url.startsWith("/_sim/")) return control(req, res, journal);
  const query = url.indexOf("?");
  const path = query < 0 ? url : url.slice(0, query);
  const raw = await readBody(req);
  if (raw === null && res.destroyed) return;
  const call = journal.open(path, req.headers, raw ?? "");
  res.on("finish", () => journal.settle(call, call.outcome));
  res.on("close", () => journal.settle(call, "client_left"));
  const requestId = `req_${String(call.id).padStart(8, "0")}`;
  const exchange: Exchange = { req, res, dialect: dialectOf(path, req), journal, call, requestId };
  try {
    if (raw === null) throw new Refusal(413, `The body is larger than ${MOST_BODY_BYTES} bytes.`);
    await route(exchange, path, raw, key);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refuse(exchange, error.failure, null);
  }
}

function dialectOf(path: string, req: IncomingMessage): Dialect {
  if (path.startsWith("/moonshot/")) return moonshot;
  return path.startsWith("/v1/messages") || req.headers["anthropic-version"] !== undefined ? anthropic : openai;
}

async function route(exchange: Exchange, path: string, raw: string, key: string | undefined): Promise<void> {
  const { req, dialect } = exchange;
  const models = MODEL_ROUTES.exec(path);
  const isCompletion = Object.hasOwn(COMPLETIONS, path);
  if (models === null && !isCompletion)
    throw new Refusal(404, `Unknown request URL: ${req.method ?? ""} ${path}.`, "unknown_url");
  const method = isCompletion ? "POST" : "GET";
  if (req.method !== method) {
    exchange.res.setHeader("allow", method);
    throw new Refusal(405, `Not allowed: use ${method}.`, "method_not_supported");
  }
  const credential = credentialOf(req);
  if (key !== undefined && credential !== key) {
    throw new Refusal(401, `Incorrect API key provided: …${credential.slice(-4)}.`);
  }
  if (models === null) return complete(exchange, raw, credential);
  const body = listModels(models[2] ?? null, req.headers);
  send(exchange, 200, "application/json", body, dialect.headers(exchange.requestId, false));
}

function credentialOf(req: IncomingMessage): string {
  const key = req.headers["x-api-key"];
  return typeof key === "string" ? key : (req.headers.authorization ?? "").replace(/^Bearer /i, "");
}

async function complete(exchange: Exchange, raw: string, credential: string): Promise<void> {
  const { req, res, dialect, journal, call, requestId } = exchange;
  const prompt = dialect.read(readJson(raw), req.headers);
  const asked = journal.ask(call, prompt.message);
  const script = inForce(readScript(prompt.message), prompt, asked, credential);
  const headers = dialect.headers(requestId, false);
  if (script.html) {
    call.outcome = "faulted";
    return send(exchange, script.status ?? 502, "text/html; charset=utf-8", HTML, {});
  }
  if (script.status !== null) {
    call.outcome = "faulted";
    const failure = {
      status: script.status,
      message: `The simulator was asked for a ${script.status}.`,
      code: script.code,
    };
    return refuse(exchange, failure, script.retryAfter);
  }
  const answer = compose(prompt, script);
  call.usage = answer.usage;
  if (prompt.stream && !script.badjson) {
    const error = dialect.errorEvent(
      { status: 500, message: "The simulator was asked to fail here.", code: script.code },
      requestId,
    );
    const plan = planStream(dialect.events(answer, prompt, script), dialect.end, error, script);
    headers["content-type"] = "text/event-stream; charset=utf-8";
    headers["cache-control"] = "no-cache";
    return deliver(res, 200, headers, plan, call, journal);
  }
  const plan = planPlain(dialect.plain(answer, script), script);
  headers["content-type"] = "application/json";
  // Broken replies go without a length, so that their end is for the client to miss.
  if (plan.ending === "end")
    headers["content-length"] = String(plan.steps.reduce((sum, step) => sum + Buffer.byteLength(step.bytes), 0));
  return deliver(res, 200, headers, plan, call, journal);
}

const HTML =
  "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

// Faults can be bound to the first calls, to a key or to a model, so that a retry or a switch succeeds.
function inForce(script: Script, prompt: Prompt, asked: number, credential: string): Script {
  if (!hasFaults(script)) return script;
  const due =
    (script.times === null || asked <= script.times) &&
    (script.key === null || credential.endsWith(script.key)) &&
    (script.model === null || script.model === prompt.model);
  return due ? script : withoutFaults(script);
}

function readJson(raw: string): { [field: string]: unknown } {
  let body: unknown;
  try {
    body = JSON.parse(raw);
  } catch {
    body = null;
  }
  if (isObject(body)) return body;
  throw new Refusal(400, "We could not parse the JSON body of your request.");
}

function refuse(exchange: Exchange, failure: Failure, retryAfter: string | null): void {
  const { dialect, requestId } = exchange;
  const headers = dialect.headers(requestId, failure.status === 429);
  if (retryAfter !== null) headers["retry-after"] = retryAfter;
  send(exchange, failure.status, "application/json", dialect.errorBody(failure, requestId), headers);
}

function send(exchange: Exchange, status: number, type: string, body: string, headers: Record<string, string>): void {
  exchange.call.status = status;
  headers["content-type"] = type;
  headers["content-length"] = String(Buffer.byteLength(body));
  exchange.res.writeHead(status, headers).end(body);
}

// The whole body as text, or `null` where it is too large or its sender left.
function readBody(req: IncomingMessage): Promise<string | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MOST_BODY_BYTES) chunks.push(chunk);
      else resolve(null);
    });
    req.on("end", () =>
      resolve((chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)).toString("utf8")),
    );
    req.on("error", () => resolve(null));
    req.on("close", () => resolve(null));
  });
}
