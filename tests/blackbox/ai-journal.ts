// What the simulator saw of a stack's calls, and the reports of the ledger. Not here: assertions.

import type { CallRecord, CallState } from "../simulator/journal.ts";
import type { Person, Stack } from "./harness.ts";

/** The calls whose text holds `contains`, oldest first. */
export async function journal(stack: Pick<Stack, "simulator">, contains: string): Promise<CallRecord[]> {
  const reply = await fetch(`${stack.simulator}/_sim/calls?${new URLSearchParams({ contains })}`);
  return (await reply.json()) as CallRecord[];
}

/** The same once there are `count` of them in this state; fails when that takes longer than `ms`. */
export async function awaited(
  stack: Pick<Stack, "simulator">,
  contains: string,
  state: CallState,
  count = 1,
  ms = 10_000,
): Promise<CallRecord[]> {
  const asked = { contains, state, count: String(count), timeout_ms: String(ms) };
  const reply = await fetch(`${stack.simulator}/_sim/calls/wait?${new URLSearchParams(asked)}`);
  const text = await reply.text();
  if (!reply.ok) throw new Error(`the simulator saw no ${count} × ${state} of ${contains}: ${text}`);
  return JSON.parse(text) as CallRecord[];
}

/** Sums over calls, as a report has them. */
export interface Sums {
  readonly calls: number;
  readonly failed_calls: number;
  readonly prompt_tokens: number;
  readonly cached_tokens: number;
  readonly completion_tokens: number;
  readonly reasoning_tokens: number;
  readonly cost_nano_usd: number;
  readonly unpriced_calls: number;
}

/** The body of `GET /v1/usage`. */
export interface Report {
  readonly from: string;
  readonly to: string;
  readonly group_by: string;
  readonly data: readonly (Sums & { readonly key: string })[];
  readonly total: Sums;
}

/** Asks for a report through the gateway. */
export function usage(
  stack: Stack,
  who: Pick<Person, "headers">,
  asked: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const query = new URLSearchParams(asked);
  return fetch(`${stack.gateway}/v1/usage?${query}`, { headers: who.headers });
}

/** The report itself; anything but a 200 is an error. */
export async function report(
  stack: Stack,
  who: Pick<Person, "headers">,
  asked: Readonly<Record<string, string>> = {},
): Promise<Report> {
  const reply = await usage(stack, who, asked);
  const text = await reply.text();
  if (reply.status !== 200) throw new Error(`/v1/usage answered ${reply.status}: ${text}`);
  return JSON.parse(text) as Report;
}
