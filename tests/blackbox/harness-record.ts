// What a stack leaves behind: its database, and its log. Tests take this from
// `harness.ts`. Not here: what should stand in them.

import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { text } from "node:stream/consumers";
import type { Stack } from "./harness.ts";

/** A row of the database. */
export type Row = Readonly<Record<string, unknown>>;

/** Reads the stack's D1 database, beside the Workers. To write, take `change`. */
export function query(stack: Stack, sql: string, values: readonly SQLInputValue[] = []): Row[] {
  const folder = join(stack.persist, "v3/d1/miniflare-D1DatabaseObject");
  const isData = (name: string): boolean => name.endsWith(".sqlite") && name !== "metadata.sqlite";
  const name = readdirSync(folder).find(isData);
  if (name === undefined) throw new Error(`${folder} holds no database`);
  const database = new DatabaseSync(join(folder, name), { timeout: 10_000 });
  try {
    return database.prepare(sql).all(...values);
  } finally {
    database.close();
  }
}

/** Changes the stack's D1 database through its runtime: a writer beside it would fail the request that comes then. */
export function change(stack: Stack, sql: string, values: readonly SQLInputValue[] = []): Promise<void> {
  return told(stack, { sql, params: values });
}

/** Runs a function's schedule now; in local stacks nothing runs by the clock. */
export function schedule(stack: Stack, name: string): Promise<void> {
  return told(stack, { schedule: name });
}

async function told(stack: Stack, question: object): Promise<void> {
  const socket = connect(join(stack.persist, "v3/query.sock"));
  socket.end(JSON.stringify(question));
  const { error } = JSON.parse(await text(socket)) as { error?: string };
  if (error !== undefined) throw new Error(error);
}

/** Asks `check` until it gives something; fails with what it threw last when that takes longer than `ms`. */
export async function eventually<T>(check: () => T | undefined | Promise<T | undefined>, ms = 10_000): Promise<T> {
  const deadline = Date.now() + ms;
  let last: unknown = new Error(`nothing was seen in ${ms} ms`);
  do {
    try {
      const seen = await check();
      if (seen !== undefined) return seen;
    } catch (error) {
      last = error;
    }
    await new Promise((look) => setTimeout(look, 25));
  } while (Date.now() < deadline);
  throw last;
}

/** One line of a Worker's log. */
export interface LogLine {
  readonly timestamp: string;
  readonly level: "info" | "warn" | "error";
  readonly service: string;
  readonly traceId: string;
  readonly userId?: string;
  readonly action: string;
  readonly message: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The Workers' log as it was written. */
export function rawLog(stack: Stack): string {
  return readFileSync(stack.log, "utf8");
}

/** The log lines that `filter` wants; what is not JSON, such as the stack of a panic, is left out. */
export function logLines(stack: Stack, filter: (line: LogLine) => boolean = () => true): LogLine[] {
  const read = (text: string): LogLine[] => {
    if (!text.startsWith("{")) return [];
    try {
      return [JSON.parse(text) as LogLine];
    } catch {
      // The last line may be half written.
      return [];
    }
  };
  return rawLog(stack).split("\n").flatMap(read).filter(filter);
}

/** The log lines of the request with this id; waits until there is one. */
export function linesOf(stack: Stack, requestId: string): Promise<LogLine[]> {
  return eventually(() => {
    const lines = logLines(stack, (line) => line.metadata.requestId === requestId);
    return lines.length > 0 ? lines : undefined;
  });
}
