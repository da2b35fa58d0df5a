// Runs all Workers of one stack in one workerd. `cargo xtask dev` starts this
// program, writes a plan to its stdin and speaks JSON lines with it; when stdin
// ends, everything here ends, so nothing outlives a killed parent.
//
// Not here: building Workers, making keys, watching sources, printing for
// people. Those are in xtask/src.
//
// Why Miniflare and not `wrangler dev`: wrangler puts a proxy Worker in front
// that costs about 2 ms of CPU a request, gives only the first Worker an origin,
// and cannot tell its caller when a reload is finished. The bindings still come
// from each `wrangler.toml`, read by wrangler itself.

import { subscribe } from "node:diagnostics_channel";
import { closeSync, openSync, writeSync } from "node:fs";
import type { Server } from "node:net";
import { createInterface } from "node:readline";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { type Apart, startApart } from "./apart.ts";
import { bucketStandIns } from "./bucket.ts";
import { type Database, migrate } from "./migrations.ts";
import { type Command, type Plan, parseCommand, parsePlan, type WorkerPlan } from "./protocol.ts";
import { serveQueries } from "./queries.ts";
import { standIns } from "./stand-in.ts";
import { workerOptions } from "./workers.ts";

function emit(event: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Keeps and shows a line. At once, so that a test that has the reply also finds it. */
function tell(log: number, level: string, message: string): void {
  writeSync(log, `${message}\n`);
  emit({ event: "log", level, message });
}

/** Remembers the newest child process, which is workerd; tests kill it. */
function trackWorkerd(): () => number | undefined {
  let newest: { pid?: number } | undefined;
  subscribe("child_process", (message) => {
    newest = (message as { process: { pid?: number } }).process;
  });
  // Its id is not known yet when the message comes.
  return () => newest?.pid;
}

interface Scheduled {
  scheduled(event: { cron: string }): Promise<{ outcome: string }>;
}

class Stack {
  readonly #plan: Plan;
  readonly #log: number;
  readonly #miniflare: Miniflare;
  readonly #workerdPid: () => number | undefined;
  readonly #apart: Apart | undefined;
  readonly #apartPid: number | undefined;
  #queries: Server | undefined;

  private constructor(plan: Plan, log: number, apart?: Apart, apartPid?: number) {
    this.#plan = plan;
    this.#log = log;
    this.#apart = apart;
    this.#apartPid = apartPid;
    this.#workerdPid = trackWorkerd();
    this.#miniflare = new Miniflare(this.#options(plan.workers));
  }

  /** Those that run apart first: the others call them. */
  static async of(plan: Plan): Promise<Stack> {
    const log = openSync(plan.log, "a", 0o600);
    const workers = plan.workers.filter(({ name }) => plan.apart.includes(name));
    if (workers.length === 0) return new Stack(plan, log);
    const pid = trackWorkerd();
    const apart = await startApart(workers, (level, message) => tell(log, level, message));
    return new Stack(plan, log, apart, pid());
  }

  #options(workers: readonly WorkerPlan[]): ReturnType<typeof convertV4MiniflareOptions> {
    const options = workers.map((plan, index) => workerOptions(plan, index, this.#apart?.addresses));
    return convertV4MiniflareOptions({
      host: this.#plan.host,
      port: this.#plan.port,
      cf: false,
      logRequests: false,
      log: new Log(LogLevel.ERROR),
      resourcePersistencePath: this.#plan.persist,
      unsafeTriggerHandlers: true,
      handleStructuredLogs: ({ level, message }) => tell(this.#log, level, message),
      unsafeHandleRuntimeRestart: () => this.#announce("restarted"),
      workers: [
        ...options,
        ...standIns(workers),
        ...bucketStandIns(workers.map((plan, index) => ({ plan, worker: options[index] }))),
      ],
    });
  }

  async start(): Promise<void> {
    await this.#miniflare.ready;
    await this.#migrate();
    this.#queries = serveQueries(
      this.#plan.persist,
      (sql, params) => this.query(sql, params),
      (name) => this.schedule(name),
    );
    await this.#announce("ready");
  }

  async reload(workers: readonly WorkerPlan[]): Promise<void> {
    await this.#miniflare.setOptions(this.#options(workers));
    await this.#migrate();
    await this.#announce("reloaded");
  }

  async query(sql: string, params: readonly unknown[]): Promise<unknown[]> {
    const database = await this.#database();
    const bound = database.prepare(sql).bind(...params);
    return (await bound.all()).results;
  }

  async schedule(name: string): Promise<void> {
    const plan = this.#plan.workers.find((worker) => worker.name === name);
    if (plan === undefined) throw new Error(`there is no function ${name}`);
    // Miniflare's own types leave this side of a Worker out.
    const worker = (await this.#miniflare.getWorker(plan.worker)) as unknown as Scheduled;
    const { outcome } = await worker.scheduled({ cron: "* * * * *" });
    if (outcome !== "ok") throw new Error(`the schedule of ${name} ended with ${outcome}`);
  }

  async stop(): Promise<void> {
    this.#queries?.close();
    await this.#miniflare.dispose();
    await this.#apart?.stop();
    closeSync(this.#log);
    for (const group of this.#plan.companions) endGroup(group);
  }

  async #migrate(): Promise<void> {
    const applied = await migrate(await this.#database(), this.#plan.migrations);
    for (const name of applied) emit({ event: "migrated", name });
  }

  async #announce(event: "ready" | "reloaded" | "restarted"): Promise<void> {
    const gateway = (await this.#miniflare.ready).origin;
    const functions: Record<string, string> = {};
    for (const [index, { name, worker }] of this.#plan.workers.entries()) {
      const own = index === 0 ? undefined : await this.#miniflare.unsafeGetDirectURL(worker);
      functions[name] = own?.origin ?? gateway;
    }
    emit({ event, gateway, functions, workerd: this.#workerdPid(), apart: this.#apartPid });
  }

  #database(): Promise<Database> {
    const { binding, worker } = this.#plan.database;
    return this.#miniflare.getD1Database(binding, worker);
  }
}

function endGroup(group: number): void {
  try {
    process.kill(-group, "SIGTERM");
  } catch {
    // It has ended before.
  }
}

async function obey(stack: Stack, command: Command): Promise<unknown[]> {
  if (command.command === "query") return stack.query(command.sql, command.params);
  await stack.reload(command.workers);
  return [];
}

async function main(): Promise<void> {
  let stack: Stack | undefined;
  // One command after the other: a reload must not overtake a query.
  for await (const line of createInterface({ input: process.stdin })) {
    if (stack === undefined) {
      stack = await Stack.of(parsePlan(line));
      await stack.start();
      continue;
    }
    const command = parseCommand(line);
    const { id } = command;
    await obey(stack, command).then(
      (rows) => emit({ event: "done", id, rows }),
      (error) => emit({ event: "refused", id, message: messageOf(error) }),
    );
  }
  await stack?.stop();
}

// The parent ends this program by closing stdin; a signal to the whole group must
// not be quicker than that.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

try {
  await main();
  process.exit(0);
} catch (error) {
  emit({ event: "failed", message: messageOf(error) });
  process.exit(1);
}
