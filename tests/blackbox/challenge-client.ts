// Solving challenges: with the very lines that the documents give to clients. Not here: assertions.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { auth } from "./auth-client.ts";
import { root, type Stack } from "./harness.ts";

/** A challenge, as `POST /v1/auth/challenge` gives it. */
export interface Challenge {
  readonly challenge: string;
  readonly algorithm: string;
  readonly bits: number;
  readonly expires_in: number;
}

interface Solver {
  solve(challenge: string, bits: number): Promise<string>;
}

const page = readFileSync(join(root, "docs/accounts/abuse.md"), "utf8");
const example = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? "";

/** The documents' own solver. */
export const { solve } = (await import(`data:text/javascript,${encodeURIComponent(example)}`)) as Solver;

/** A challenge for this network. */
export async function challenge(stack: Stack, from: string): Promise<Challenge> {
  const reply = await auth(stack, "challenge", {}, { "cf-connecting-ip": from });
  if (reply.status !== 200) throw new Error(`${reply.status}: ${await reply.text()}`);
  return (await reply.json()) as Challenge;
}

/** Headers with a challenge that was solved, to be sent from this network. */
export async function solved(stack: Stack, from: string, bits?: number): Promise<Record<string, string>> {
  const made = await challenge(stack, from);
  return { "cf-connecting-ip": from, "selvage-proof": await solve(made.challenge, bits ?? made.bits) };
}
