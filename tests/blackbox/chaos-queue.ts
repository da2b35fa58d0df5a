// The built usage Worker in a workerd of its own, with a real queue before it and a dead-letter queue behind
// it, and records to deliver. Not here: what should become of them.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { unstable_splitSqlQuery } from "wrangler";
import { unique } from "./ai-call.ts";
import { type LogLine, root, target } from "./harness.ts";

const QUEUE = "selvage-usage";
const DEAD = "selvage-usage-dead";

/** What became of a delivered batch. */
export interface Delivered {
  readonly outcome: string;
  readonly ackAll: boolean;
  readonly explicitAcks: readonly string[];
  readonly retryMessages: readonly { readonly msgId: string }[];
}

/** The side of a Worker that takes batches; Miniflare's own types leave it out. */
interface Dispatcher {
  queue(name: string, messages: readonly object[]): Promise<Delivered>;
}

/** A consumer with its database and queues. */
export interface Consumer extends AsyncDisposable {
  /** Hands bodies over as one batch, past the queue; the ids are their places in the list. */
  deliver(bodies: readonly unknown[]): Promise<Delivered>;
  /** Puts bodies into the queue. */
  send(bodies: readonly string[]): Promise<void>;
  /** Runs a statement on the database. */
  sql(text: string, ...values: unknown[]): Promise<Record<string, unknown>[]>;
  /** Bodies that ended in the dead-letter queue. */
  dead(): string[];
  /** What the consumer has logged. */
  readonly lines: readonly LogLine[];
}

// Not a letter box but a reader: what arrives there is told by its log.
const READER = `export default {
  async fetch(request, env) {
    await env.USAGE.sendBatch((await request.json()).map((body) => ({ body, contentType: "text" })));
    return new Response(null, { status: 204 });
  },
  async queue(batch) {
    for (const message of batch.messages) console.log("dead " + message.body);
  },
};`;

/** Starts a consumer; a message is tried again `retries` times. */
export async function startConsumer(retries = 2): Promise<Consumer> {
  const lines: LogLine[] = [];
  const dead: string[] = [];
  const listen = ({ message }: { message: string }): void => {
    if (message.startsWith("dead ")) dead.push(message.slice(5));
    else if (message.startsWith("{")) lines.push(JSON.parse(message) as LogLine);
  };
  const miniflare = new Miniflare(options(retries, listen));
  const { origin } = await miniflare.ready;
  const database = await miniflare.getD1Database("DB", "usage");
  for (const sql of migrations()) await database.prepare(sql).run();
  const usage = (await miniflare.getWorker("usage")) as unknown as Dispatcher;
  return {
    lines,
    dead: () => dead,
    deliver: async (bodies) => {
      const messages = bodies.map((body, id) => ({ id: `${id}`, timestamp: new Date(), attempts: 1, body }));
      return usage.queue(QUEUE, messages);
    },
    send: async (bodies) => {
      const reply = await fetch(origin, { method: "POST", body: JSON.stringify(bodies) });
      if (!reply.ok) throw new Error(`the queue answered ${reply.status}`);
    },
    sql: async (text, ...values) => {
      const { results } = await database
        .prepare(text)
        .bind(...values)
        .all();
      return results as Record<string, unknown>[];
    },
    [Symbol.asyncDispose]: () => miniflare.dispose(),
  };
}

function options(retries: number, listen: (line: { message: string }) => void) {
  const built = join(target(), "workers/quick/usage");
  const shared = { compatibilityDate: "2026-11-01" };
  return convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: 0,
    cf: false,
    log: new Log(LogLevel.NONE),
    handleStructuredLogs: listen,
    workers: [
      {
        ...shared,
        name: "reader",
        modules: true,
        script: READER,
        queueProducers: { USAGE: QUEUE },
        queueConsumers: { [DEAD]: { maxBatchTimeout: 0 } },
      },
      {
        ...shared,
        name: "usage",
        modulesRoot: built,
        modules: [
          { type: "ESModule", path: join(built, "index.js") },
          { type: "CompiledWasm", path: join(built, "index_bg.wasm") },
        ],
        bindings: { ENVIRONMENT: "local" },
        d1Databases: { DB: "selvage" },
        queueConsumers: {
          [QUEUE]: { maxBatchTimeout: 0.1, maxRetries: retries, deadLetterQueue: DEAD },
        },
      },
    ],
  });
}

function migrations(): string[] {
  const folder = join(root, "migrations");
  const files = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  return files.sort().flatMap((name) => unstable_splitSqlQuery(readFileSync(join(folder, name), "utf8")));
}

/** The record of a finished call, as the admission object sends it. */
export function record(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const at = Date.now();
  return {
    call_id: `call_${unique()}`,
    org_id: "usr_1",
    user_id: "usr_1",
    request_id: "req_1",
    trace_id: "",
    model: "simulated-chat",
    provider: "simulator",
    stream: false,
    status: "succeeded",
    settlement: "reported",
    usage: { prompt_tokens: 10, cached_tokens: 0, completion_tokens: 5, reasoning_tokens: 0 },
    price_version: "1",
    cost_nano_usd: 30_000,
    started_at_ms: at,
    finished_at_ms: at + 5,
    ...more,
  };
}
