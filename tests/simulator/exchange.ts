// From a request that was read to a delivered reply: whose key it is, which script is in force, what is refused.
// Routes are in routes.ts, answers in what they name, broken deliveries in plan.ts.

import type { IncomingMessage, ServerResponse } from "node:http";
import { deliver } from "./delivery.ts";
import type { Dialect, Failure, SseEvent } from "./dialect.ts";
import { Refusal } from "./dialect.ts";
import type { FaultRules } from "./faults.ts";
import { type Fixture, fixtureNamed, fixtureText } from "./fixtures.ts";
import type { Body, Job, Stream } from "./job.ts";
import type { Call, Journal } from "./journal.ts";
import { planPlain, planStream } from "./plan.ts";
import { hasFaults, readScript, type Script, withoutFaults } from "./script.ts";

/** One request to a provider's route. */
export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly dialect: Dialect;
  readonly journal: Journal;
  readonly faults: FaultRules;
  readonly call: Call;
  readonly requestId: string;
  readonly credential: string;
}

/** The key a request brings: bearer, `Token`, `x-api-key`, `api-key` or `x-goog-api-key`. */
export function credentialOf(req: IncomingMessage): string {
  for (const name of ["x-api-key", "api-key", "x-goog-api-key"]) {
    const key = req.headers[name];
    if (typeof key === "string") return key;
  }
  return (req.headers.authorization ?? "").replace(/^(Bearer|Token) /i, "");
}

/** Answers `job` as its script, and the rules from outside, would have it. */
export async function answer(exchange: Exchange, job: Job): Promise<void> {
  const { journal, call } = exchange;
  const asked = journal.ask(call, job.message);
  const script = scriptOf(exchange, job, asked);
  if (script.fixture !== null) return replay(exchange, script.fixture, job.streamed, script);
  if (script.html) {
    call.outcome = "faulted";
    return send(exchange, script.status ?? 502, "text/html; charset=utf-8", HTML, {});
  }
  if (script.status !== null) {
    call.outcome = "faulted";
    const message = `The simulator was asked for a ${script.status}.`;
    return refuse(exchange, { status: script.status, message, code: script.code }, script.retryAfter);
  }
  if (job.streamed && !script.badjson) {
    const stream = job.stream(script);
    if (stream.events.length > 0) return deliverStream(exchange, stream, script);
  }
  return deliverBody(exchange, job.plain(script), script);
}

// Faults can be bound to the first calls, to a key or to a model, so that a retry or a switch succeeds.
function scriptOf({ faults, call, credential }: Exchange, job: Job, asked: number): Script {
  const looked = { key: credential, model: job.model, path: call.path, raw: call.raw };
  const outside = faults.directives(looked);
  const script = readScript(outside === null ? job.message : `${job.message}[sim:${outside}]`);
  if (!hasFaults(script)) return script;
  const due =
    (script.times === null || asked <= script.times) &&
    (script.key === null || credential.endsWith(script.key)) &&
    (script.model === null || script.model === job.model);
  return due ? script : withoutFaults(script);
}

function deliverStream(exchange: Exchange, stream: Stream, script: Script): Promise<void> {
  const { dialect, requestId, call } = exchange;
  call.usage = stream.usage;
  const failure = { status: 500, message: "The simulator was asked to fail here.", code: script.code };
  const plan = planStream(stream.events, stream.end, dialect.errorEvent(failure, requestId), script);
  const headers = dialect.headers(requestId, false);
  headers["content-type"] = "text/event-stream; charset=utf-8";
  headers["cache-control"] = "no-cache";
  return deliver(exchange.res, 200, headers, plan, call, exchange.journal);
}

function deliverBody(exchange: Exchange, body: Body, script: Script): Promise<void> {
  const { dialect, requestId, call } = exchange;
  call.usage = body.usage;
  const plan = planPlain(body.bytes, script);
  const headers = dialect.headers(requestId, false);
  headers["content-type"] = body.type;
  // Broken replies go without a length, so that their end is for the client to miss.
  if (plan.ending === "end") {
    headers["content-length"] = String(plan.steps.reduce((sum, step) => sum + Buffer.byteLength(step.bytes), 0));
  }
  return deliver(exchange.res, body.status ?? 200, headers, plan, call, exchange.journal);
}

// A fixture goes out byte for byte; splits, cuts and delays hold for it as for any reply.
async function replay(exchange: Exchange, name: string, streamed: boolean, script: Script): Promise<void> {
  const fixture = fixtureNamed(name, streamed);
  if (fixture === undefined)
    throw new Refusal(400, `Simulator directive: no fixture \`${name}\`.`, "simulator_directive");
  const text = fixtureText(fixture);
  if (fixture.form === "error") {
    const { dialect, requestId, call } = exchange;
    call.outcome = "faulted";
    const status = fixture.status ?? 500;
    const headers = { ...dialect.headers(requestId, status === 429), ...fixture.headers };
    return send(exchange, status, "application/json", text, headers);
  }
  const usage = usageOf(fixture);
  if (fixture.form === "stream") return deliverStream(exchange, { events: eventsOf(text), end: "", usage }, script);
  return deliverBody(exchange, { type: "application/json", bytes: text, usage }, script);
}

function eventsOf(text: string): SseEvent[] {
  const events = text.split(/(?<=\n\n)/).filter((wire) => wire.trim() !== "");
  return events.map((wire) => ({ wire, textBytes: 0 }));
}

function usageOf({ usage }: Fixture): Call["usage"] {
  if (usage === undefined) return null;
  const { prompt, completion, cached, reasoning, cache_write = 0 } = usage;
  return { prompt, completion, cached, reasoning, cacheWrite: cache_write };
}

const HTML =
  "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

/** Replies with an error in the dialect's shape. */
export function refuse(exchange: Exchange, failure: Failure, retryAfter: string | null): void {
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
