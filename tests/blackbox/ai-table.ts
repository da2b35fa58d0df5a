// Reads the tables of `docs/ai/faults.md`, which decide what a client gets of each fault, and holds replies
// to them. Not here: the faults themselves (the simulator) and which stack they run on.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { asking, type Body, events, type LedgerRow, type Reply, unique } from "./ai-call.ts";
import { root } from "./harness.ts";

/** What one kind of call (plain or streamed) gets of a fault. */
export interface Expected {
  /** `whole`, `event`, `own event`, or a status. */
  readonly kind: "whole" | "event" | "own event" | number;
  readonly code: string | null;
  readonly retryAfter: string | null;
  readonly status: string;
  readonly money: string;
}

/** One row of a table. */
export interface Fault {
  readonly what: string;
  readonly directive: string;
  readonly plain: Expected;
  readonly stream: Expected;
}

/** The rows of the table under this heading. */
export function faults(heading: string): Fault[] {
  const text = readFileSync(join(root, "docs/ai/faults.md"), "utf8");
  const section = text.split(/^## /m).find((part) => part.startsWith(heading));
  assert.ok(section, `docs/ai/faults.md has no section ${heading}`);
  const lines = section.split("\n").filter((line) => line.startsWith("| "));
  const rows = lines.slice(1).map(fault);
  assert.ok(rows.length > 0, `${heading} has no rows`);
  return rows;
}

function fault(line: string): Fault {
  const cells = line.split("|").map((cell) => cell.trim());
  const [, what = "", directive = "", plain = "", stream = "", ledger = "", money = ""] = cells;
  const part = (cell: string, index: number): string => {
    const parts = cell.replaceAll("`", "").split(" / ");
    return parts[index] ?? parts[0] ?? "";
  };
  const one = (reply: string, index: number): Expected => ({
    kind: kindOf(reply),
    code: /`(\w+)`/.exec(reply)?.[1] ?? null,
    retryAfter: /Retry-After (\d+)/.exec(reply)?.[1] ?? null,
    status: part(ledger, index),
    money: part(money, index),
  });
  return { what, directive: directive.slice(1, -1), plain: one(plain, 0), stream: one(stream, 1) };
}

function kindOf(cell: string): Expected["kind"] {
  if (cell.startsWith("whole")) return "whole";
  if (cell.startsWith("event")) return "event";
  if (cell.startsWith("its own event")) return "own event";
  const status = Number(cell.slice(0, 3));
  assert.ok(status >= 400, `the cell \`${cell}\` says nothing`);
  return status;
}

/** A request that makes the simulator show this fault. */
export function provoke(fault: Pick<Fault, "directive">, stream: boolean): Body {
  return asking(`${unique()} 你好 [sim:${fault.directive}]`, stream ? { stream } : {});
}

/** Holds a body to OpenAI's shape of errors, with this code. */
export function isError(text: string, code: string | null): void {
  const { error, ...rest } = JSON.parse(text) as { error: Record<string, unknown> };
  assert.deepEqual(rest, {});
  assert.deepEqual(Object.keys(error), ["message", "type", "param", "code"]);
  assert.equal(typeof error.message, "string");
  assert.equal(typeof error.type, "string");
  assert.equal(error.code, code);
}

/** Holds a reply with an error status to what is expected. */
export function isRefusal(reply: Reply, expected: Expected): void {
  assert.equal(reply.status, expected.kind, reply.text);
  assert.equal(reply.headers.get("content-type"), "application/json");
  assert.equal(reply.headers.get("retry-after"), expected.retryAfter);
  assert.equal(reply.headers.get("x-cost-nano-usd"), null);
  assert.ok(reply.headers.get("x-request-id"));
  isError(reply.text, expected.code);
}

/** Holds a stream to `prefix`, whole events of the provider's, and one error event after them. */
export function isCutAfter(reply: Reply, prefix: string, code: string | null): void {
  assert.equal(reply.status, 200);
  assert.ok(reply.complete, "the stream has an end");
  const last = events(reply.text).at(-1) ?? "";
  assert.equal(reply.text, prefix + last);
  assert.match(last, /^data: .*\n\n$/);
  isError(last.slice(6), code);
}

const NANO_PER_TOKEN = { prompt: 1_000, completion: 4_000 };

/** What a call to `simulated-chat` is charged of which only `seen` of its stream was seen. */
export function estimate(body: Body, seen: string): { tokens: [number, number]; cost: number } {
  const pieces = events(seen).flatMap(contentOf);
  const bytes = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  const prompt = Math.ceil(Buffer.byteLength(JSON.stringify(body)) / 4);
  const completion = Math.max(Math.ceil(bytes / 4), pieces.length);
  const cost = prompt * NANO_PER_TOKEN.prompt + completion * NANO_PER_TOKEN.completion;
  return { tokens: [prompt, completion], cost };
}

/** The text in one event. */
export function contentOf(event: string): string[] {
  const data = /^data: (\{.*\})\r?$/m.exec(event)?.[1];
  if (data === undefined) return [];
  const { choices } = JSON.parse(data) as { choices?: { delta: { content?: string } }[] };
  return (choices ?? []).map((choice) => choice.delta.content ?? "").filter((text) => text !== "");
}

/** Holds the ledger's row to what is expected; `seen` is what the client got of the provider's stream. */
export function isBooked(row: LedgerRow, expected: Expected, body: Body, seen: string): void {
  assert.equal(row.status, expected.status);
  assert.equal(row.stream, body.stream === true ? 1 : 0);
  assert.equal(row.price_version, "1");
  const tokens = [row.prompt_tokens, row.completion_tokens];
  if (expected.money === "estimated") {
    const { tokens: probable, cost } = estimate(body, seen);
    assert.equal(row.settlement, "estimated");
    assert.deepEqual([tokens, row.cost_nano_usd], [probable, cost]);
    return;
  }
  assert.equal(row.settlement, "reported");
  const { prompt, completion } = NANO_PER_TOKEN;
  assert.equal(row.cost_nano_usd, row.prompt_tokens * prompt + row.completion_tokens * completion);
  if (expected.money === "nothing") assert.deepEqual(tokens, [0, 0]);
  else assert.ok(row.prompt_tokens > 0 && row.completion_tokens > 0);
}
