// Limits of organisations, members and models, and calls that cost exactly what they reserve, for tests. Not here:
// assertions.

import { asking, type Body } from "./ai-call.ts";
import { network, type Person, type Stack } from "./harness.ts";

/** Tokens of a prompt that `exact` makes. */
export const PROMPT = 400;
/** Tokens of its answer. */
export const COMPLETION = 25;
/** What a call of `exact` reserves and costs, in nano-dollars. */
export const COST = PROMPT * 1_000 + COMPLETION * 4_000;

/** A request that costs `COST`, or as much of it as `directives` say. A reservation is a token for each byte of the
 * body and 64 more, and `max_tokens`; the simulator is told to count exactly that. */
export function exact(word: string, stream = false, directives?: string): Body {
  const counts = directives ?? `prompt-tokens=${PROMPT};completion-tokens=${COMPLETION}`;
  const message = `${word} [sim:${counts}]`;
  const more = { max_tokens: COMPLETION, ...(stream ? { stream } : {}) };
  const bytes = Buffer.byteLength(JSON.stringify(asking(message, more)));
  return asking(message + "x".repeat(PROMPT - 64 - bytes), more);
}

/** What such a call costs that is told these counts. */
export function costOf(prompt: number, completion: number): number {
  return prompt * 1_000 + completion * 4_000;
}

/** A row of limits, of the function itself. */
export function limits(
  stack: Stack,
  who: Pick<Person, "headers">,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { "content-type": "application/json", "cf-connecting-ip": network(), ...who.headers };
  return fetch(stack.functions.users + path, { method, headers, ...init });
}

/** A limit as it is shown. */
export interface Limit {
  readonly org_id: string;
  readonly scope: string;
  readonly budget_nano_usd: number | null;
  readonly in_force: boolean;
  readonly spent_nano_usd: number | null;
  readonly reserved_nano_usd: number | null;
}
