// Calling a model through a stack and finding out what became of the call: its row in the ledger, and what
// the simulator saw. The tests named `ai-…`, `ledger-…` and `chaos-…` share it. Not here: assertions.

import { randomBytes } from "node:crypto";
import { eventually, type Person, query, type Stack } from "./harness.ts";

/** A reply as it came, with its bytes. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** The bytes as text. */
  readonly text: string;
  /** Whether the body ended as HTTP has it. */
  readonly complete: boolean;
}

/** The body of a chat request. */
export type Body = Readonly<Record<string, unknown>>;

/** What a test sends besides the body. */
export interface Sending {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Words no other test uses, to find a call by in the simulator's journal. */
export function unique(): string {
  return `q${randomBytes(8).toString("hex")}`;
}

/** A chat request with one user message. */
export function asking(message: string, more: Body = {}): Body {
  return { model: "simulated-chat", messages: [{ role: "user", content: message }], ...more };
}

/** Sends a chat request through the gateway; resolves when the head of the reply is here. */
export function open(stack: Stack, who: Pick<Person, "headers">, body: Body, sending: Sending = {}): Promise<Response> {
  return fetch(`${stack.gateway}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...who.headers, ...sending.headers },
    body: JSON.stringify(body),
    signal: sending.signal ?? null,
  });
}

/** Reads a reply to its end, or to where it broke. */
export async function read(reply: Response): Promise<Reply> {
  const parts: Uint8Array[] = [];
  let complete = true;
  try {
    for await (const part of reply.body ?? []) parts.push(part);
  } catch {
    complete = false;
  }
  const bytes = Buffer.concat(parts);
  return { status: reply.status, headers: reply.headers, bytes, text: bytes.toString(), complete };
}

/** Sends a chat request through the gateway and reads the whole reply. */
export async function chat(
  stack: Stack,
  who: Pick<Person, "headers">,
  body: Body,
  sending: Sending = {},
): Promise<Reply> {
  return read(await open(stack, who, body, sending));
}

/** What the simulator itself answers to the body the gateway sends it. */
export async function original(stack: Stack, body: Body): Promise<Reply> {
  const asked = body.stream === true ? { ...body, stream_options: { include_usage: true } } : body;
  const init = { method: "POST", body: JSON.stringify(asked) };
  return read(await fetch(`${stack.simulator}/v1/chat/completions`, init));
}

/** The whole events of a stream, each with the blank line that ends it; what was torn off at the end is left out. */
export function events(stream: string): string[] {
  return stream.match(/.*?(?:\r\n\r\n|\n\n)/gs) ?? [];
}

/** What a client gets of `stream` that did not ask for usage: all but the chunk without choices. */
export function withoutUsage(stream: string): string {
  return events(stream)
    .filter((event) => !event.includes('"choices":[]'))
    .join("");
}

/** One row of the ledger. */
export interface LedgerRow {
  readonly call_id: string;
  readonly user_id: string;
  readonly request_id: string;
  readonly model: string;
  readonly provider: string;
  readonly stream: number;
  readonly status: string;
  readonly settlement: string;
  readonly prompt_tokens: number;
  readonly cached_tokens: number;
  readonly completion_tokens: number;
  readonly reasoning_tokens: number;
  readonly raw_usage: string | null;
  readonly priced_as: string | null;
  readonly price_version: string | null;
  readonly cost_nano_usd: number | null;
  readonly started_at: number;
  readonly first_token_at: number | null;
  readonly finished_at: number;
}

/** A person's rows of the ledger, oldest first. */
export function ledger(stack: Stack, who: Pick<Person, "id">): LedgerRow[] {
  const sql = "SELECT * FROM ledger WHERE user_id = ? ORDER BY started_at, call_id";
  return query(stack, sql, [who.id]) as unknown as LedgerRow[];
}

/** The ledger's row of the call that got this reply, once it is there. */
export function booked(stack: Stack, reply: Pick<Reply, "headers">): Promise<LedgerRow> {
  const id = reply.headers.get("x-request-id");
  return eventually(() => {
    const rows = query(stack, "SELECT * FROM ledger WHERE request_id = ?", [id]);
    return rows[0] as unknown as LedgerRow | undefined;
  });
}

/** A person's rows once there are `count` of them. */
export function bookedBy(stack: Stack, who: Pick<Person, "id">, count: number, ms = 10_000): Promise<LedgerRow[]> {
  return eventually(() => {
    const rows = ledger(stack, who);
    if (rows.length < count) throw new Error(`${rows.length} rows of ${count}`);
    return rows;
  }, ms);
}
