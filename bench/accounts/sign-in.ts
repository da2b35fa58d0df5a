// Signing in with a password: what it costs beyond the hash, at most 15 % of it, and what it does to others while the
// hash Worker runs in a process of its own, as it does in isolates of its own: their p99 at most twice what it is idle.

import { join } from "node:path";
import { burst, type Effort, type Figure, figure, middle, request, type Side, write } from "../figure.ts";
import { load } from "../load.ts";
import { type Person, people, type Stack, startStack } from "./stack.ts";

/** Sign-ins under way at once. */
const AT_ONCE = 8;

const login = ({ email, password }: Person): string => request("POST", "/v1/auth/login", {}, { email, password });
const token = (one: Person): string => request("GET", "/v1/auth/token", { Authorization: `Bearer ${one.token}` });

async function beyond(stack: Stack, logins: string, effort: Effort): Promise<Figure> {
  const side: Side = { name: "login", pid: stack.workerd, origin: stack.auth, requests: logins, connections: 2 };
  const [ours, hashes]: [number[], number[]] = [[], []];
  await load(side.origin, side.requests, { connections: 2, seconds: effort.warm });
  for (let round = 0; round < effort.rounds; round++) {
    const [main = Number.NaN, hash = Number.NaN] = await burst(side, effort.burst * 2, [stack.workerd, stack.apart]);
    ours.push(main);
    hashes.push(hash);
  }
  const title = "sign-in: CPU beyond the hash : CPU of the hash";
  return figure("sign-in", title, 0.15, ours, hashes, { beyond: middle(ours), hash: middle(hashes) });
}

async function besides(stack: Stack, logins: string, tokens: string, effort: Effort): Promise<Figure> {
  const [busy, idle]: [number[], number[]] = [[], []];
  const p99 = async (): Promise<number> =>
    (await load(stack.auth, tokens, { connections: 1, seconds: effort.burst * 2 })).p99_ms;
  for (let round = 0; round < effort.rounds; round++) {
    idle.push(await p99());
    const signing = load(stack.auth, logins, { connections: AT_ONCE, seconds: effort.burst * 2 + 1, finish: true });
    busy.push(await p99());
    await signing;
  }
  const title = `p99 of other requests while ${AT_ONCE} sign-ins run : idle`;
  return figure("apart", title, 2, busy, idle, { busy_ms: middle(busy), idle_ms: middle(idle) });
}

export async function signIn(folder: string, effort: Effort): Promise<Figure[]> {
  const stack = await startStack(join(folder, "apart"), {}, "--apart", "hash");
  try {
    const all = await people(stack, 200);
    const logins = write(join(folder, "logins"), all.map(login));
    const tokens = write(join(folder, "tokens"), all.map(token));
    return [await beyond(stack, logins, effort), await besides(stack, logins, tokens, effort)];
  } finally {
    await stack.stop();
  }
}
